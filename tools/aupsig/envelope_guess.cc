#include "tools/aupsig/envelope_guess.h"

#include "scanner/protocol/conversation_shape.h"
#include "scanner/protocol/json.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace scanner {
namespace {

constexpr std::size_t kLooked = 2000;  // messages

// Does it look like the name of a method: a word, perhaps with dots, slashes, hyphens or colons?
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64 || !std::isalpha(static_cast<unsigned char>(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '/' || c == '_' || c == '-' || c == ':'; });
}

// One message's top-level keys, in their order.
struct Keys {
  struct Entry {
    std::string key, text;  // `text`: of a text; canonical, of what can be an id
    JsonKind kind = JsonKind::Missing;
  };
  Direction sender = Direction::FromInitiator;
  std::vector<Entry> entries;

  const Entry* find(std::string_view key) const {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
    return found == entries.end() ? nullptr : &*found;
  }
};

// The keys of an object in the order of its text: JsonValue gives values alone.
std::vector<std::string> keys_of(const std::string& text) {
  std::vector<std::string> keys;
  int depth = 0;
  bool in_string = false, escaped = false, expects_key = false;
  std::string current;
  for (const char c : text) {
    if (in_string) {
      if (escaped) escaped = false;
      else if (c == '\\') escaped = true;
      else if (c == '"') {
        in_string = false;
        if (depth == 1 && expects_key) keys.push_back(current);
        continue;
      }
      current += c;
      continue;
    }
    if (c == '"') {
      in_string = true;
      current.clear();
    } else if (c == '{' || c == '[') {
      ++depth;
      if (depth == 1) expects_key = c == '{';
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (depth == 1 && c == ':') {
      expects_key = false;
    } else if (depth == 1 && c == ',') {
      expects_key = true;
    }
  }
  return keys;
}

std::vector<Keys> read_keys(const Talk& talk) {
  std::vector<Keys> messages;
  JsonDocument document;
  for (const TalkMessage& message : talk.messages) {
    if (messages.size() == kLooked) break;
    if (document.parse(as_bytes(message.text)) != JsonOutcome::Complete || !document.root().is(JsonKind::Object)) continue;
    Keys keys{message.sender, {}};
    for (std::string& key : keys_of(message.text)) {
      const JsonValue value = document.root()[key];
      const bool scalar = value.is(JsonKind::Text) || value.is(JsonKind::Number);
      std::string text = value.is(JsonKind::Text) ? std::string(value.text()) : scalar ? canonical_id(value) : std::string();
      keys.entries.push_back({std::move(key), std::move(text), value.kind()});
    }
    messages.push_back(std::move(keys));
  }
  return messages;
}

template <typename Score>
std::string best_key(const std::map<std::string, Score>& scores, std::string_view custom) {
  std::string best;
  Score most{};
  for (const auto& [key, score] : scores)
    if (score > most || (score == most && score > Score{} && key == custom)) {
      best = key;
      most = score;
    }
  return best;
}

// How often a value that `asker` gave under `key` came back from the other side under it.
std::uint64_t returns(const std::vector<Keys>& messages, Direction asker, const std::string& key) {
  std::set<std::string> open;
  std::uint64_t count = 0;
  for (const Keys& message : messages) {
    const Keys::Entry* entry = message.find(key);
    if (entry == nullptr || entry->text.empty()) continue;
    if (message.sender == asker) open.insert(entry->text);
    else count += open.erase(entry->text);
  }
  return count;
}

}  // namespace

std::optional<EnvelopeGuess> guess_envelope(const Talk& talk) {
  const std::vector<Keys> messages = read_keys(talk);
  std::set<std::string> all;
  for (const Keys& message : messages)
    for (const Keys::Entry& entry : message.entries) all.insert(entry.key);

  EnvelopeGuess guess;
  bool found = false;
  std::uint64_t best_score = 0;
  for (const Direction asker : {Direction::FromInitiator, Direction::FromResponder}) {
    for (const std::string& id : all) {
      const std::uint64_t answered = returns(messages, asker, id);
      // Among the asker's messages with such an id: what names them?
      std::map<std::string, std::uint64_t> names;
      std::map<std::string, std::set<std::string>> values;
      for (const Keys& message : messages) {
        const Keys::Entry* own = message.find(id);
        if (message.sender != asker || own == nullptr || own->text.empty()) continue;
        for (const Keys::Entry& entry : message.entries)
          if (entry.key != id && entry.kind == JsonKind::Text && is_name(entry.text) && values[entry.key].insert(entry.text).second) names[entry.key] += 8;
          else if (entry.key != id && entry.kind == JsonKind::Text && is_name(entry.text)) ++names[entry.key];
      }
      std::erase_if(names, [&](const auto& name) { return values[name.first].size() > 24; });
      const std::string method = best_key(names, "method");
      if (method.empty()) continue;
      const std::uint64_t score = 4 * answered + names[method] + (id == "id" ? 2 : 0) + (asker == Direction::FromInitiator ? 1 : 0);
      if (score <= best_score) continue;
      best_score = score;
      found = true;
      guess.asker = asker;
      guess.answered = answered;
      guess.names.id = id;
      guess.names.method = method;
    }
  }
  if (!found) return std::nullopt;

  std::map<std::string, std::uint64_t> params, results, errors;
  for (const Keys& message : messages) {
    const bool named = message.find(guess.names.method) != nullptr;
    for (const Keys::Entry& entry : message.entries) {
      if (entry.key == guess.names.id || entry.key == guess.names.method) continue;
      if (named && (entry.kind == JsonKind::Array || entry.kind == JsonKind::Object)) ++params[entry.key];
      if (message.sender == guess.asker || named) continue;
      const bool empty = entry.kind == JsonKind::Null || entry.kind == JsonKind::False;
      const bool says_error = entry.key.find("err") != std::string::npos || entry.key.find("fault") != std::string::npos;
      if (says_error || (entry.kind == JsonKind::Null && message.find(guess.names.id) != nullptr)) ++errors[entry.key];
      else if (!empty || entry.kind == JsonKind::False) ++results[entry.key];
    }
  }
  results.erase("jsonrpc");
  const std::string params_key = best_key(params, "params"), result_key = best_key(results, "result");
  if (errors.contains(result_key)) errors.erase(result_key);
  const std::string error_key = best_key(errors, "error");
  if ((guess.params_known = !params_key.empty())) guess.names.params = params_key;
  if ((guess.result_known = !result_key.empty())) guess.names.result = result_key;
  if ((guess.error_known = !error_key.empty())) guess.names.error = error_key;
  return guess;
}

}  // namespace scanner
