// Why the last system call failed, in words.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace scanner {

// Unlike strerror(), for any thread.
inline std::string system_error() { return std::generic_category().message(errno); }

}  // namespace scanner
