#include "scanner/model/yaml.h"
#include "scanner/signature/dataset.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace scanner {
namespace {

constexpr std::size_t kMaxFile = 64UL * 1024 * 1024;
constexpr std::size_t kMaxEntries = 1'000'000;
constexpr std::string_view kHostColumns = "host\tcoins\tpool\tports\ttier\tflags\tsources\tadded";
constexpr std::string_view kDatedHostColumns = "host\tcoins\tpool\tports\ttier\tflags\tsources\tadded\tfirst_seen\tlast_seen";
constexpr std::string_view kTemplateColumns = "template\tcoins\tpool\tflags\tsources\tadded";
constexpr std::string_view kAgentColumns = "agent\tfamily\tkind\tsources";
constexpr std::string_view kWordColumns = "word\twhy";
constexpr std::size_t kMaxWords = 1'000;
constexpr std::array<std::string_view, 7> kAgentKinds{"cpu", "gpu", "asic", "several", "proxy", "pool", "malware"};
constexpr std::size_t kMaxAgents = 1'000;
constexpr std::size_t kMaxTemplates = 10'000;
constexpr std::uint32_t kMaxDays = 36'500;
constexpr std::string_view kPortColumns = "port\thosts";

// Days since 1970 of "YYYY-MM-DD"; nothing where there is no such day.
std::optional<std::int32_t> day_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (const std::size_t i : {0u, 1u, 2u, 3u, 5u, 6u, 8u, 9u})
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  const auto digits = [&](std::size_t at, std::size_t count) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + count; ++i) value = value * 10 + static_cast<unsigned>(text[i] - '0');
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(digits(0, 4))), std::chrono::month(digits(5, 2)), std::chrono::day(digits(8, 2))};
  if (!date.ok()) return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

bool is_date(std::string_view text) { return day_of(text).has_value(); }

// Lower-case labels with a dot between at least two of them: an entry for a whole
// top-level domain would match half the world.
bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.find('.') == std::string_view::npos) return false;
  std::size_t label = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label != 0;
}

std::optional<std::uint32_t> number_in(std::string_view text, std::uint32_t min, std::uint32_t max) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < min || value > max) return std::nullopt;
  return value;
}

// The next piece of `rest` up to `separator`, which is taken off too.
std::string_view cut(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return piece;
}

// "3333/tcp;443/tls;5555": a port, and what is known of its transport.
bool is_port_list(std::string_view text) {
  while (!text.empty()) {
    std::string_view port = cut(text, ';');
    const std::string_view number = cut(port, '/');
    if (!number_in(number, 1, 65535)) return false;
    if (!port.empty() && port != "tcp" && port != "tls" && port != "tcp+tls") return false;
  }
  return true;
}

}  // namespace

// Reads line by line over the text that the finished set keeps.
class DatasetReader {
 public:
  DatasetReader(std::string file, std::string_view text, Diagnostics& diagnostics)
      : text_(std::make_unique<const std::string>(text)), context_(std::move(file), *text_, diagnostics) {}

  void read(Datasets& datasets) {
    if (text_->size() > kMaxFile) return problem(0, "E002", "the file is larger than 64 MiB");
    std::string_view rest = *text_;
    while (!rest.empty() && !too_many_) {
      line_start_ = rest.data();
      std::string_view line = cut(rest, '\n');
      ++line_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.starts_with("#!")) {
        header_line(line.substr(2));
      } else if (!line.empty() && line.front() != '#') {
        has_columns_ ? entry(line) : columns(line);
      }
    }
    finish(datasets);
  }

 private:
  void problem(int column, std::string code, std::string message, std::string hint = {}) {
    context_.error(line_, column, std::move(code), std::move(message), std::move(hint));
  }
  int column_of(std::string_view field) const { return static_cast<int>(field.data() - line_start_) + 1; }

  void header_line(std::string_view line) {
    const std::string_view key_text = cut(line, ':');
    const auto trimmed = [](std::string_view text) {
      while (text.starts_with(' ')) text.remove_prefix(1);
      while (text.ends_with(' ')) text.remove_suffix(1);
      return text;
    };
    const std::string_view key = trimmed(key_text);
    const std::string value(trimmed(line));
    if (has_columns_) return problem(1, "E121", "a header line behind the entries", "put it before the line that names the columns");
    if (key == "name") {
      header_.name = value;
    } else if (key == "kind") {
      header_.kind = value;
      if (value != "hosts" && value != "ports" && value != "templates" && value != "agents" && value != "words")
        problem(1, "E121", "kind: \"" + value + "\" is not known", "allowed: hosts, ports, templates, agents, words");
    } else if (key == "date") {
      header_.date = value;
      if (!is_date(value)) problem(1, "E121", "date: expected YYYY-MM-DD, found \"" + value + "\"");
    } else if (key == "licence") {
      header_.licence = value;
    } else if (key == "valid_days" || key == "half_life") {
      const auto days = number_in(value, 1, kMaxDays);
      if (!days) return problem(1, "E121", std::string(key) + ": expected a number of days from 1 to 36500, found \"" + value + "\"");
      (key == "half_life" ? header_.ageing.half_life : header_.ageing.valid_days) = *days;
    } else if (key == "floor") {
      const auto percent = number_in(value.ends_with('%') ? std::string_view(value).substr(0, value.size() - 1) : std::string_view(), 0, 100);
      if (!percent) return problem(1, "E121", "floor: expected a share from 0% to 100%, found \"" + value + "\"");
      header_.ageing.floor = *percent / 100.0;
    } else if (key == "never") {
      std::string_view rest = value;
      while (!rest.empty())
        if (const std::string_view word = trimmed(cut(rest, ',')); !word.empty()) templates_.not_words_.emplace_back(word);
    } else {
      problem(1, "E121", "the header \"" + std::string(key.substr(0, 60)) + "\" is not known",
              "known: name, kind, date, licence, valid_days, half_life, floor, never");
    }
  }

  void columns(std::string_view line) {
    has_columns_ = true;
    if (header_.kind.empty()) return problem(1, "E121", "the header \"#! kind:\" is missing before the columns", "allowed: hosts, ports, templates, agents, words");
    const std::string_view expected = header_.kind == "ports" ? kPortColumns : header_.kind == "templates" ? kTemplateColumns : header_.kind == "agents" ? kAgentColumns : header_.kind == "words" ? kWordColumns : kHostColumns;
    dated_ = header_.kind == "hosts" && line == kDatedHostColumns;
    if (line != expected && !dated_)
      problem(1, "E122", "the columns of a \"" + header_.kind + "\" set are expected here",
              "tab-separated: " + std::string(expected));
  }

  void entry(std::string_view line) {
    if (++entries_ > kMaxEntries) {
      too_many_ = true;
      return problem(1, "E002", "more than a million entries");
    }
    header_.kind == "ports" ? port_entry(line) : header_.kind == "templates" ? template_entry(line) : header_.kind == "agents" ? agent_entry(line) : header_.kind == "words" ? word_entry(line) : host_entry(line);
  }

  bool split(std::string_view line, std::span<std::string_view> fields) {
    const auto tabs = static_cast<std::size_t>(std::count(line.begin(), line.end(), '\t'));
    if (tabs + 1 != fields.size()) {
      problem(1, "E123", "expected " + std::to_string(fields.size()) + " tab-separated columns, found " + std::to_string(tabs + 1));
      return false;
    }
    for (std::string_view& field : fields) field = cut(line, '\t');
    return true;
  }

  void host_entry(std::string_view line) {
    std::array<std::string_view, 10> fields;
    if (!split(line, std::span(fields).first(dated_ ? 10 : 8))) return;
    HostEntry entry;
    entry.host = fields[0];
    entry.coins = fields[1];
    entry.pool = fields[2];
    entry.ports = fields[3];
    entry.sources = fields[6];
    entry.added = fields[7];
    entry.first_seen = fields[8];
    entry.last_seen = fields[9];
    tier(fields[4], entry);
    const bool address = IpAddress::parse(entry.host).has_value();
    if (!address && !is_host_name(entry.host))
      problem(column_of(fields[0]), "E124", "\"" + std::string(entry.host.substr(0, 80)) + "\" is no host name",
              "lower-case, at least two labels, no trailing dot");
    if (address != (entry.tier == HostTier::Address))
      problem(column_of(fields[4]), "E124", "tier D-ip is for addresses, and addresses are of no other tier");
    if (!is_port_list(entry.ports)) problem(column_of(fields[3]), "E124", "ports: expected e.g. 3333/tcp;443/tls");
    if (entry.sources.empty()) problem(column_of(fields[6]), "E124", "sources: who listed it?");
    dates(entry);
    flags(fields[5], entry);
    hosts_.entries_.push_back(entry);
    lines_.push_back(line_);
  }

  void dates(HostEntry& entry) {
    const auto added = day_of(entry.added);
    if (!added) problem(column_of(entry.added), "E124", "added: expected YYYY-MM-DD");
    const auto first = entry.first_seen.empty() ? added : day_of(entry.first_seen);
    const auto last = entry.last_seen.empty() ? added : day_of(entry.last_seen);
    if (!first && added) problem(column_of(entry.first_seen), "E124", "first_seen: expected YYYY-MM-DD, or nothing");
    if (!last && added) problem(column_of(entry.last_seen), "E124", "last_seen: expected YYYY-MM-DD, or nothing");
    if (first && last && !entry.first_seen.empty() && *first > *last) problem(column_of(entry.first_seen), "E124", "first_seen is behind last_seen");
    entry.last_day = last.value_or(0);
  }

  void template_entry(std::string_view line) {
    std::array<std::string_view, 6> fields;
    if (!split(line, fields)) return;
    HostEntry entry;
    entry.host = fields[0];
    entry.coins = fields[1];
    entry.pool = fields[2];
    entry.sources = fields[4];
    entry.added = fields[5];
    entry.tier = HostTier::Single;
    auto parsed = HostTemplate::parse(entry.host);
    if (!parsed)
      problem(column_of(fields[0]), "E124", "\"" + std::string(entry.host.substr(0, 80)) + "\" is no host template",
              "placeholders {coin}, {region}, {n} in front of a domain of two labels or more");
    if (entry.pool.empty()) problem(column_of(fields[2]), "E124", "pool: whose hosts look like that?");
    if (entry.sources.empty()) problem(column_of(fields[4]), "E124", "sources: who says so?");
    dates(entry);
    flags(fields[3], entry);
    if (templates_.entries_.size() == kMaxTemplates) return problem(1, "E002", "more than 10000 templates");
    if (!parsed) return;
    templates_.entries_.push_back(entry);
    templates_.templates_.push_back(std::move(*parsed));
  }

  void agent_entry(std::string_view line) {
    std::array<std::string_view, 4> fields;
    if (!split(line, fields)) return;
    if (agents_.entries_.size() == kMaxAgents) return problem(1, "E002", "more than 1000 agents");
    const bool lowered = std::none_of(fields[0].begin(), fields[0].end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (fields[0].size() < 3 || fields[0].size() > 40 || !lowered) problem(column_of(fields[0]), "E124", "agent: expected 3 to 40 bytes in lower case");
    if (fields[1].empty() || fields[1].size() > 60) problem(column_of(fields[1]), "E124", "family: expected 1 to 60 bytes");
    if (std::find(kAgentKinds.begin(), kAgentKinds.end(), fields[2]) == kAgentKinds.end())
      problem(column_of(fields[2]), "E124", "the kind \"" + std::string(fields[2].substr(0, 40)) + "\" is not known", "allowed: cpu, gpu, asic, several, proxy, pool, malware");
    if (fields[3].empty()) problem(column_of(fields[3]), "E124", "sources: who says so?");
    const bool again = std::any_of(agents_.entries_.begin(), agents_.entries_.end(), [&](const AgentEntry& e) { return e.name == fields[0]; });
    if (again) return problem(column_of(fields[0]), "E125", "the agent stands here again");
    agents_.entries_.push_back({std::string(fields[0]), std::string(fields[1]), std::string(fields[2]), std::string(fields[3])});
  }

  void word_entry(std::string_view line) {
    std::array<std::string_view, 2> fields;
    if (!split(line, fields)) return;
    if (words_.words.size() == kMaxWords) return problem(1, "E002", "more than 1000 words");
    const bool fits = std::all_of(fields[0].begin(), fields[0].end(), [](char c) { return c >= ' ' && c <= '~' && !(c >= 'A' && c <= 'Z'); });
    if (fields[0].size() < 3 || fields[0].size() > 64 || !fits) problem(column_of(fields[0]), "E124", "word: expected 3 to 64 printable bytes in lower case");
    if (fields[1].empty()) problem(column_of(fields[1]), "E124", "why: what does it tell?");
    if (std::find(words_.words.begin(), words_.words.end(), fields[0]) != words_.words.end()) return problem(column_of(fields[0]), "E125", "the word stands here again");
    words_.words.emplace_back(fields[0]);
  }

  void tier(std::string_view text, HostEntry& entry) {
    for (int i = 0; i <= static_cast<int>(HostTier::Shared); ++i)
      if (to_string(static_cast<HostTier>(i)) == text) {
        entry.tier = static_cast<HostTier>(i);
        return;
      }
    problem(column_of(text), "E124", "the tier \"" + std::string(text.substr(0, 40)) + "\" is not known",
            "allowed: A, B, B-site, C, W-web, D-ip, X-shared");
  }

  void flags(std::string_view text, HostEntry& entry) {
    while (!text.empty()) {
      const std::string_view flag = cut(text, ',');
      if (flag == "popular") {
        entry.popular = true;
      } else if (flag == "not-a-pool") {
        entry.not_a_pool = true;
      } else if (flag == "dual-use") {
        entry.dual_use = true;
      } else {
        problem(column_of(flag), "E124", "the flag \"" + std::string(flag.substr(0, 40)) + "\" is not known",
                "allowed: popular, not-a-pool, dual-use");
      }
    }
  }

  void port_entry(std::string_view line) {
    std::array<std::string_view, 2> fields;
    if (!split(line, fields)) return;
    const auto port = number_in(fields[0], 1, 65535);
    const auto count = number_in(fields[1], 1, 1'000'000'000);
    if (!port) return problem(column_of(fields[0]), "E124", "port: expected a number from 1 to 65535");
    if (!count) return problem(column_of(fields[1]), "E124", "hosts: expected how many hosts use it");
    ports_.counts_.resize(65536);
    if (ports_.counts_[*port] != 0) return problem(column_of(fields[0]), "E125", "the port stands here again");
    ports_.counts_[*port] = *count;
  }

  void refuse_duplicates() {
    std::vector<std::uint32_t> order(hosts_.entries_.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(hosts_.entries_[a].host, a) < std::pair(hosts_.entries_[b].host, b);
    });
    for (std::size_t i = 1; i < order.size(); ++i)
      if (hosts_.entries_[order[i]].host == hosts_.entries_[order[i - 1]].host)
        context_.error(lines_[order[i]], 1, "E125", "the host \"" + std::string(hosts_.entries_[order[i]].host.substr(0, 80)) + "\" stands here again",
                       "it stood first on line " + std::to_string(lines_[order[i - 1]]));
  }

  void finish(Datasets& datasets) {
    line_ = 0;
    for (const auto& [key, value] : {std::pair("name", &header_.name), std::pair("kind", &header_.kind),
                                     std::pair("date", &header_.date), std::pair("licence", &header_.licence)})
      if (value->empty()) problem(0, "E121", std::string("the header \"#! ") + key + ":\" is missing");
    refuse_duplicates();
    if (!context_.ok()) return;
    if (header_.kind == "ports") {
      ports_.header_ = std::move(header_);
      datasets.ports_.push_back(std::move(ports_));
    } else if (header_.kind == "agents") {
      agents_.header_ = std::move(header_);
      std::sort(agents_.entries_.begin(), agents_.entries_.end(), [](const AgentEntry& a, const AgentEntry& b) { return a.name < b.name; });
      datasets.agents_.push_back(std::move(agents_));
    } else if (header_.kind == "words") {
      words_.header = std::move(header_);
      datasets.words_.push_back(std::move(words_));
    } else if (header_.kind == "templates") {
      templates_.header_ = std::move(header_);
      templates_.text_ = std::move(text_);
      templates_.index();
      datasets.templates_.push_back(std::move(templates_));
    } else {
      hosts_.header_ = std::move(header_);
      hosts_.text_ = std::move(text_);
      hosts_.index();
      datasets.hosts_.push_back(std::move(hosts_));
    }
  }

  std::unique_ptr<const std::string> text_;
  YamlContext context_;
  int line_ = 0;
  const char* line_start_ = nullptr;
  bool has_columns_ = false, dated_ = false, too_many_ = false;
  std::size_t entries_ = 0;
  DatasetHeader header_;
  HostSet hosts_;
  PortSet ports_;
  TemplateSet templates_;
  WordSet words_;
  AgentSet agents_;
  std::vector<int> lines_;  // of the host entries
};

void load_dataset(const std::string& file, std::string_view text, Datasets& datasets, Diagnostics& diagnostics) {
  DatasetReader(file, text, diagnostics).read(datasets);
}

}  // namespace scanner
