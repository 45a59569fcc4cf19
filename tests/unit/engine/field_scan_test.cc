#include "scanner/engine/field_scan.h"

#include "scanner/signature/load.h"
#include "scanner/signature/naive_matcher.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace scanner;

namespace {

class Kept final : public ObservationSink {
 public:
  void take(Observation&& observation) override { all.push_back(std::move(observation)); }
  std::vector<Observation> all;
};

const std::string kSignature =
    "id: image\ntitle: t\nactivity: mining.software\nfield: process.image_string\nstage: interest\nweight: 0.5\nstatus: active\n"
    "owner: o\nrevision: 1\npatterns:\n  pool: {literal: 'stratum+tcp://'}\n  algorithm: {literal: randomx}\n"
    "condition: pool and algorithm\nreferences: [r]\nknown_false_positives: []\n"
    "examples: {match: ['stratum+tcp:// randomx'], no_match: [randomx]}\n";

std::vector<SignatureHit> hits_of(const decltype(HostRecord::what)& what) {
  std::vector<Signature> signatures;
  Diagnostics diagnostics;
  load_signature("f", kSignature, signatures, diagnostics);
  const auto matcher = make_naive_matcher(Ruleset::make(std::move(signatures), {}, {}, diagnostics));
  REQUIRE(diagnostics.empty());
  Kept kept;
  FieldScan scan(*matcher, kept);
  const auto scratch = matcher->make_scratch();
  scan.use(*scratch);
  Observation observation;
  observation.what = HostSeen{HostRecord{{5}, what}};
  scan.take(std::move(observation));
  REQUIRE_FALSE(kept.all.empty());
  CHECK(std::holds_alternative<HostSeen>(kept.all[0].what));
  std::vector<SignatureHit> hits;
  for (const Observation& seen : kept.all)
    if (const auto* hit = std::get_if<SignatureHit>(&seen.what)) hits.push_back(*hit);
  return hits;
}

const ProcessId kProcess{"b", 7, 42};
const std::vector<std::string> kStrings{"usage: stratum+tcp://POOL", "algorithm randomx here", "stratum+tcp://again randomx"};

}  // namespace

TEST_CASE("texts of an image are searched together and hit once, whenever they were found", "[engine]") {
  ProcessStarted started;
  started.id = kProcess;
  started.image_strings = kStrings;
  for (const auto& hits : {hits_of(started), hits_of(ImageFacts{kProcess, "", "", "", kStrings})}) {
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].signature == "image");
    CHECK(hits[0].field == "process.image_string");
    CHECK(hits[0].process == kProcess);
    CHECK(std::find(kStrings.begin(), kStrings.end(), hits[0].excerpt) != kStrings.end());
  }
}

TEST_CASE("one text of an image does not stand for another", "[engine]") {
  CHECK(hits_of(ImageFacts{kProcess, "", "", "", {"randomx", "stratum+", "tcp://"}}).empty());
  CHECK(hits_of(ImageFacts{kProcess, "", "", "", {}}).empty());
}
