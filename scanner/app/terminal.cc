#include "scanner/app/terminal.h"

#include "scanner/app/wording.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace scanner {
namespace {

volatile std::sig_atomic_t asked_to_stop = 0;

void note_signal(int) { asked_to_stop = 1; }

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

std::optional<std::size_t> terminal_width(int fd) {
  winsize size{};
  if (!is_terminal(fd) || ::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return std::max<std::size_t>(size.ws_col, 40);
}

bool wants_colour(int fd) {
  const char* off = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::strcmp(terminal, "dumb") == 0;
  return is_terminal(fd) && !dumb && (off == nullptr || *off == '\0');
}

Interrupt::Interrupt() {
  asked_to_stop = 0;
  // Without SA_RESTART, so that a read that waits for a live capture comes back; and for one
  // signal only.
  for (const int signal : {SIGINT, SIGTERM}) handle(signal, note_signal, static_cast<int>(SA_RESETHAND));
}

Interrupt::~Interrupt() {
  for (const int signal : {SIGINT, SIGTERM}) handle(signal, SIG_DFL, 0);
}

bool Interrupt::asked() const { return asked_to_stop != 0; }

void tell_error(std::string_view what) { std::cerr << "aupscan: " << printable(what) << "\n"; }

void ignore_broken_pipes() { handle(SIGPIPE, SIG_IGN, 0); }

}  // namespace scanner
