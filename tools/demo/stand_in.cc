// A stand-in for a miner and for its pool, for demonstrations: it speaks the lines of the
// CryptoNote log-in dialect and computes nothing. The "miner" keeps one processor busy with
// counting, for a bounded time; no hash is made and nothing outside 10.0.0.0/8, 127.0.0.0/8 or
// the address that it is given is ever contacted.
//
// usage: stand_in pool PORT SECONDS          answers every log-in and takes every share
//        stand_in [-o stratum+tcp://ADDRESS:PORT] [-u WALLET] [anything else a miner takes]
//          STAND_IN_SECONDS (10; 120 at most), STAND_IN_FIRST (6): until the first share
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

int fail(const char* what) {
  std::fprintf(stderr, "stand_in: %s\n", what);
  return 1;
}

int number_of(const char* text, int otherwise, int most) { return text == nullptr ? otherwise : std::clamp(std::atoi(text), 0, most); }

const sockaddr* plain(const sockaddr_in& address) { return static_cast<const sockaddr*>(static_cast<const void*>(&address)); }

void say(int fd, const std::string& line) {
  if (::send(fd, line.data(), line.size(), MSG_NOSIGNAL) < 0) std::exit(0);
}

std::string job() {
  return R"({"blob":"1010)" + std::string(148, '5') + R"(","job_id":"x101","target":"711b0d00","algo":"rx/0","height":3090001,"seed_hash":")" + std::string(64, '7') + R"("})";
}

// The id of a request, which both ends write first.
std::string id_of(const std::string& line) {
  const std::size_t at = line.find("\"id\":");
  return at == std::string::npos ? "0" : line.substr(at + 5, line.find_first_of(",}", at) - at - 5);
}

void answer(int fd, const std::string& line) {
  const std::string head = R"({"id":)" + id_of(line) + R"(,"jsonrpc":"2.0","error":null,"result":)";
  if (line.find("\"login\"") != std::string::npos) {
    say(fd, head + R"({"id":"5e551011","job":)" + job() + R"(,"status":"OK"}})" "\n");
  } else if (line.find("\"submit\"") != std::string::npos) {
    say(fd, head + R"({"status":"OK"}})" "\n");
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::printf("accepted %lld\n", static_cast<long long>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()));
    std::fflush(stdout);
  }
}

int pool(int port, int time) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::bind(listener, plain(address), sizeof address) != 0 || ::listen(listener, 4) != 0) return fail("the port is taken");
  std::puts("listening");
  std::fflush(stdout);
  std::vector<pollfd> fds{{listener, POLLIN, 0}};
  std::vector<std::string> texts{""};
  const auto end = Clock::now() + seconds(time);
  while (Clock::now() < end) {
    if (::poll(fds.data(), fds.size(), 100) <= 0) continue;
    for (std::size_t i = fds.size(); i-- > 1;) {
      if (fds[i].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t got = ::read(fds[i].fd, buffer.data(), buffer.size());
      if (got <= 0) {
        ::close(fds[i].fd);
        fds.erase(fds.begin() + static_cast<std::ptrdiff_t>(i));
        texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      texts[i].append(buffer.data(), static_cast<std::size_t>(got));
      for (std::size_t line; (line = texts[i].find('\n')) != std::string::npos; texts[i].erase(0, line + 1)) answer(fds[i].fd, texts[i].substr(0, line));
    }
    if ((fds[0].revents & POLLIN) == 0) continue;
    fds.push_back({::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), POLLIN, 0});
    texts.emplace_back();
  }
  return 0;
}

// Counts, for so long; what a flat load looks like from outside.
void keep_busy(milliseconds time) {
  const auto end = Clock::now() + time;
  volatile std::uint64_t count = 0;
  while (Clock::now() < end)
    for (int i = 0; i < 100'000; ++i) count = count + 1;
}

// What lies between the request and its answer does not matter to a stand-in.
void read_some(int fd) {
  std::array<char, 4096> buffer{};
  if (::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) == 0) std::exit(0);
}

int miner(const std::string& url, const std::string& wallet) {
  const std::size_t host = url.find("://") == std::string::npos ? 0 : url.find("://") + 3, colon = url.rfind(':');
  if (colon == std::string::npos || colon < host) return fail("-o stratum+tcp://ADDRESS:PORT is needed");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(url.c_str() + colon + 1)));
  if (::inet_pton(AF_INET, url.substr(host, colon - host).c_str(), &address.sin_addr) != 1) return fail("an address is needed: no name is ever resolved");
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, plain(address), sizeof address) != 0) return fail("the stand-in pool does not listen");
  say(fd, R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":")" + wallet + R"(","pass":"x","agent":"XMRig/6.21.0","algo":["rx/0"]}})" "\n");
  const auto begin = Clock::now();
  const auto end = begin + seconds(number_of(std::getenv("STAND_IN_SECONDS"), 10, 120));
  auto next = begin + seconds(number_of(std::getenv("STAND_IN_FIRST"), 6, 120));
  for (int id = 2; Clock::now() < end;) {
    keep_busy(milliseconds(20));
    read_some(fd);
    if (Clock::now() < next) continue;
    next += seconds(1);
    say(fd, R"({"id":)" + std::to_string(id) + R"(,"jsonrpc":"2.0","method":"submit","params":{"id":"5e551011","job_id":"x101","nonce":"0000)" + std::to_string(1000 + id) + R"(","result":")" +
                std::string(64, '3') + R"(","algo":"rx/0"}})" "\n");
    ++id;
  }
  ::close(fd);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "pool") return pool(std::atoi(argv[2]), std::clamp(std::atoi(argv[3]), 1, 300));
  std::string url, wallet = "made-up";
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "-o") url = argv[i + 1];
    if (std::string_view(argv[i]) == "-u") wallet = argv[i + 1];
  }
  return miner(url, wallet);
}
