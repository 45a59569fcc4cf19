#include "tools/aupsig/translate/suricata_header.h"

#include <algorithm>
#include <charconv>

namespace scanner {
namespace {

constexpr std::size_t kMaxPorts = 250;

struct Ports {
  bool any = true, negated = false;
  std::vector<std::uint16_t> list;
};

class Header {
 public:
  Header(const SuricataRule& rule, const ImportSettings& settings, Translation& translation) : rule_(rule), settings_(settings), translation_(translation) {}

  SuricataScope read() {
    addresses(rule_.source);
    addresses(rule_.destination);
    const Ports from = ports(rule_.source_port), to = ports(rule_.destination_port);
    SuricataScope scope;
    direction(scope, from, to);
    const bool both_ways = rule_.direction == "<>";
    // The packets of the side that is searched go to, or come from, the responder's port.
    const Ports& asked = scope.client && scope.server ? (to.any ? from : to) : scope.client ? to : from;
    const Ports& other = &asked == &to ? from : to;
    if (!other.any && !(both_ways && other.list == asked.list)) cannot("the initiator's port is no fact that a signature may ask for");
    if (!asked.any) {
      scope.ports = asked.list;
      scope.ports_negated = asked.negated;
    }
    return scope;
  }

 private:
  void cannot(std::string why) { translation_.add(Effect::Cannot, "header", std::move(why), rule_.line, rule_.column); }

  std::string defined(const std::string& text) const {
    if (!text.starts_with('$')) return text;
    const auto found = settings_.defines.find(text.substr(1));
    return found == settings_.defines.end() ? text : found->second;
  }

  // Whose traffic it is, the selection of subjects says; single addresses make data sets.
  void addresses(const std::string& text) {
    const std::string value = defined(text);
    if (value == "any" || value == "$HOME_NET" || value == "$EXTERNAL_NET" || value == "!$HOME_NET" || value == "[$HOME_NET]" || value == "[$EXTERNAL_NET]") return;
    if (value.starts_with('$')) return translation_.add(Effect::Wider, "header", "the addresses " + value + " are left out: whose traffic is judged is configured, not signed", rule_.line, rule_.column);
    cannot("a list of addresses (" + value.substr(0, 60) + ") makes a data set (aupsig import pools), and its bare addresses are context only");
  }

  Ports ports(const std::string& text) {
    std::string value = defined(text);
    Ports out;
    if (value == "any") return out;
    out.any = false;
    if (value.starts_with('!')) {
      out.negated = true;
      value = defined(value.substr(1));
    }
    if (value.starts_with('[') && value.ends_with(']')) value = value.substr(1, value.size() - 2);
    std::string_view rest = value;
    while (!rest.empty() && out.list.size() <= kMaxPorts) {
      const std::size_t end = rest.find(',');
      if (!add_range(rest.substr(0, end), out.list)) return out;
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    if (out.list.size() > kMaxPorts) cannot("more than 250 ports");
    std::ranges::sort(out.list);
    return out;
  }

  bool add_range(std::string_view text, std::vector<std::uint16_t>& list) {
    if (text.starts_with('$')) {
      cannot("the ports " + std::string(text) + " are not known here: --define " + std::string(text.substr(1)) + "=[80,8080]");
      return false;
    }
    const std::size_t colon = text.find(':');
    const auto number = [](std::string_view digits, unsigned fallback) -> std::optional<unsigned> {
      if (digits.empty()) return fallback;
      unsigned value = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error != std::errc() || end != digits.data() + digits.size() || value > 65535) return std::nullopt;
      return value;
    };
    const auto low = number(text.substr(0, colon), 1);
    const auto high = colon == std::string_view::npos ? low : number(text.substr(colon + 1), 65535);
    if (text.empty() || !low || !high || *low == 0 || *high < *low) {
      cannot("the ports \"" + std::string(text.substr(0, 60)) + "\" cannot be said as a list");
      return false;
    }
    for (unsigned port = *low; port <= *high && list.size() <= kMaxPorts; ++port) list.push_back(static_cast<std::uint16_t>(port));
    return true;
  }

  void direction(SuricataScope& scope, const Ports& from, const Ports& to) {
    bool told = false;
    for (const SuricataOption& option : rule_.options) {
      if (option.name != "flow") continue;
      std::string_view rest = option.value;
      while (!rest.empty()) {
        const std::size_t end = rest.find(',');
        std::string_view word = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        while (word.starts_with(' ')) word.remove_prefix(1);
        while (word.ends_with(' ')) word.remove_suffix(1);
        if (word == "to_server" || word == "from_client") scope.server = false, told = true;
        else if (word == "to_client" || word == "from_server") scope.client = false, told = true;
        else if (word == "not_established") translation_.add(Effect::Cannot, "flow", "what is sent without a connection is not searched", option.line, option.column);
        else if (word != "established" && word != "stateless" && word != "only_stream" && word != "no_stream")
          translation_.add(Effect::Cannot, "flow", "\"" + std::string(word) + "\" has no equal here", option.line, option.column);
      }
    }
    if (!scope.client && !scope.server) cannot("it asks for both directions at once");
    if (told || rule_.direction == "<>") return;
    // A port on one side alone tells who answers there.
    if (!to.any && from.any) scope.server = false;
    if (to.any && !from.any) scope.client = false;
  }

  const SuricataRule& rule_;
  const ImportSettings& settings_;
  Translation& translation_;
};

}  // namespace

SuricataScope scope_of(const SuricataRule& rule, const ImportSettings& settings, Translation& translation) { return Header(rule, settings, translation).read(); }

}  // namespace scanner
