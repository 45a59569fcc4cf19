// How much the shape of a conversation speaks for mining: a model that was fitted elsewhere and
// is data here (signatures/models/*.yaml; tools/bench/shapes fits it).
//
// Trees of three questions each about features; the answers' log-odds add up. Every tree names
// the expected log-odds at each of its nodes, so that each question's part in the sum is known
// and a score is explained feature by feature, exactly: bias and terms are its sum. What is not
// known answers every question with "no more than". Immutable once loaded.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/model/shape_features.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// What stands around a conversation, and what of it adds to the score. Log-odds.
struct ShapeContext {
  double alpn_web = 0;      // the client offers HTTP
  double alpn_none = 0;     // it offers no protocol
  double sni_none = 0;      // it names no server
  double self_signed = 0;   // the server's certificate is its own issuer's
  double nameless = 0;      // … names nobody
  double pool_port = 0;     // the server's port is one that pools use
  double reconnects = 0;    // the same two ends talked like this before
  double in_step = 0;       // at most: another flow's jobs come at the same moments
  double listed = 0;        // the server is on a list of pools
};

struct ShapeModel {
  static constexpr std::size_t kDepth = 3, kInner = 7, kNodes = 15, kMaxTrees = 1024, kMaxAges = 8;

  struct Age {
    Duration from{};       // watched so long at least
    double threshold = 0;  // the log-odds that make a finding
    double beside_process = 0;  // … and those, with the context, that a process may make a breach of; no less
  };
  struct Split {
    ShapeFeature feature{};
    double at = std::numeric_limits<double>::infinity();  // more goes right
  };
  struct Tree {
    std::array<Split, kInner> splits{};   // node n: left 2n+1, right 2n+2
    std::array<double, kNodes> values{};  // expected at each node; the leaves' count
  };

  std::string id;
  std::uint32_t revision = 0;
  double bias = 0;         // before anything was measured
  std::vector<Age> ages;   // ascending
  std::vector<Tree> trees;
  ShapeContext context;
  // What must have been seen before anything is said.
  std::uint32_t least_requests = 0, least_answers = 0, least_pushes = 0;
  // Belief is kept back while little was seen: half of it at so many events, and never less
  // than the floor.
  double unknown_half = 1, unknown_floor = 0;
  std::string sha256;  // of the file's text, hex
};

struct ShapeScore {
  std::size_t age = 0;     // into ShapeModel::ages
  double bias = 0;         // the model's, and what the trees expect before they ask
  double log_odds = 0;     // the bias and all terms
  double threshold = 0, beside_process = 0;  // of its age
  double unknown = 1;      // 0..1: the mass that is left on "cannot be told"
  std::array<double, kShapeFeatures> terms{};  // by feature, log-odds
};

// Nothing where too little was seen.
std::optional<ShapeScore> score_of(const ShapeModel& model, const ShapeSeen& seen);

// One file holds one model. Nothing where `diagnostics` got an error. Pure.
std::optional<ShapeModel> load_shape_model(const std::string& file, std::string_view text, Diagnostics& diagnostics);

}  // namespace scanner
