#include "scanner/model/digest.h"
#include "scanner/model/letters.h"
#include "tools/aupsig/translate/condition_tree.h"
#include "tools/aupsig/translate/rule_export.h"
#include "tools/aupsig/translate/yaml_text.h"

#include <algorithm>

namespace scanner {
namespace {

struct Target {
  std::string_view category, product, field;
  bool knows_port = false;
};

const Target* target_of(Field field) {
  static constexpr Target kCommand{"process_creation", "linux", "CommandLine"}, kImage{"process_creation", "linux", "Image"}, kDirectory{"process_creation", "linux", "CurrentDirectory"},
      kQuery{"dns_query", "linux", "QueryName"}, kName{"network_connection", "linux", "DestinationHostname", true}, kHost{"proxy", "", "cs-host"}, kUri{"proxy", "", "c-uri"}, kAgent{"proxy", "", "c-useragent"};
  switch (field) {
    case Field::ProcessCommandLine: return &kCommand;
    case Field::ProcessExecutable:
    case Field::ProcessName: return &kImage;
    case Field::ProcessWorkingDirectory: return &kDirectory;
    case Field::DnsName: return &kQuery;
    case Field::TlsSni: return &kName;
    case Field::HttpHost: return &kHost;
    case Field::HttpPath: return &kUri;
    case Field::HttpUserAgent: return &kAgent;
    default: return nullptr;
  }
}

// In the form of a UUID, the same for the same signature.
std::string uuid_of(const std::string& id) {
  std::string hex = to_hex(sha256(as_bytes(id))).substr(0, 32);
  hex[12] = '8';  // RFC 9562: made in a way of our own
  hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string plain_value(std::string_view literal) {
  std::string value;
  for (const char c : literal) {
    if (c == '*' || c == '?' || c == '\\') value.push_back('\\');
    value.push_back(c);
  }
  return value;
}

class Exporter {
 public:
  Exporter(const Signature& signature, const Datasets& datasets, Translation& out) : signature_(signature), datasets_(datasets), out_(out) {}

  std::string run() {
    const Target* const target = target_of(signature_.field);
    if (!target) return out_.add(Effect::Cannot, "field", "Sigma's log sources have no field like " + std::string(to_string(signature_.field))), "";
    std::string problem;
    const auto term = condition_tree(signature_, datasets_, problem);
    if (!term) return out_.add(Effect::Cannot, "condition", problem), "";
    std::string detection;
    for (std::size_t i = 0; i < signature_.patterns.size(); ++i) detection += selection(*target, signature_.patterns[i]);
    const std::string condition = text_of(*term, *target, detection);
    if (signature_.field == Field::TlsSni) out_.add(Effect::Wider, "field", "Sigma does not tell a name that TLS asks for from any other name of the connection");
    if (signature_.field == Field::ProcessName) out_.add(Effect::Narrower, "field", "the kernel's 15-byte name of a process is no field of Sigma's; its executable's name is");
    if (signature_.field == Field::HttpPath) out_.add(Effect::Note, "field", "a proxy's c-uri may hold scheme and host before the path");
    if (out_.refused()) return "";
    return head(*target) + "detection:\n" + detection + "    condition: " + condition + "\n" + tail();
  }

 private:
  std::string selection(const Target& target, const Pattern& pattern) {
    std::string key(target.field), value;
    if (pattern.literal) {
      key += pattern.nocase ? "|contains" : "|contains|cased";
      value = plain_value(pattern.expression);
    } else {
      const LeadingFlags flags = leading_flags(pattern.expression);
      value = flags.rest;
      // The executable's path ends in its name: what is bound to the name's beginning is bound to a slash.
      if (signature_.field == Field::ProcessName && value.starts_with('^')) value = "(^|/)" + value.substr(1);
      key += std::string("|re") + (pattern.nocase || flags.caseless ? "|i" : "") + (flags.multiline ? "|m" : "") + (flags.dotall ? "|s" : "");
    }
    return "    " + pattern.name + ":\n        " + key + ": " + yaml_scalar(value) + "\n";
  }

  std::string text_of(const Term& term, const Target& target, std::string& detection) {
    const auto inner = [&](const Term& part) {
      const bool braces = (part.kind == TermKind::Or || part.kind == TermKind::And) && part.kind != term.kind;
      const std::string text = text_of(part, target, detection);
      return braces ? "(" + text + ")" : text;
    };
    switch (term.kind) {
      case TermKind::Pattern: return signature_.patterns[term.pattern].name;
      case TermKind::Not: return "not " + inner(term.parts.front());
      case TermKind::Port: {
        if (!target.knows_port) out_.add(Effect::Cannot, "condition", "the log source " + std::string(target.category) + " knows no port");
        const std::string name = "responder_port" + (ports_ == 0 ? "" : "_" + std::to_string(ports_ + 1));
        ++ports_;
        detection += "    " + name + ":\n        DestinationPort:\n";
        for (const std::uint16_t port : term.ports) detection += "            - " + std::to_string(port) + "\n";
        return name;
      }
      default: break;
    }
    std::string text;
    for (const Term& part : term.parts) text += (text.empty() ? "" : term.kind == TermKind::Or ? " or " : " and ") + inner(part);
    return text;
  }

  std::string head(const Target& target) const {
    const bool tested = signature_.status == SignatureStatus::Active;
    std::string text = "title: " + yaml_scalar(signature_.title) + "\nid: " + uuid_of(signature_.id) + "\nstatus: " +
                       (signature_.status == SignatureStatus::Deprecated ? "deprecated" : tested ? "test" : "experimental") + "\ndescription: " +
                       yaml_scalar("Exported from the signature " + signature_.id + ", revision " + std::to_string(signature_.revision)) + "\nreferences:\n";
    for (const std::string& reference : signature_.references) text += "    - " + yaml_scalar(reference) + "\n";
    text += "author: " + yaml_scalar(signature_.owner) + "\n";
    if (!signature_.attack.empty()) text += "tags:\n";
    for (const std::string& technique : signature_.attack) text += "    - attack." + lowered(technique) + "\n";
    text += "logsource:\n    category: " + std::string(target.category) + "\n";
    if (!target.product.empty()) text += "    product: " + std::string(target.product) + "\n";
    return text;
  }

  std::string tail() const {
    std::string text;
    if (!signature_.known_false_positives.empty()) text += "falsepositives:\n";
    for (const std::string& known : signature_.known_false_positives) text += "    - " + yaml_scalar(known) + "\n";
    const double weight = signature_.weight;
    return text + "level: " + (weight >= 0.5 ? "high" : weight >= 0.3 ? "medium" : weight >= 0.15 ? "low" : "informational") + "\n";
  }

  const Signature& signature_;
  const Datasets& datasets_;
  Translation& out_;
  int ports_ = 0;
};

}  // namespace

LeadingFlags leading_flags(const std::string& regex) {
  LeadingFlags flags;
  flags.rest = regex;
  while (flags.rest.starts_with("(?")) {
    const std::size_t end = flags.rest.find(')');
    const std::string letters = flags.rest.substr(2, end == std::string::npos ? 0 : end - 2);
    if (letters.empty() || letters.find_first_not_of("ims") != std::string::npos) break;
    flags.caseless = flags.caseless || letters.find('i') != std::string::npos;
    flags.multiline = flags.multiline || letters.find('m') != std::string::npos;
    flags.dotall = flags.dotall || letters.find('s') != std::string::npos;
    flags.rest.erase(0, end + 1);
  }
  return flags;
}

std::string sigma_rule_text(const Signature& signature, const Datasets& datasets, Translation& translation) { return Exporter(signature, datasets, translation).run(); }

}  // namespace scanner
