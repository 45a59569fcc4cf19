// Mining dialects as data: what each method of a JSON protocol means.
//
// A dialect is one file, signatures/dialects/<id>.yaml; its form and every key are described
// in signatures/dialects/README.md. Loaded once, immutable, shared between threads.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/diagnostic.h"
#include "scanner/model/observation.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Where a value stands in a message: "params[0]", "result.job.blob", "params[-1]". In a
// file the first name may be one of params, result, error, id, method: it then means
// whatever the dialect's envelope calls that part. Here it is already the real key.
struct ValuePath {
  struct Step {
    std::string key;  // empty: an index
    int index = 0;    // negative: from the end
  };
  std::vector<Step> steps;
  bool empty() const { return steps.empty(); }
};

std::optional<ValuePath> parse_value_path(std::string_view text);

// A condition on the shape of one value.
struct Shape {
  enum class Type : std::uint8_t {
    Any, Null, True, False, Text, Number, Array, Object,
    Hex,          // text of hex digits alone
    PrefixedHex,  // text of "0x" and hex digits
    Missing,
  };
  ValuePath path;
  Type type = Type::Any;           // Any: something, be it null, must stand there
  std::uint32_t min = 0;           // items of an array or object, bytes of a text, digits of a hex
  std::uint32_t max = 0xffffffff;
  std::string equals;              // text or number must equal this, ASCII case ignored; "": no matter
  std::string contains;            // text must contain this, ASCII case ignored
};

// How the miner's and the pool's messages name their parts.
struct Envelope {
  std::string method = "method", params = "params", id = "id", result = "result", error = "error";
  friend bool operator==(const Envelope&, const Envelope&) = default;
};

// How a share target in hex says how many hashes a share takes.
enum class TargetForm : std::uint8_t {
  None,
  CompactLittle,  // CryptoNote: 4 or 8 bytes, little-endian: 2^32/t, 2^64/t
  Big256,         // up to 32 bytes, big-endian, "0x" or not: 2^256/t
  Little256,      // 32 bytes, little-endian: 2^256/t
};

struct DialectMessage {
  std::string method;       // "": known by shape alone
  MiningRole role = MiningRole::Other;
  bool from_pool = false;   // a notification of the pool; else a request of the miner
  std::vector<Shape> when;  // all must hold
  // Any of these lists of shapes makes an answer an acceptance; empty: the role's default.
  std::vector<std::vector<Shape>> accepted;
  // Used by other software too: says nothing until a message that is not weak, or an answer
  // that holds a list of `accepted`, has shown the dialect. A log-in granted before that is
  // told then.
  bool weak = false;
  bool bodyless = false;    // an HTTP request without body, known by its mining header
  std::string answers;      // from the pool: it is the answer to the miner's request of this method
  ValuePath request_id;     // of such an answer: where the request's id stands; empty: where any id does
  // Where values stand; empty path: nowhere. `answer_*` are read from the answer.
  ValuePath worker, agent, host, job, difficulty, target, coin, algorithm, hashrate;
  ValuePath answer_job, answer_target, answer_difficulty, answer_algorithm;
};

struct Dialect {
  std::string id, title;
  std::uint32_t revision = 0;
  bool has_login = true;
  bool solo = false;
  // Lines: JSON texts on TCP and in WebSocket messages; web sockets: in those alone.
  bool over_lines = true, over_http = true, over_websocket = false;
  bool web = false;  // mining in browsers: mining.web
  std::string coin, algorithm;  // when the conversation names none; "": unknown
  // Expected hashes of a share of difficulty 1 (2^32 for SHA-256d, 2^16 for scrypt); 0: unknown.
  double hashes_per_difficulty = 0;
  TargetForm target_form = TargetForm::None;
  Envelope envelope;
  std::vector<DialectMessage> messages;
};

// One message of one dialect, by position.
struct DialectMatch {
  std::uint16_t dialect = 0;
  std::uint16_t message = 0;
};

class DialectSet {
 public:
  DialectSet() = default;
  explicit DialectSet(std::vector<Dialect> dialects);  // at most kMaxDialects; the rest is left out

  const std::vector<Dialect>& dialects() const { return dialects_; }
  const Dialect& dialect(DialectMatch m) const { return dialects_[m.dialect]; }
  const DialectMessage& message(DialectMatch m) const { return dialects_[m.dialect].messages[m.message]; }
  // SHA-256 over the canonical content, hex.
  const std::string& content_id() const { return content_id_; }

  // The envelopes in use, each once, and per envelope the messages of a method ("": those
  // known by shape alone).
  const std::vector<Envelope>& envelopes() const { return envelopes_; }
  std::span<const DialectMatch> named(std::size_t envelope, std::string_view method) const;
  std::span<const DialectMatch> bodyless() const { return bodyless_; }

  // Could this JSON text be the first word of a mining conversation? A search for a few
  // literals, so that other people's JSON is not parsed. Text with \u escapes always passes.
  bool might_concern(Bytes json, bool in_websocket = false) const;
  // Does it name the method of a submit? (For texts too long to be kept for nothing.)
  bool names_submit(Bytes json) const;

  static constexpr std::size_t kMaxDialects = 256;

 private:
  std::vector<Dialect> dialects_;
  std::vector<Envelope> envelopes_;
  std::vector<std::map<std::string, std::vector<DialectMatch>, std::less<>>> by_method_;
  std::vector<DialectMatch> bodyless_;
  std::vector<std::string> literals_, websocket_literals_, submits_;
  std::string content_id_;
};

// One file. Problems are added to `diagnostics`, all of them; a dialect with errors is
// not added to `dialects`.
void load_dialect(const std::string& file, std::string_view text, std::vector<Dialect>& dialects, Diagnostics& diagnostics);

}  // namespace scanner
