#include "scanner/io/control_server.h"

#include "scanner/io/line_client.h"
#include "tests/support/temp_directory.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace scanner {
namespace {

// A server that says every request back.
struct Echo {
  test::TempDirectory directory;
  std::string path = directory.file("run/control.sock");
  std::unique_ptr<ControlServer> server;

  explicit Echo(const ControlLimits& limits = {}) {
    server = ControlServer::open(path, [this](ControlServer::Client client, const std::string& request) {
      while (!started) std::this_thread::yield();
      if (request == "tap") server->subscribe(client);
      server->send(client, "said " + request);
    }, limits).value();
    started = true;
  }
  LineClient client() const { return LineClient::connect(path).value(); }
  std::atomic<bool> started{false};
};

TEST_CASE("a control socket is its owner's alone, answers each line, and is gone in the end", "[io]") {
  std::string path;
  {
    const Echo echo;
    path = echo.path;
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    LineClient client = echo.client();
    REQUIRE(client.send("one\ntwo"));
    CHECK(client.receive().value() == "said one");
    CHECK(client.receive().value() == "said two");
  }
  CHECK_FALSE(LineClient::connect(path));
  struct stat status {};
  CHECK(::stat(path.c_str(), &status) != 0);
}

TEST_CASE("a request that has no end is refused at its bound, and others are served on", "[io]") {
  const Echo echo;
  LineClient rude = echo.client();
  for (int i = 0; i < 100 && rude.send(std::string(1000, 'x')); ++i) {
  }
  LineClient endless = echo.client();
  static_cast<void>(endless.send(std::string(20'000, 'y') + "\n"));
  LineClient polite = echo.client();
  REQUIRE(polite.send("hello"));
  CHECK(polite.receive().value() == "said hello");
}

TEST_CASE("a reader that is slow misses publications, is told how many, and holds nobody up", "[io]") {
  const Echo echo({16, 4096, 64 * 1024});
  LineClient slow = echo.client();
  REQUIRE(slow.send("tap"));
  CHECK(slow.receive().value() == "said tap");
  REQUIRE(echo.server->has_subscribers());
  const std::string line(1000, 'z');
  for (int i = 0; i < 5000; ++i) echo.server->publish(line);
  std::uint64_t got = 0, dropped = 0;
  // Reading makes room; what is published then tells of what was left out.
  for (bool told = false; !told;) {
    echo.server->publish("last");
    const std::string next = slow.receive().value();
    told = next.starts_with("{\"dropped\":");
    if (told) dropped = std::stoull(next.substr(11));
    else if (next == line) ++got;
  }
  CHECK(dropped > 0);
  CHECK(got < 5000);
}

TEST_CASE("somebody who asks on and on and never reads is shown out", "[io]") {
  const Echo echo({16, 4096, 1024});
  LineClient client = echo.client();
  bool closed = false;
  for (int i = 0; i < 100'000 && !closed; ++i) closed = !client.send(std::string(500, 'a'));
  CHECK(closed);
}

TEST_CASE("more clients than there may be wait for their turn", "[io]") {
  const Echo echo({2, 4096, 65536});
  std::vector<LineClient> first;
  for (int i = 0; i < 2; ++i) {
    first.push_back(echo.client());
    REQUIRE(first.back().send("here"));
    CHECK(first.back().receive().value() == "said here");
  }
  LineClient third = echo.client();
  REQUIRE(third.send("me too"));
  first.pop_back();
  CHECK(third.receive().value() == "said me too");
}

TEST_CASE("a socket that a dead process left is replaced, a living one's and a file are not", "[io]") {
  const Echo echo;
  const auto nobody = [](ControlServer::Client, const std::string&) {};
  CHECK_FALSE(ControlServer::open(echo.path, nobody));
  const std::string file = echo.directory.file("file");
  std::ofstream(file) << "kept";
  CHECK_FALSE(ControlServer::open(file, nobody));
  CHECK_FALSE(ControlServer::open(echo.directory.file(std::string(200, 'n')), nobody));
}

}  // namespace
}  // namespace scanner
