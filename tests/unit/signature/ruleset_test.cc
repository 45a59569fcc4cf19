#include "scanner/signature/ruleset.h"

#include "scanner/signature/load.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::string yaml(const std::string& id, const std::string& pattern, const std::string& condition = "any of them") {
  return "id: " + id + "\ntitle: t\nactivity: mining.pool\nfield: stream.client\nstage: contact\nweight: 0.5\nstatus: active\nowner: o\n"
         "revision: 1\npatterns:\n  p: {literal: " + pattern + "}\ncondition: " + condition +
         "\nreferences: [r]\nknown_false_positives: []\nexamples: {match: [" + pattern + "], no_match: [other]}\n";
}

std::shared_ptr<const Ruleset> make(const std::vector<std::string>& files, Diagnostics& diagnostics) {
  std::vector<Signature> signatures;
  for (std::size_t i = 0; i < files.size(); ++i) load_signature("f" + std::to_string(i), files[i], signatures, diagnostics);
  for (const Diagnostic& d : diagnostics) UNSCOPED_INFO(to_text(d));
  REQUIRE(diagnostics.empty());
  return Ruleset::make(std::move(signatures), {}, {}, diagnostics);
}

}  // namespace

TEST_CASE("the content id follows meaning and not the order or looks of files", "[signature]") {
  Diagnostics d;
  const auto one = make({yaml("a", "x1"), yaml("b", "x2")}, d);
  const auto same = make({"# a comment\n" + yaml("b", "x2"), yaml("a", "x1")}, d);
  const auto other = make({yaml("a", "x1"), yaml("b", "x3")}, d);
  REQUIRE(one->content_id().size() == 64);
  REQUIRE(one->content_id() == same->content_id());
  REQUIRE(one->content_id() != other->content_id());
  REQUIRE(one->signature_sha256(0) == other->signature_sha256(0));
  REQUIRE(one->signature_sha256(1) != other->signature_sha256(1));
  REQUIRE(one->find("b") == &one->signatures()[1]);
  REQUIRE(one->find("c") == nullptr);
  REQUIRE(Ruleset::empty()->signatures().empty());
}

TEST_CASE("an id that two signatures use, or a port set that is not there, is refused", "[signature]") {
  Diagnostics d;
  REQUIRE_FALSE(make({yaml("a", "x1"), yaml("a", "x2")}, d));
  REQUIRE(d.size() == 1);
  REQUIRE(d[0].code == "E111");
  d.clear();
  REQUIRE_FALSE(make({yaml("a", "x1", "p and port in pool-ports")}, d));
  REQUIRE(d.size() == 1);
  REQUIRE(d[0].code == "E114");
}
