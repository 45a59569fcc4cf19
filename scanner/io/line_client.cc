#include "scanner/io/line_client.h"

#include "scanner/io/system_error.h"

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace scanner {

Result<LineClient> LineClient::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return fail("'" + path + "' is no path of a Unix socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof address) != 0)
    return fail(path + ": " + system_error());
  return LineClient(std::move(socket));
}

Result<void> LineClient::send(const std::string& line) {
  const std::string text = line + "\n";
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t sent = ::send(socket_.get(), text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail("the agent: " + system_error());
    at += static_cast<std::size_t>(sent);
  }
  return {};
}

Result<std::string> LineClient::receive() {
  constexpr std::size_t kMaxLine = 16 * 1024 * 1024;
  for (;;) {
    if (const std::size_t end = read_.find('\n'); end != std::string::npos) {
      std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    if (read_.size() > kMaxLine) return fail("the agent's answer is too long");
    char buffer[65536];
    const ssize_t got = ::read(socket_.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("the agent: " + system_error());
    if (got == 0) return fail("the agent closed the connection");
    read_.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace scanner
