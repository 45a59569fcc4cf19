#include "tools/aupsig/dataset.h"

#include "places.h"
#include "scanner/io/text_file.h"
#include "tests/support/temp_directory.h"
#include "tools/aupsig/popular_hosts.h"

#include <catch2/catch.hpp>

#include <iostream>
#include <sstream>

using namespace scanner;

namespace {

const std::string kHead = "#! name: pools\n#! kind: hosts\n#! date: 2026-01-01\n#! licence: x\n#! valid_days: 365\n#! half_life: 100\n#! floor: 10%\n# The list of the house.\n";
const std::string kRows = "host\tcoins\tpool\tports\ttier\tflags\tsources\tadded\n# kept by hand\nz.pool.example\tXMR\tZ\t3333\tA\t\tdesk\t2026-01-01\n\n# old ones\na.pool.example\t\t\t\tC\t\tlist\t2020-01-01\n";

class Fixture {
 public:
  Fixture() : before_(std::cout.rdbuf(said_.rdbuf())), errors_(std::cerr.rdbuf(wrong_.rdbuf())) {
    REQUIRE(write_text_file(file(), kHead + kRows));
    edit.file = file();
    edit.source = "abuse-desk";
    edit.date = "2026-11-30";
    edit.popular = question.popular = AUPSCAN_SOURCE_DIR "/config/popular-hosts.tsv";
    question.paths = {file()};
    question.at = "2026-11-30";
  }
  ~Fixture() {
    std::cout.rdbuf(before_);
    std::cerr.rdbuf(errors_);
  }
  std::string file() const { return directory_.file("pools.tsv"); }
  std::string text() const { return read_text_file(file()).value_or(""); }
  std::string said() const { return said_.str(); }
  std::string wrong() const { return wrong_.str(); }

  DatasetEdit edit;
  DatasetQuestion question;

 private:
  test::TempDirectory directory_;
  std::ostringstream said_, wrong_;
  std::streambuf* before_;
  std::streambuf* errors_;
};

}  // namespace

TEST_CASE("a host is added behind the others, and comments and order stay", "[aupsig][dataset]") {
  Fixture f;
  f.edit.hosts = {"New.Pool.Example:4444"};
  f.edit.coins = {"XMR"};
  CHECK(dataset_add(f.edit) == ExitCode::Done);
  std::string wanted = kHead + kRows + "new.pool.example\tXMR\t\t4444\tC\t\tabuse-desk\t2026-11-30\n";
  wanted.replace(wanted.find("date: 2026-01-01"), 16, "date: 2026-11-30");
  CHECK(f.text() == wanted);
}

TEST_CASE("days that are told give the set its columns for them; a listed host learns the new source and day", "[aupsig][dataset]") {
  Fixture f;
  f.edit.hosts = {"z.pool.example"};
  f.edit.first_seen = "2025-05-05";
  f.edit.last_seen = "2026-11-29";
  CHECK(dataset_add(f.edit) == ExitCode::Done);
  CHECK(f.text().find("added\tfirst_seen\tlast_seen\n# kept by hand\nz.pool.example\tXMR\tZ\t3333\tA\t\tdesk,abuse-desk\t2026-01-01\t2025-05-05\t2026-11-29\n") != std::string::npos);
  CHECK(f.text().find("a.pool.example\t\t\t\tC\t\tlist\t2020-01-01\t\t\n") != std::string::npos);
  f.edit.first_seen.clear();
  f.edit.last_seen = "2026-10-01";  // earlier than what is known
  CHECK(dataset_add(f.edit) == ExitCode::Done);
  CHECK(f.text().find("\t2025-05-05\t2026-11-29\n") != std::string::npos);
}

TEST_CASE("a popular host is refused unless there is a reason, which is kept", "[aupsig][dataset]") {
  Fixture f;
  const std::string before = f.text();
  for (const std::string host : {"github.com", "raw.github.com", "azure.com", "duckdns.org", "localhost", "192.168.0.1"}) {
    f.edit.hosts = {"good.pool.example", host};
    INFO(host);
    CHECK(dataset_add(f.edit) == ExitCode::Usage);
    CHECK(f.text() == before);  // nothing of it, not even the good one
  }
  CHECK(f.wrong().find("\"github.com\" is a popular host") != std::string::npos);
  f.edit.hosts = {"raw.github.com"};
  f.edit.because = "a miner's configuration was fetched there, case 7";
  CHECK(dataset_add(f.edit) == ExitCode::Done);
  CHECK(f.text().ends_with("# because: a miner's configuration was fetched there, case 7\nraw.github.com\t\t\t\tC\tpopular\tabuse-desk\t2026-11-30\n"));
  CHECK(dataset_remove(f.edit) == ExitCode::Done);
  CHECK(f.text().find("because") == std::string::npos);
}

TEST_CASE("a host on shared hosting is matched alone", "[aupsig][dataset]") {
  Fixture f;
  f.edit.hosts = {"rig.duckdns.org"};
  CHECK(dataset_add(f.edit) == ExitCode::Done);
  CHECK(f.text().find("rig.duckdns.org\t\t\t\tX-shared\t") != std::string::npos);
  f.edit.hosts = {"rig2.duckdns.org"};
  f.edit.tier = "B";
  CHECK(dataset_add(f.edit) == ExitCode::Usage);
  CHECK(f.wrong().find("--tier X-shared matches it alone") != std::string::npos);
}

TEST_CASE("what is removed was there, and what was not is told", "[aupsig][dataset]") {
  Fixture f;
  f.edit.hosts = {"a.pool.example", "none.pool.example"};
  CHECK(dataset_remove(f.edit) == ExitCode::Unexpected);
  CHECK(f.text().find("a.pool.example") == std::string::npos);
  CHECK(f.text().find("# old ones\n") != std::string::npos);
  CHECK(f.said().find("none.pool.example is not in it") != std::string::npos);
}

TEST_CASE("an entry's worth on a day follows from its age", "[aupsig][dataset]") {
  Fixture f;
  f.question.at = "2026-04-11";  // 100 days: half of a tier A listing
  CHECK(dataset_age(f.question) == ExitCode::Done);
  CHECK(f.said().find("2026-01-01       100       0.500  indicator\n") != std::string::npos);
  CHECK(f.said().find("context (expired)") != std::string::npos);
  CHECK(f.said().find("2 of 2 entries on 2026-04-11; 1 expired") != std::string::npos);
  f.question.at = "yesterday";
  CHECK(dataset_age(f.question) == ExitCode::Usage);
}

TEST_CASE("a check tells duplicates across sets, expired entries and hosts that many share", "[aupsig][dataset]") {
  Fixture f;
  const test::TempDirectory directory;
  std::string other = kHead + "host\tcoins\tpool\tports\ttier\tflags\tsources\tadded\nz.pool.example\t\t\t\tB\t\tx\t2026-11-01\nrig.duckdns.org\t\t\t\tB\t\tx\t2026-11-01\ngithub.com\t\t\t\tC\t\tx\t2026-11-01\nlate.pool.example\t\t\t\tC\t\tx\t2027-01-01\n";
  other.replace(other.find("name: pools"), 11, "name: other");
  REQUIRE(write_text_file(directory.file("other.tsv"), other));
  f.question.paths = {f.file(), directory.file("other.tsv")};
  CHECK(dataset_check(f.question) == ExitCode::Found);
  for (const char* wanted : {"z.pool.example: duplicate: ", "a.pool.example: expired: last seen 2020-01-01", "rig.duckdns.org: shared: it lies on duckdns.org", "github.com: popular: ", "late.pool.example: future: "}) {
    INFO(wanted);
    CHECK(f.said().find(wanted) != std::string::npos);
  }
}

TEST_CASE("the list of popular hosts that comes with the program loads, and knows parents and what lies below", "[aupsig][dataset]") {
  const auto popular = load_popular_hosts(AUPSCAN_SOURCE_DIR "/config/popular-hosts.tsv");
  REQUIRE(popular);
  CHECK(popular->size() > 120);
  CHECK(popular->find("www.google.com")->kind == Popularity::Platform);
  CHECK(popular->find("x.github.io")->kind == Popularity::Shared);
  CHECK(popular->find("azure.com")->above);
  CHECK_FALSE(popular->find("notgoogle.com"));
  CHECK_FALSE(PopularHosts::read("p.tsv", "google.com\tbig\n"));
}
