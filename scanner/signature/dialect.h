// Mining dialects as data: what each method of a line-based JSON protocol means.
//
// A dialect is one file, signatures/dialects/<id>.yaml; its form and every key are described
// in signatures/dialects/README.md. Loaded once, immutable, shared between threads.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/model/observation.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Where a value stands in a message: "params[0]", "result.job.blob", "params.-1".
struct ValuePath {
  struct Step {
    std::string key;  // empty: an index
    int index = 0;    // negative: from the end
  };
  std::vector<Step> steps;
};

// A condition on the shape of one value.
struct Shape {
  enum class Type : std::uint8_t { Any, Null, True, False, Text, Number, Array, Object, Hex, Missing };
  ValuePath path;
  Type type = Type::Any;
  std::uint32_t min = 0;           // items of an array, bytes of a text, digits of a hex
  std::uint32_t max = 0xffffffff;
  std::string equals;              // text or number must equal this; "" : no matter
  std::string contains;            // text must contain this, case ignored
};

struct DialectMessage {
  std::string method;     // "" : known by shape alone
  MiningRole role = MiningRole::Other;
  bool from_pool = false;  // a notification of the pool; else a request of the miner
  std::vector<Shape> when;  // all must hold
  // Any of these lists of shapes makes an answer an acceptance; empty: the role's default.
  std::vector<std::vector<Shape>> accepted;
  bool weak = false;  // the method name is used by other software too: needs `when` and says
                      // nothing until a stronger message of the dialect was seen
  // Where values stand; empty path: nowhere. `answer_*` are read from the answer.
  ValuePath worker, agent, host, job, difficulty, target, coin, algorithm, hashrate;
  ValuePath answer_job, answer_target, answer_algorithm;
};

struct Dialect {
  std::string id, title;
  std::uint32_t revision = 0;
  bool has_login = true;
  bool solo = false;
  bool over_lines = true, over_http = true;
  std::string coin, algorithm;  // when the conversation names none; "" : unknown
  // Expected hashes of a share of difficulty 1 (2^32 for SHA-256d, 2^16 for scrypt); 0:
  // unknown. `target_bits`: how a target in hex is read (see README).
  double hashes_per_difficulty = 0;
  std::string target_form;
  std::string method_key = "method", params_key = "params", id_key = "id", result_key = "result", error_key = "error";
  std::vector<DialectMessage> messages;
};

class DialectSet {
 public:
  DialectSet() = default;
  explicit DialectSet(std::vector<Dialect> dialects);
  const std::vector<Dialect>& dialects() const { return dialects_; }
  // SHA-256 over the canonical content, hex.
  const std::string& content_id() const { return content_id_; }

 private:
  std::vector<Dialect> dialects_;
  std::string content_id_;
};

// One file. Problems are added to `diagnostics`, all of them; a dialect with errors is
// not added to `dialects`.
void load_dialect(const std::string& file, std::string_view text, std::vector<Dialect>& dialects, Diagnostics& diagnostics);

}  // namespace scanner
