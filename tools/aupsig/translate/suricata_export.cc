#include "tools/aupsig/translate/condition_tree.h"
#include "tools/aupsig/translate/rule_export.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxRules = 64;  // of one signature

struct Target {
  std::string_view protocol, flow, buffer;
  bool lowered = false;
};

const Target* target_of(Field field) {
  static constexpr Target kClient{"tcp", "established,to_server", ""}, kServer{"tcp", "established,to_client", ""}, kQuery{"dns", "", "dns.query", true}, kSni{"tls", "established,to_server", "tls.sni", true},
      kJa4{"tls", "established,to_server", "ja4.hash"}, kHost{"http", "established,to_server", "http.host", true}, kPath{"http", "established,to_server", "http.uri.raw"},
      kAgent{"http", "established,to_server", "http.user_agent"};
  switch (field) {
    case Field::StreamClient: return &kClient;
    case Field::StreamServer: return &kServer;
    case Field::DnsName: return &kQuery;
    case Field::TlsSni: return &kSni;
    case Field::TlsJa4: return &kJa4;
    case Field::HttpHost: return &kHost;
    case Field::HttpPath: return &kPath;
    case Field::HttpUserAgent: return &kAgent;
    default: return nullptr;
  }
}

std::string content_text(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte > ' ' && byte < 127 && std::string_view("\"\\;:|").find(c) == std::string_view::npos;
    if (plain || (c == ' ' && !text.empty())) text.push_back(c);
    else text += {'|', kDigits[byte >> 4], kDigits[byte & 15], '|'};
  }
  return text;
}

// Without what would end the option or the regex for Suricata.
std::string pcre_text(std::string_view regex) {
  std::string text;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const char c = regex[i];
    if (c == '\\' && i + 1 < regex.size()) {
      const char next = regex[++i];
      if (next == '"' || next == ';') text += next == '"' ? "\\x22" : "\\x3b";
      else text += {c, next};
    } else if (c == '"') {
      text += "\\x22";
    } else if (c == ';') {
      text += "\\x3b";
    } else if (c == '/') {
      text += "\\/";
    } else {
      text.push_back(c);
    }
  }
  return text;
}

std::string message_text(std::string_view title) {
  std::string text;
  for (const char c : title) {
    if (c == '"' || c == '\\' || c == ';') text.push_back('\\');
    text.push_back(static_cast<unsigned char>(c) < ' ' ? ' ' : c);
  }
  return text;
}

class Exporter {
 public:
  Exporter(const Signature& signature, const Datasets& datasets, std::uint32_t& sid, Translation& out) : signature_(signature), datasets_(datasets), sid_(sid), out_(out) {}

  std::string run() {
    const Target* const target = target_of(signature_.field);
    if (!target) return out_.add(Effect::Cannot, "field", "Suricata has no buffer like " + std::string(to_string(signature_.field))), "";
    std::string problem;
    const auto term = condition_tree(signature_, datasets_, problem);
    if (!term) return out_.add(Effect::Cannot, "condition", problem), "";
    const auto ways = alternatives_of(*term, kMaxRules);
    if (!ways) return out_.add(Effect::Cannot, "condition", "a rule knows no \"or\", and it would take more than 64 of them"), "";
    std::string rules;
    for (const auto& way : *ways) rules += rule(*target, way);
    if (target->buffer.empty()) notes_on_streams();
    if (ways->size() > 1) out_.add(Effect::Note, "condition", "a rule knows no \"or\": each of " + std::to_string(ways->size()) + " ways is a rule");
    return out_.refused() ? "" : rules;
  }

 private:
  void notes_on_streams() {
    const bool anchored = std::ranges::any_of(signature_.patterns, [](const Pattern& p) { return !p.literal && leading_flags(p.expression).rest.starts_with('^'); });
    if (anchored) out_.add(Effect::Wider, "patterns", "\"^\" stands for the beginning of a packet too, not only of what that side sends");
    const bool searched = std::ranges::any_of(signature_.patterns, [](const Pattern& p) { return p.literal; });
    if (!searched) out_.add(Effect::Note, "patterns", "a rule of regexes alone is run on every packet, which is slow");
  }

  std::string option(const Target& target, const Pattern& pattern, bool negated) {
    const std::string mark = negated ? "!" : "";
    if (pattern.literal) {
      if (pattern.expression.size() > 255) out_.add(Effect::Cannot, "patterns", "a content has at most 255 bytes");
      const bool nocase = pattern.nocase && target.buffer != "http.host";
      return "content:" + mark + "\"" + content_text(pattern.expression) + "\"; " + (nocase ? "nocase; " : "");
    }
    const LeadingFlags flags = leading_flags(pattern.expression);
    return "pcre:" + mark + "\"/" + pcre_text(flags.rest) + "/" + (pattern.nocase || flags.caseless || target.lowered ? "i" : "") + (flags.multiline ? "m" : "") + (flags.dotall ? "s" : "") + "\"; ";
  }

  // Which of the responder's ports the way allows, as a header has them.
  std::string ports_text(const std::vector<Term>& way) {
    std::optional<std::vector<std::uint16_t>> allowed;
    std::vector<std::uint16_t> forbidden;
    for (const Term& leaf : way) {
      if (leaf.kind == TermKind::Port) {
        if (!allowed) allowed = leaf.ports;
        else std::erase_if(*allowed, [&](std::uint16_t port) { return std::ranges::find(leaf.ports, port) == leaf.ports.end(); });
      } else if (leaf.kind == TermKind::Not && leaf.parts.front().kind == TermKind::Port) {
        forbidden.insert(forbidden.end(), leaf.parts.front().ports.begin(), leaf.parts.front().ports.end());
      }
    }
    if (allowed) std::erase_if(*allowed, [&](std::uint16_t port) { return std::ranges::find(forbidden, port) != forbidden.end(); });
    if (allowed && allowed->empty()) return "";  // the way is none
    const std::vector<std::uint16_t>& list = allowed ? *allowed : forbidden;
    if (list.empty()) return "any";
    std::string text = allowed ? "[" : "![";
    for (const std::uint16_t port : list) text += (text.ends_with('[') ? "" : ",") + std::to_string(port);
    return text + "]";
  }

  std::string rule(const Target& target, const std::vector<Term>& way) {
    const std::string ports = ports_text(way);
    if (ports.empty()) return "";
    const bool server = signature_.field == Field::StreamServer;
    std::string text = "alert " + std::string(target.protocol) + (server ? " $EXTERNAL_NET " + ports + " -> $HOME_NET any" : " $HOME_NET any -> $EXTERNAL_NET " + ports) + " (msg:\"" +
                       message_text(signature_.title) + "\"; ";
    if (target.protocol == "dns") text = "alert dns $HOME_NET any -> any " + ports + " (msg:\"" + message_text(signature_.title) + "\"; ";
    if (!target.flow.empty()) text += "flow:" + std::string(target.flow) + "; ";
    if (!target.buffer.empty()) text += std::string(target.buffer) + "; ";
    // What is searched comes before what is not.
    for (const bool negated : {false, true})
      for (const Term& leaf : way) {
        const Term& inner = leaf.kind == TermKind::Not ? leaf.parts.front() : leaf;
        if (inner.kind == TermKind::Pattern && (leaf.kind == TermKind::Not) == negated) text += option(target, signature_.patterns[inner.pattern], negated);
      }
    for (const std::string& reference : signature_.references)
      if (reference.starts_with("https://") && reference.find_first_of(";\"\\") == std::string::npos) text += "reference:url," + reference.substr(8) + "; ";
    text += std::string("classtype:") + (signature_.activity.starts_with("mining.") ? "coin-mining" : "misc-activity") + "; sid:" + std::to_string(sid_++) + "; rev:" + std::to_string(signature_.revision) +
            "; metadata:signature " + signature_.id;
    for (std::string technique : signature_.attack) {
      std::ranges::replace(technique, '.', '_');
      text += ", mitre_technique_id " + technique;
    }
    return text + ";)\n";
  }

  const Signature& signature_;
  const Datasets& datasets_;
  std::uint32_t& sid_;
  Translation& out_;
};

}  // namespace

std::string suricata_rules_text(const Signature& signature, const Datasets& datasets, std::uint32_t& sid, Translation& translation) { return Exporter(signature, datasets, sid, translation).run(); }

}  // namespace scanner
