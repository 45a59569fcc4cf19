#include "scanner/io/integrity.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

constexpr std::string_view kOpening = ",\"integrity\":{";
constexpr std::array<std::string_view, 4> kWords{"event", "held", "note", "checkpoint"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<Sha256> hash_member(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return parse_sha256(found->get<std::string>());
}

std::optional<RecordKind> kind_member(const nlohmann::json& object) {
  const auto found = object.find("record");
  if (found == object.end() || !found->is_string()) return std::nullopt;
  const auto word = std::find(kWords.begin(), kWords.end(), found->get<std::string>());
  if (word == kWords.end()) return std::nullopt;
  return static_cast<RecordKind>(word - kWords.begin() + 1);
}

}  // namespace

std::string_view record_word(RecordKind kind) { return kWords[static_cast<std::size_t>(kind) - 1]; }

std::optional<Sha256> parse_sha256(std::string_view hex) {
  Sha256 hash{};
  if (hex.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return hash;
}

std::string event_text(const Sha256& hash) { return "aupscan event 1\n" + to_hex(hash) + "\n"; }

std::string with_integrity(const OutboxRecord& record, const SigningKey* key) {
  const Sha256 hash = record.hash();
  nlohmann::ordered_json integrity;
  integrity["sequence"] = record.sequence;
  integrity["record"] = record_word(record.kind);
  integrity["previous"] = to_hex(record.previous);
  integrity["sha256"] = to_hex(hash);
  integrity["signature"] = nullptr;
  if (key != nullptr) integrity["signature"] = key->sign(event_text(hash));
  std::string json = record.body;
  json.insert(json.size() - 2, ",\"integrity\":" + integrity.dump());
  return json;
}

// By text and not by parsing, since the hash is over bytes: a number that was written in
// another way is another event.
std::optional<IntegrityClaim> read_integrity(std::string_view line) {
  const std::size_t at = line.rfind(kOpening);
  if (at == std::string_view::npos || line.size() < at + kOpening.size() + 3 || !line.ends_with("}}}")) return std::nullopt;
  const std::size_t begin = at + kOpening.size() - 1;
  const auto json = nlohmann::json::parse(line.substr(begin, line.size() - 2 - begin), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto previous = hash_member(json, "previous"), claimed = hash_member(json, "sha256");
  const auto kind = kind_member(json);
  const auto sequence = json.find("sequence"), signature = json.find("signature");
  if (!previous || !claimed || !kind || sequence == json.end() || !sequence->is_number_unsigned()) return std::nullopt;
  IntegrityClaim claim;
  claim.record.sequence = sequence->get<std::uint64_t>();
  claim.record.kind = *kind;
  claim.record.previous = *previous;
  claim.record.body = std::string(line.substr(0, at)) + "}}";
  claim.record.content = sha256(as_bytes(claim.record.body));
  claim.claimed = *claimed;
  if (signature != json.end() && signature->is_string()) claim.signature = signature->get<std::string>();
  return claim;
}

}  // namespace scanner
