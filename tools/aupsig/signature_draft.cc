#include "tools/aupsig/signature_draft.h"

#include "scanner/app/wording.h"
#include "scanner/model/digest.h"
#include "tools/aupsig/envelope_guess.h"
#include "tools/aupsig/json_scalars.h"
#include "tools/aupsig/text_secrets.h"
#include "tools/aupsig/translate/text_place.h"

#include <algorithm>
#include <sstream>

namespace scanner {
namespace {

constexpr std::uint64_t kSeed = 0x6e6577;

// The message with whoever is named in it made up.
std::string without_names(std::string text, const std::optional<DialectDraft>& dialect, const DialectSet& dialects) {
  std::vector<std::string> names = personal_texts(text, dialects);
  if (dialect)
    for (const DraftedMessage& message : dialect->messages)
      for (const auto& [key, path] : message.values) {
        if (key != "worker") continue;
        std::string real = path;
        if (real.starts_with("params")) real = dialect->envelope.names.params + real.substr(6);
        for (const JsonScalar& value : json_scalars(text))
          if (value.path == real) names.push_back(value.text);
      }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  for (const std::string& name : names) {
    if (name.size() < 3) continue;
    const std::string made = made_up_like(name, kSeed);
    for (std::size_t at = text.find("\"" + name + "\""); at != std::string::npos; at = text.find("\"" + name + "\"", at + made.size())) text.replace(at + 1, name.size(), made);
  }
  return text;
}

std::string with_method(const std::string& text, const std::string& method, const std::string& other) {
  const std::size_t at = text.find("\"" + method + "\"");
  return at == std::string::npos ? text : text.substr(0, at + 1) + other + text.substr(at + 1 + method.size());
}

std::string json_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

struct Examples {
  std::vector<std::string> match, no_match;
};

void write(std::ostream& out, const std::string& activity, const std::string& name, const std::string& field, const std::string& title, const std::vector<std::pair<std::string, std::string>>& patterns, const std::string& condition,
           const std::string& evidence, const Examples& examples, const std::string& false_positive) {
  out << "# Drafted by `aupsig new` from one conversation; look at every line.\nid: " << activity << "." << name << "\ntitle: " << yaml_text(title) << "\nactivity: " << activity << "\nfield: " << field
      << "\nstage: contact\nweight: 0.3\nstatus: experimental\nowner: signatures\nrevision: 1\npatterns:\n";
  for (const auto& [pattern, regex] : patterns) out << "  " << pattern << ": {regex: " << yaml_text(regex) << "}\n";
  out << "condition: " << condition << "\nreferences: [" << yaml_text(evidence) << "]\nattack: [T1496.001]\nknown_false_positives: [" << yaml_text(false_positive) << "]\nexamples:\n  match:\n";
  for (const std::string& text : examples.match) out << "    - " << text << "\n";
  out << "  no_match:\n";
  for (const std::string& text : examples.no_match) out << "    - " << text << "\n";
}

// As text where it is plain, else as bytes: a file of ours holds no control characters.
std::string hex_example(std::string_view bytes);
std::string example_of(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
  return plain ? yaml_text(text) : hex_example(text);
}

std::string hex_example(std::string_view bytes) { return "{hex: '" + to_hex(as_bytes(bytes)) + "'}"; }

// What is no JSON: the words, or the bytes, with which the side begins.
SignatureDraft from_bytes(const Talk& talk, std::size_t side, const std::string& activity, const std::string& name, const std::string& evidence) {
  const std::string& beginning = talk.beginning[side];
  std::size_t size = std::min<std::size_t>(beginning.find_first_of("\r\n"), std::min<std::size_t>(beginning.size(), 24));
  // Not into what may be somebody's: the leading word and its separator.
  for (std::size_t i = 4; i < size; ++i)
    if (beginning[i] == ' ' || beginning[i] == ',' || beginning[i] == ':' || beginning[i] == '=') size = std::min(size, i + 1);
  size = std::max<std::size_t>(size, std::min<std::size_t>(beginning.size(), 4));
  const std::string word = beginning.substr(0, size);
  SignatureDraft draft;
  std::ostringstream out;
  Examples examples;
  examples.match = {hex_example(word)};
  std::string other = word;
  for (std::size_t i = other.size() / 2; i < other.size(); ++i) other[i] = static_cast<char>(other[i] ^ 1);
  examples.no_match = {hex_example(other), hex_example("see " + word)};
  if (!talk.beginning[side ^ 1U].empty() && !talk.beginning[side ^ 1U].starts_with(word)) examples.no_match.push_back(hex_example(talk.beginning[side ^ 1U].substr(0, std::min<std::size_t>(16, talk.beginning[side ^ 1U].size()))));
  write(out, activity, name, side == 0 ? "stream.client" : "stream.server", "A connection that begins as one of a capture did", {{"beginning", "^" + escaped(word)}}, "beginning", evidence, examples, "other programs that begin a connection with the same bytes");
  draft.yaml = out.str();
  draft.remarks.emplace_back("the conversation is no JSON: the pattern is the " + std::to_string(word.size()) + " bytes that it begins with, which may be anybody's; compare several captures before you trust it");
  return draft;
}

}  // namespace

SignatureDraft draft_signature(const Talk& talk, const std::optional<DialectDraft>& dialect, const DialectSet& dialects, const std::string& activity, const std::string& name, const std::string& evidence) {
  const auto guess = guess_envelope(talk);
  const std::size_t side = guess ? static_cast<std::size_t>(guess->asker) : talk.beginning[0].empty() ? 1 : 0;
  const TalkMessage* opening = nullptr;
  for (const TalkMessage& message : talk.messages)
    if (opening == nullptr && static_cast<std::size_t>(message.sender) == side && !message.http) opening = &message;
  std::string method;
  if (guess && opening != nullptr)
    for (const JsonScalar& value : json_scalars(opening->text))
      if (value.path == guess->names.method) method = value.text;
  if (opening == nullptr || method.empty() || opening->begin != 0) return from_bytes(talk, side, activity, name, evidence);

  // Before the method no second object may begin: a report about mining has it inside another.
  const std::string start = "^\\s{0,4}\\{[^{}\\n]{0,300}\"" + escaped(guess->names.method) + "\"\\s{0,4}:\\s{0,4}\"";
  std::vector<std::pair<std::string, std::string>> patterns{{"method", start + escaped(method) + "\""}};
  const bool behind_params = opening->text.find("\"" + method + "\"") > opening->text.find("\"" + guess->names.params + "\"");
  if (behind_params) patterns[0].second = "^\\s{0,4}\\{[^\\n]{0,1000}\"" + escaped(guess->names.method) + "\"\\s{0,4}:\\s{0,4}\"" + escaped(method) + "\"";
  // What else the message cannot do without, so that a method of the same name is not enough.
  std::string key;
  for (const JsonScalar& value : json_scalars(opening->text))
    if (key.empty() && value.path.starts_with(guess->names.params + ".")) key = value.path.substr(value.path.rfind('.') + 1);
  std::string condition = "method";
  if (!key.empty() && key.find('[') == std::string::npos) {
    patterns.emplace_back("parameter", "^\\s{0,4}\\{[^\\n]{0,1000}\"" + escaped(key) + "\"\\s{0,4}:");
    condition = "method and parameter";
  }
  const std::string example = without_names(opening->text, dialect, dialects);
  Examples examples;
  examples.match = {example_of(example)};
  for (const char* other : {"getbalance", "initialize", "server.version"}) examples.no_match.push_back(example_of(with_method(example, method, other)));
  examples.no_match.push_back(example_of(with_method(example, method, method + "_status")));
  examples.no_match.push_back(example_of("{\"log\":\"" + json_escaped(example) + "\"}"));
  examples.no_match.push_back(example_of("see " + example));
  for (const TalkMessage& message : talk.messages)
    if (static_cast<std::size_t>(message.sender) != side && message.text.size() < 400) {
      examples.no_match.push_back(example_of(without_names(message.text, dialect, dialects)));
      break;
    }
  std::ostringstream out;
  write(out, activity, name, side == 0 ? "stream.client" : "stream.server", "The first message of a connection that speaks " + name, patterns, condition, evidence, examples,
        "monitors of the pool that open the conversation and leave");
  SignatureDraft draft;
  draft.yaml = out.str();
  if (key.empty()) draft.remarks.emplace_back("the signature stands on the method's name alone: \"" + printable(method) + "\" has to be nobody else's");
  return draft;
}

}  // namespace scanner
