#include "tools/aupsig/text_secrets.h"

#include "scanner/model/digest.h"
#include "scanner/model/letters.h"
#include "scanner/protocol/json.h"
#include "scanner/signature/wallet.h"
#include "tools/trafficgen/random.h"
#include "tools/trafficgen/wallet_like.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace scanner {
namespace {

trafficgen::Random random_of(std::string_view text, std::uint64_t seed) {
  const Sha256 digest = sha256(as_bytes(text));
  std::uint64_t mixed = seed;
  for (std::size_t i = 0; i < 8; ++i) mixed = mixed << 8 ^ digest[i] ^ mixed >> 56;
  return trafficgen::Random(mixed);
}

bool is_hex_text(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  return text.size() >= 8 && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

char like(char c, bool hex, trafficgen::Random& random) {
  const auto u = static_cast<unsigned char>(c);
  if (std::isdigit(u) != 0) return static_cast<char>('0' + random.below(10));
  if (std::islower(u) != 0) return static_cast<char>('a' + random.below(hex ? 6 : 26));
  if (std::isupper(u) != 0) return static_cast<char>('A' + random.below(hex ? 6 : 26));
  return c;
}

std::string class_wise(std::string_view text, trafficgen::Random& random) {
  const bool hex = is_hex_text(text);
  std::string out(text);
  for (std::size_t i = hex && text.starts_with("0x") ? 2 : 0; i < out.size(); ++i) out[i] = like(out[i], hex, random);
  // Chance may have drawn the same again.
  if (out == text)
    for (char& c : out)
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        c = c == '7' ? '3' : std::isdigit(static_cast<unsigned char>(c)) != 0 ? '7' : c == 'q' ? 'k' : std::islower(static_cast<unsigned char>(c)) != 0 ? 'q' : c == 'Q' ? 'K' : 'Q';
        break;
      }
  return out;
}

bool names_somebody(std::string_view key) {
  constexpr std::array<std::string_view, 20> kKeys{"login", "pass", "password", "worker", "user", "username", "rigid", "rig", "wallet", "wallet_address", "address",
                                                   "token", "site_key", "email", "mail", "account", "badge", "worker_name", "workername", "miner_name"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

std::string_view last_key(std::string_view path) {
  path = path.substr(path.rfind('.') + 1);
  return path.substr(0, path.find('['));
}

// Does the message log in, and what are its parts called? By any dialect.
const Envelope* login_envelope(JsonValue root, const DialectSet& dialects, std::string& agent_path) {
  for (std::size_t e = 0; e < dialects.envelopes().size(); ++e) {
    const Envelope& names = dialects.envelopes()[e];
    const JsonValue method = root[names.method];
    if (!method.is(JsonKind::Text) || root[names.result]) continue;
    for (const DialectMatch match : dialects.named(e, method.text())) {
      const DialectMessage& message = dialects.message(match);
      if (message.from_pool || message.role != MiningRole::Authorise) continue;
      agent_path.clear();
      for (const auto& step : message.agent.steps) agent_path += step.key.empty() ? "[" + std::to_string(step.index) + "]" : (agent_path.empty() ? "" : ".") + step.key;
      return &names;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<JsonTextValue> json_text_values(std::string_view json) {
  struct Level {
    bool object = false, expects_key = false;
    std::string key;
    std::size_t index = 0;
  };
  std::vector<JsonTextValue> values;
  std::vector<Level> levels;
  const auto path = [&] {
    std::string text;
    for (const Level& level : levels) text += level.object ? (text.empty() ? "" : ".") + level.key : "[" + std::to_string(level.index) + "]";
    return text;
  };
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '{' || c == '[') {
      if (levels.size() > 64) return values;
      levels.push_back({c == '{', c == '{', "", 0});
    } else if (c == '}' || c == ']') {
      if (!levels.empty()) levels.pop_back();
    } else if (levels.empty()) {
      continue;
    } else if (c == ',') {
      levels.back().expects_key = levels.back().object;
      ++levels.back().index;
    } else if (c == ':') {
      levels.back().expects_key = false;
    } else if (c == '"') {
      const std::size_t begin = at + 1;
      std::size_t end = begin;
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      if (end >= json.size()) return values;
      if (levels.back().expects_key) levels.back().key = json.substr(begin, end - begin);
      else values.push_back({begin, end, path()});
      at = end;
    }
  }
  return values;
}

std::vector<std::string> personal_texts(std::string_view json, const DialectSet& dialects) {
  std::vector<std::string> found;
  JsonDocument document;
  if (document.parse(as_bytes(json)) == JsonOutcome::Bad) return found;
  std::string agent_path;
  const Envelope* login = login_envelope(document.root(), dialects, agent_path);
  for (const JsonTextValue& value : json_text_values(json)) {
    const std::string_view text = json.substr(value.begin, value.end - value.begin);
    const bool of_login = login != nullptr && value.path.starts_with(login->params) && value.path != agent_path && last_key(value.path) != "agent" && last_key(value.path) != "algo";
    if (of_login || names_somebody(last_key(value.path))) found.emplace_back(text);
  }
  return found;
}

std::vector<std::string> personal_headers(std::string_view head) {
  std::vector<std::string> found;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::string name = lowered(line.substr(0, line.find(':')));
    constexpr std::array<std::string_view, 7> kNames{"authorization", "proxy-authorization", "cookie", "set-cookie", "from", "referer", "x-forwarded-for"};
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end() || line.size() <= name.size() + 1) continue;
    std::string_view value = line.substr(name.size() + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    // The scheme ("Basic") says nothing of anybody.
    if (const std::size_t space = value.find(' '); name.ends_with("authorization") && space != std::string_view::npos) value.remove_prefix(space + 1);
    if (!value.empty()) found.emplace_back(value);
  }
  return found;
}

std::string host_header(std::string_view head) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos && at + 8 < head.size(); at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() < 6 || !equals_lowered(line.substr(0, 5), "host:")) continue;
    std::string_view value = line.substr(5);
    while (value.starts_with(' ')) value.remove_prefix(1);
    value = value.substr(0, value.find(':'));
    const bool name = value.find('.') != std::string_view::npos && std::any_of(value.begin(), value.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
    return name && !value.starts_with('[') ? std::string(value) : "";
  }
  return "";
}

std::string made_up_like(std::string_view text, std::uint64_t seed) {
  std::string out;
  std::size_t at = 0;
  // Word by word, each by itself: "wallet.rig" and "wallet" go on belonging together.
  const auto words = [&](std::size_t end) {
    while (at < end) {
      std::size_t stop = at;
      while (stop < end && std::isalnum(static_cast<unsigned char>(text[stop])) != 0) ++stop;
      if (stop == at) {
        out += text[at++];
        continue;
      }
      trafficgen::Random random = random_of(text.substr(at, stop - at), seed);
      out += class_wise(text.substr(at, stop - at), random);
      at = stop;
    }
  };
  for (const Wallet& wallet : find_wallets(text)) {
    words(wallet.begin);
    const std::string_view original = text.substr(wallet.begin, wallet.end - wallet.begin);
    trafficgen::Random random = random_of(original, seed);
    const auto made = trafficgen::make_up_like(original, random);
    out += made ? *made : class_wise(original, random);
    at = wallet.end;
  }
  words(text.size());
  return out;
}

std::string made_up_name(std::string_view name, const std::set<std::string>& kept_labels, std::uint64_t seed) {
  std::string out;
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string label(name.substr(0, dot));
    trafficgen::Random random = random_of(label, seed);
    if (kept_labels.contains(label) || label == "www") out += label;
    else if (dot == std::string_view::npos) out += label.size() == 4 ? "test" : std::string(label.size(), 'z');
    else out += class_wise(label, random);
    if (dot == std::string_view::npos) return out;
    out += '.';
    name.remove_prefix(dot + 1);
  }
}

}  // namespace scanner
