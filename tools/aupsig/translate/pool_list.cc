#include "tools/aupsig/translate/pool_list.h"

#include "scanner/model/address.h"
#include "scanner/model/letters.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace scanner {
namespace {

constexpr std::size_t kMaxText = 64UL * 1024 * 1024;
constexpr std::size_t kMaxEntries = 1'000'000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\r')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// Facts that go into a row must not break it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : trimmed(text)) out.push_back(static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c);
  return out;
}

class Collector {
 public:
  bool full() const { return list_.entries.size() >= kMaxEntries; }

  void refuse(int line, std::string_view text, std::string why) { list_.refused.push_back({line, std::string(text.substr(0, 80)), std::move(why)}); }

  // Nothing where it cannot be a host.
  PoolEntry* add(int line, std::string_view text) {
    std::string problem;
    auto entry = entry_of(trimmed(text), problem);
    if (!entry) return refuse(line, text, problem), nullptr;
    const auto [known, fresh] = at_.try_emplace(entry->host, list_.entries.size());
    if (fresh) {
      list_.entries.push_back(std::move(*entry));
    } else {
      ++list_.repeated;
      for (const std::string& port : entry->ports) add_unique(list_.entries[known->second].ports, port);
    }
    return &list_.entries[known->second];
  }

  PoolList take() { return std::move(list_); }

 private:
  PoolList list_;
  std::unordered_map<std::string, std::size_t> at_;
};

template <typename Take>
void for_lines(std::string_view text, Collector& out, Take take) {
  for (int number = 1; !text.empty() && !out.full(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty()) take(number, line);
  }
}

void hosts_line(int number, std::string_view line, Collector& out) {
  line = trimmed(line.substr(0, line.find('#')));
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = line.find_first_of(" \t");
    words.push_back(line.substr(0, end));
    line = end == std::string_view::npos ? std::string_view() : trimmed(line.substr(end));
  }
  // The address in front is where the names are sent, and no entry.
  const bool mapped = words.size() > 1 && IpAddress::parse(words[0]);
  if (words.size() > 1 && !mapped) return out.refuse(number, words[0], "several words, and the first is no address");
  for (std::size_t i = mapped ? 1 : 0; i < words.size(); ++i) out.add(number, words[i]);
}

void adblock_line(int number, std::string_view line, Collector& out) {
  if (line.starts_with('!') || line.starts_with('[')) return;
  if (line.starts_with("@@")) return out.refuse(number, line, "an exception of the list");
  if (line.find("##") != std::string_view::npos || line.find("#@#") != std::string_view::npos) return out.refuse(number, line, "a rule about elements of pages");
  if (!line.starts_with("||")) return out.refuse(number, line, "a rule about addresses of pages, not about a host");
  line.remove_prefix(2);
  const std::size_t end = line.find('^');
  const std::string_view behind = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  if (end == std::string_view::npos || (!behind.empty() && !behind.starts_with('$'))) return out.refuse(number, line, "it names a page of a host, not the host");
  if (behind.find("domain=") != std::string_view::npos) return out.refuse(number, line, "it holds on some pages only");
  out.add(number, line.substr(0, end));
}

// RFC 4180: quotes, doubled quotes, line breaks inside them. The line on which each row begins.
std::vector<std::pair<int, std::vector<std::string>>> csv_rows(std::string_view text) {
  std::vector<std::pair<int, std::vector<std::string>>> rows;
  const std::size_t first_end = text.find('\n');
  const std::string_view head = text.substr(0, first_end);
  const char separator = head.find('\t') != std::string_view::npos ? '\t' : head.find(';') != std::string_view::npos && head.find(',') == std::string_view::npos ? ';' : ',';
  int line = 1;
  std::vector<std::string> row(1);
  int began = 1;
  bool quoted = false;
  const auto close = [&] {
    if (row.size() > 1 || !row[0].empty()) rows.emplace_back(began, row);
    row.assign(1, "");
  };
  for (std::size_t i = 0; i < text.size() && rows.size() <= kMaxEntries; ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') row.back().push_back(text[++i]);
      else if (c == '"') quoted = false;
      else row.back().push_back(c);
    } else if (c == '"') {
      quoted = true;
    } else if (c == separator) {
      row.emplace_back();
    } else if (c == '\n') {
      close();
      began = line;
    } else if (c != '\r') {
      row.back().push_back(c);
    }
  }
  close();
  return rows;
}

Result<PoolList> read_csv(std::string_view text) {
  static constexpr std::array<std::string_view, 7> kHost{"host", "hostname", "domain", "address", "ip", "value", "url"};
  const auto rows = csv_rows(text);
  if (rows.empty()) return fail("the list is empty");
  std::vector<std::string> names;
  for (const std::string& name : rows[0].second) names.push_back(lowered(trimmed(name)));
  const auto column = [&](std::initializer_list<std::string_view> wanted) -> std::optional<std::size_t> {
    for (const std::string_view name : wanted)
      if (const auto found = std::ranges::find(names, name); found != names.end()) return static_cast<std::size_t>(found - names.begin());
    return std::nullopt;
  };
  std::optional<std::size_t> host;
  for (const std::string_view name : kHost)
    if (!host) host = column({name});
  if (!host) return fail("the first line names no column host, hostname, domain, address, ip, value or url");
  const auto coins = column({"coins", "coin", "currency"}), pool = column({"pool", "name"}), ports = column({"ports", "port"});
  const auto first = column({"first_seen", "first-seen"}), last = column({"last_seen", "last-seen"});
  Collector out;
  for (std::size_t i = 1; i < rows.size() && !out.full(); ++i) {
    const auto& [line, row] = rows[i];
    const auto value = [&, &cells = row](std::optional<std::size_t> at) { return at && *at < cells.size() ? cell(cells[*at]) : std::string(); };
    if (value(host).starts_with('#')) continue;
    PoolEntry* const entry = out.add(line, value(host));
    if (!entry) continue;
    const auto add_words = [](std::string_view list, auto take) {
      while (!list.empty()) {
        const std::size_t end = list.find_first_of(",; /|");
        if (end != 0) take(list.substr(0, end));
        list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
      }
    };
    add_words(value(coins), [&](std::string_view coin) { add_unique(entry->coins, coin); });
    add_words(value(ports), [&](std::string_view port) {
      const bool number = port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
      if (number && std::stoi(std::string(port)) >= 1 && std::stoi(std::string(port)) <= 65535) add_unique(entry->ports, port);
    });
    if (entry->pool.empty()) entry->pool = value(pool);
    if (const std::string day = value(first).substr(0, 10); day_number(day)) entry->first_seen = day;
    if (const std::string day = value(last).substr(0, 10); day_number(day)) entry->last_seen = day;
  }
  return out.take();
}

class MispReader {
 public:
  Result<PoolList> read(std::string_view text) {
    const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
    if (document.is_discarded()) return fail("the list is no JSON");
    if (document.is_object() && document.contains("list")) return fail("a MISP warning list names what is harmless: it makes no list of pools");
    walk(document, 0);
    if (!attributes_) return fail("no MISP attribute is in it");
    return out_.take();
  }

 private:
  // Events, objects and responses hold attributes at several depths.
  void walk(const nlohmann::json& node, std::size_t depth) {
    if (depth > 8 || out_.full()) return;
    if (node.is_array()) {
      for (const auto& item : node) walk(item, depth + 1);
      return;
    }
    if (!node.is_object()) return;
    if (node.contains("type") && node.contains("value") && node["type"].is_string() && node["value"].is_string()) return attribute(node);
    for (const char* key : {"response", "Event", "Attribute", "Object"})
      if (node.contains(key)) walk(node[key], depth + 1);
  }

  static std::string text_of(const nlohmann::json& node, const char* key) { return node.contains(key) && node[key].is_string() ? node[key].get<std::string>() : ""; }

  void attribute(const nlohmann::json& node) {
    attributes_ = true;
    const std::string type = text_of(node, "type"), value = text_of(node, "value");
    if (node.contains("to_ids") && node["to_ids"].is_boolean() && !node["to_ids"].get<bool>()) return out_.refuse(0, value, "its source says that it is not to be detected by (to_ids)");
    if (node.contains("deleted") && node["deleted"].is_boolean() && node["deleted"].get<bool>()) return out_.refuse(0, value, "its source has deleted it");
    const std::size_t bar = value.find('|');
    PoolEntry* entry = nullptr;
    if (type == "domain" || type == "hostname" || type == "ip-dst" || type == "url") entry = out_.add(0, value);
    else if (type == "domain|ip") entry = out_.add(0, value.substr(0, bar));
    else if ((type == "hostname|port" || type == "ip-dst|port") && bar != std::string::npos && value.find(':') == std::string::npos) entry = out_.add(0, value.substr(0, bar) + ":" + value.substr(bar + 1));
    else return out_.refuse(0, value, "the type \"" + type.substr(0, 40) + "\" names no host");
    if (!entry) return;
    if (const std::string day = text_of(node, "first_seen").substr(0, 10); day_number(day)) entry->first_seen = day;
    if (const std::string day = text_of(node, "last_seen").substr(0, 10); day_number(day)) entry->last_seen = day;
  }

  Collector out_;
  bool attributes_ = false;
};

}  // namespace

Result<PoolList> read_pool_list(PoolFormat format, std::string_view text) {
  if (text.size() > kMaxText) return fail("the list is larger than 64 MiB");
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (format == PoolFormat::Csv) return read_csv(text);
  if (format == PoolFormat::Misp) return MispReader().read(text);
  Collector out;
  if (format == PoolFormat::Hosts) for_lines(text, out, [&](int number, std::string_view line) { hosts_line(number, line, out); });
  else for_lines(text, out, [&](int number, std::string_view line) { adblock_line(number, line, out); });
  return out.take();
}

}  // namespace scanner
