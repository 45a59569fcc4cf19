#include "scanner/app/ctl.h"

#include "scanner/io/control_server.h"
#include "tests/support/temp_directory.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <iostream>
#include <sstream>
#include <thread>

using namespace scanner;

namespace {

struct Captured {
  explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* before_;
};

}  // namespace

TEST_CASE("an answer of another version is said to be one, and shown as it came when asked", "[app][agent]") {
  const test::TempDirectory directory;
  const std::string path = directory.file("control.sock");
  for (const std::string answer : {R"({"ok":true})", R"({"ok":true,"status":{"not_ready":7},"kill_switch":{"names":[1]},"needs_restart":[{}]})", "[]", "nonsense"}) {
    std::unique_ptr<ControlServer> server;
    std::atomic<bool> there{false};
    server = ControlServer::open(path, [&](ControlServer::Client client, const std::string&) {
               while (!there) std::this_thread::yield();
               server->send(client, answer);
             }).value();
    there = true;
    for (const std::string command : {"status", "reload", "kill-switch"}) {
      INFO(command << " " << answer);
      CtlOptions options;
      options.socket = path;
      options.command = command;
      Captured errors(std::cerr), out(std::cout);
      CHECK(ctl(options) == ExitCode::Usage);
      CHECK(errors.text().find("answer") != std::string::npos);
    }
  }
  CtlOptions nobody;
  nobody.socket = directory.file("none.sock");
  nobody.command = "status";
  Captured errors(std::cerr);
  CHECK(ctl(nobody) == ExitCode::Usage);
  CHECK(errors.text().find("does the agent run") != std::string::npos);
}
