// The outcome of something that the system can refuse: a file, a socket, a disk.
//
// Hostile bytes are data and never an Error; a person's YAML gives Diagnostics; a bug is
// an assertion (check.h).
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace scanner {

// One sentence for a person: what failed, where, why.
struct Error {
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace scanner
