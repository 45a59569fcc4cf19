#include "scanner/signature/shape_model.h"
#include "scanner/signature/pack_text.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <numeric>

using namespace scanner;

namespace {

const std::string kModel = R"(form: 1
id: made-up
revision: 3
bias: -7
asks_for: {requests: 4, answers: 4, pushes: 2}
unknown: {half_at_events: 10, floor: 0.05}
ages:
  - {from_seconds: 45, threshold: 3}
  - {from_seconds: 240, threshold: 2.5, beside_process: 4}
context: {alpn_web: -3, alpn_none: 0.3, sni_none: 0.2, self_signed: 0.4, nameless: 0.2, pool_port: 0.5, reconnects: 0.5, in_step: 3, listed: 3}
trees:
  - asks: answered request_size push_size volume volume volume volume
    more_than: 0.9 7 8 1e6 1e6 1e6 1e6
    expects: 0.5 -2 1 -2.5 -1 0.5 4 -2.5 -2.5 -1 -1 0.5 0.5 4 4
)";

ShapeSeen seen(float answered, float request_size, float push_size, Duration watched = std::chrono::minutes(5)) {
  ShapeSeen shape;
  shape.watched = watched;
  shape.requests = shape.answers = 10;
  shape.pushes = 4;
  shape.features.fill(std::numeric_limits<float>::quiet_NaN());
  shape.features[static_cast<std::size_t>(ShapeFeature::Answered)] = answered;
  shape.features[static_cast<std::size_t>(ShapeFeature::RequestSize)] = request_size;
  shape.features[static_cast<std::size_t>(ShapeFeature::PushSize)] = push_size;
  return shape;
}

Diagnostics mistakes(const std::string& text) {
  Diagnostics found;
  CHECK_FALSE(load_shape_model("m.yaml", text, found));
  return found;
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a score is the sum of its bias and its features' terms", "[signature][shape]") {
  Diagnostics none;
  const auto model = load_shape_model("m.yaml", kModel, none);
  REQUIRE(model);
  const auto score = score_of(*model, seen(1, 7.6F, 9));
  REQUIRE(score);
  CHECK(score->log_odds == Approx(-7 + 4));
  CHECK(score->bias == Approx(-7 + 0.5));
  CHECK(score->terms[static_cast<std::size_t>(ShapeFeature::Answered)] == Approx(0.5));
  CHECK(score->terms[static_cast<std::size_t>(ShapeFeature::PushSize)] == Approx(3));
  CHECK(score->terms[static_cast<std::size_t>(ShapeFeature::RequestSize)] == 0);
  CHECK(std::accumulate(score->terms.begin(), score->terms.end(), score->bias) == Approx(score->log_odds));
  CHECK(score->unknown == Approx(10.0 / 34));
  CHECK(score->threshold == 2.5);
  CHECK(score->beside_process == 4);
}

TEST_CASE("the threshold is that of the conversation's age, and what is too young or too silent has no score", "[signature][shape]") {
  Diagnostics none;
  const auto model = load_shape_model("m.yaml", kModel, none);
  REQUIRE(model);
  CHECK(score_of(*model, seen(1, 8, 9, std::chrono::seconds(60)))->threshold == 3);
  CHECK(score_of(*model, seen(1, 8, 9, std::chrono::seconds(60)))->beside_process == 3);
  CHECK_FALSE(score_of(*model, seen(1, 8, 9, std::chrono::seconds(44))));
  ShapeSeen unasked = seen(1, 8, 9);
  unasked.pushes = 1;
  CHECK_FALSE(score_of(*model, unasked));
}

TEST_CASE("what is not known answers every question with no", "[signature][shape]") {
  Diagnostics none;
  const auto model = load_shape_model("m.yaml", kModel, none);
  REQUIRE(model);
  constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
  CHECK(score_of(*model, seen(kUnknown, kUnknown, kUnknown))->log_odds == Approx(-7 - 2.5));
}

TEST_CASE("every mistake in a model is told in its place", "[signature][shape]") {
  const auto first = [](const Diagnostics& found) { return found.empty() ? std::string() : found.front().code; };
  CHECK(first(mistakes(changed(kModel, "answered request_size", "answered request_sise"))) == "E008");
  CHECK(first(mistakes(changed(kModel, "more_than: 0.9 7 8", "more_than: 0.9 7"))) == "E009");
  CHECK(first(mistakes(changed(kModel, "0.9 7", "often 7"))) == "E004");
  CHECK(first(mistakes(changed(kModel, "from_seconds: 240", "from_seconds: 40"))) == "E009");
  CHECK(first(mistakes(changed(kModel, "bias: -7", "bais: -7"))) == "E005");
  CHECK(first(mistakes(changed(kModel, "beside_process: 4", "beside_process: 2"))) == "E009");
  CHECK(first(mistakes(changed(kModel, ", listed: 3", ""))) == "E005");
  CHECK(first(mistakes(changed(kModel, "expects: 0.5", "expects: 500"))) == "E009");
  CHECK(first(mistakes("trees: 7")) == "E005");
}

TEST_CASE("a model is part of a pack and of its content id, and there is one", "[signature][shape]") {
  Diagnostics problems;
  CHECK(part_of("models/mining-shape.yaml") == PackPart::Model);
  CHECK(part_of("models/notes.tsv") == PackPart::Other);
  const std::vector<PackFile> one{{"m.yaml", "models/m.yaml", kModel}};
  const auto with = make_ruleset(one, problems);
  REQUIRE(with);
  REQUIRE(with->shape_model() != nullptr);
  CHECK(with->shape_model()->revision == 3);
  CHECK(Ruleset::empty()->shape_model() == nullptr);
  CHECK(with->content_id() != Ruleset::empty()->content_id());
  const std::vector<PackFile> two{one[0], {"n.yaml", "models/n.yaml", kModel}};
  CHECK_FALSE(make_ruleset(two, problems));
  CHECK(std::ranges::any_of(problems, [](const Diagnostic& d) { return d.code == "E111"; }));
}
