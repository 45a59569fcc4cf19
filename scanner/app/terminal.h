// What the program's surroundings are like: is somebody watching, how wide is the window,
// did somebody press Control-C; and what went wrong is said there.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace scanner {

bool is_terminal(int fd);
// Columns, at least 40; nothing where `fd` is no terminal or does not say.
std::optional<std::size_t> terminal_width(int fd);
// A terminal that is not dumb, and NO_COLOR (no-color.org) is not set.
bool wants_colour(int fd);

// From its construction on, the first SIGINT or SIGTERM asks the program to end in good
// order, and a second one ends it at once. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool asked() const;
};

// On standard error, in the program's name; what the network or a file put into it is made safe.
void tell_error(std::string_view what);

// Writing to a pipe that nobody reads becomes an error of that write. Before any output.
void ignore_broken_pipes();

}  // namespace scanner
