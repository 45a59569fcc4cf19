// Which refused log-ins make a breach of guessing, and which do not.
#include "scanner/detect/detectors.h"
#include "scanner/model/bytes.h"
#include "tests/support/detector_bench.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

// Refused log-ins of one client, a second apart.
class Guesses {
 public:
  explicit Guesses(std::string protocol = "http", std::string_view server = "198.51.100.80") : protocol_(std::move(protocol)) {
    flow_.tuple = {{*IpAddress::parse("192.0.2.10"), 40000}, {*IpAddress::parse(server), 80}, IpProtocol::Tcp};
  }

  Guesses& refuse(std::uint64_t name, std::uint64_t password, bool hidden = false, bool passed_on = false) {
    const std::uint64_t whose = fnv1a("name " + std::to_string(name));
    const std::uint64_t credentials = hidden ? whose : fnv1a(std::to_string(name) + ":" + std::to_string(password));
    return say({protocol_, LoginStep::Refused, credentials, whose, hidden, passed_on});
  }
  Guesses& accept() { return say({protocol_, LoginStep::Accepted, 1, 1}); }
  Stage stage() const {
    Stage highest = Stage::None;
    for (const auto& [key, finding] : findings_.findings) highest = std::max(highest, finding.stage);
    return highest;
  }

 private:
  Guesses& say(LoginSeen login) {
    Observation observation;
    observation.at = Timestamp{1'700'000'000'000'000'000 + ++said_ * 1'000'000'000};
    observation.flow = flow_;
    observation.what = std::move(login);
    detector_->observe(observation, context_);
    return *this;
  }

  std::string protocol_;
  FlowRef flow_;
  std::int64_t said_ = 0;
  std::shared_ptr<const Ruleset> ruleset_ = Ruleset::empty();
  KnownNames names_;
  ProcessTable processes_;
  test::AddressAttribution attribution_;
  FlowStages flows_;
  test::FindingBoard findings_;
  const DetectorContext context_{*ruleset_, names_, processes_, attribution_, flows_, findings_};
  std::unique_ptr<Detector> detector_ = make_bruteforce(AbuseLimits{});
};

constexpr std::uint64_t kMany = 100;

}  // namespace

TEST_CASE("many passwords for one name are a breach, from thirty refusals and ten passwords on", "[abuse]") {
  Guesses guesses;
  for (std::uint64_t i = 1; i <= 29; ++i) guesses.refuse(1, i);
  CHECK(guesses.stage() == Stage::Observed);
  CHECK(guesses.refuse(1, 30).stage() == Stage::Confirmed);
  Guesses nine;
  for (std::uint64_t i = 1; i <= kMany; ++i) nine.refuse(1, i % 9);
  CHECK(nine.stage() == Stage::Observed);
}

TEST_CASE("one wrong password again and again is nothing, of one name or of a few", "[abuse]") {
  Guesses one, few;
  for (std::uint64_t i = 1; i <= 10 * kMany; ++i) one.refuse(1, 1);
  for (std::uint64_t i = 1; i <= 10 * kMany; ++i) few.refuse(1 + i % 5, 1);
  CHECK(one.stage() == Stage::None);
  CHECK(few.stage() == Stage::None);
}

TEST_CASE("many names with one password each are an indicator and no breach, be they as many as they may", "[abuse]") {
  for (const std::uint64_t names : {50U, 5000U}) {
    Guesses fleet;
    for (std::uint64_t i = 0; i < 4 * names; ++i) fleet.refuse(1 + i % names, 7);
    CHECK(fleet.stage() == Stage::Observed);
  }
}

TEST_CASE("two passwords for each of a dozen names are a breach", "[abuse]") {
  Guesses spray;
  for (std::uint64_t password = 1; password <= 3; ++password)
    for (std::uint64_t name = 1; name <= 12; ++name) spray.refuse(name, password);
  CHECK(spray.stage() == Stage::Confirmed);
}

TEST_CASE("where passwords are hidden one name's refusals count from three hundred on, and are no breach", "[abuse]") {
  Guesses pool;
  for (std::uint64_t i = 1; i < 300; ++i) pool.refuse(1, i, true);
  CHECK(pool.stage() == Stage::None);
  for (std::uint64_t i = 1; i < 5000; ++i) pool.refuse(1 + i % 40, i, true);
  CHECK(pool.stage() == Stage::Observed);
}

TEST_CASE("what a proxy passes on, or goes to a database on a private address, is no breach of the one who passes it on", "[abuse]") {
  Guesses proxy, front("mysql", "10.1.2.3"), mail("ftp", "10.1.2.3");
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    proxy.refuse(1, i, false, true);
    front.refuse(1, i);
    mail.refuse(1, i);
  }
  CHECK(proxy.stage() == Stage::Observed);
  CHECK(front.stage() == Stage::Observed);
  CHECK(mail.stage() == Stage::Confirmed);
}

TEST_CASE("what is passed on does not make up what is missing of one's own", "[abuse]") {
  Guesses both;
  for (std::uint64_t i = 1; i <= 20; ++i) both.refuse(1, i);
  for (std::uint64_t i = 1; i <= kMany; ++i) both.refuse(1, i, false, true);
  CHECK(both.stage() == Stage::Observed);
}

TEST_CASE("where a quarter is let in there are users behind it", "[abuse]") {
  Guesses users;
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    users.accept();
    users.refuse(i, 1).refuse(i, 2).refuse(i, 3);
  }
  CHECK(users.stage() == Stage::None);
}
