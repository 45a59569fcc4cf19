#include "tools/aupsig/passphrase.h"

#include "scanner/io/file_descriptor.h"
#include "scanner/io/signing_key.h"
#include "scanner/io/system_error.h"

#include <fcntl.h>
#include <string_view>
#include <termios.h>
#include <unistd.h>

namespace scanner {
namespace {

constexpr std::size_t kMaxPassphrase = 1024;  // as minisign's

// Echo is off while it lives.
class Quiet {
 public:
  explicit Quiet(int terminal) : terminal_(terminal), known_(::tcgetattr(terminal, &before_) == 0) {
    if (!known_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal_, TCSAFLUSH, &quiet);
  }
  ~Quiet() {
    if (known_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  int terminal_;
  termios before_{};
  bool known_;
};

bool tell(int terminal, std::string_view text) { return ::write(terminal, text.data(), text.size()) == static_cast<ssize_t>(text.size()); }

Result<std::string> ask(int terminal, const std::string& prompt) {
  const Quiet quiet(terminal);
  if (!tell(terminal, prompt + ": ")) return fail("the terminal cannot be written to");
  std::string line;
  for (char c = '\0'; ::read(terminal, &c, 1) == 1 && c != '\n';) {
    if (line.size() == kMaxPassphrase) return fail("a passphrase has 1,024 bytes at most");
    line += c;
  }
  static_cast<void>(tell(terminal, "\n"));
  return line;
}

}  // namespace

Result<std::string> read_passphrase(const std::string& file, const std::string& prompt, bool twice) {
  if (!file.empty()) {
    auto text = read_secret_file(file, "a passphrase", 1, kMaxPassphrase);
    if (text && text->ends_with('\n')) text->pop_back();
    return text;
  }
  const FileDescriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) return fail("there is no terminal to ask for the passphrase on (" + system_error() + "); --passphrase-file names a file that holds it");
  auto first = ask(terminal.get(), prompt);
  if (!first || !twice) return first;
  const auto second = ask(terminal.get(), "again");
  if (!second) return second;
  if (*first != *second) return fail("the two passphrases differ");
  if (first->empty()) return fail("an empty passphrase protects nothing");
  return first;
}

}  // namespace scanner
