#include "scanner/app/expectation.h"

#include "scanner/io/text_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using SortedJson = nlohmann::json;  // so equal claims are equal text

constexpr std::size_t kMaxFields = 12;

// Nothing where it is no event.
std::optional<std::string> canonical_claim(std::string_view event_json) {
  const std::string claim = claim_of(event_json);
  if (claim.empty()) return std::nullopt;
  return SortedJson::parse(claim, nullptr, false).dump(-1, ' ', false, SortedJson::error_handler_t::replace);
}

// A claim's value by path, as text: "" where it has none.
std::string text_at(const SortedJson& claim, const char* path) {
  const SortedJson::json_pointer pointer(path);
  if (!claim.contains(pointer)) return "";
  const SortedJson& value = claim[pointer];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string conduct_of(const SortedJson& claim) { return text_at(claim, "/subject") + " " + text_at(claim, "/data/activity"); }

std::string headline(const SortedJson& claim) {
  return conduct_of(claim) + ": " + text_at(claim, "/type") + " at " + text_at(claim, "/data/stage") + ", revision " + text_at(claim, "/data/revision");
}

// How well two claims fit together, to be told as one that changed: 0 not at all.
constexpr int kMaxLikeness = 4;
int likeness(const SortedJson& a, const SortedJson& b) {
  if (conduct_of(a) != conduct_of(b)) return 0;
  return 1 + (text_at(a, "/data/revision") == text_at(b, "/data/revision") ? 1 : 0) + (text_at(a, "/data/incident") == text_at(b, "/data/incident") ? 2 : 0);
}

std::string fields_that_differ(const SortedJson& expected, const SortedJson& got) {
  const SortedJson before = expected.flatten(), after = got.flatten();
  std::string text;
  std::size_t shown = 0, total = 0;
  const auto note = [&](const std::string& path, const std::string& was, const std::string& is) {
    if (++total > kMaxFields) return;
    ++shown;
    text += "                " + path.substr(path.starts_with("/data/") ? 6 : 1) + ": expected " + was + ", got " + is + "\n";
  };
  const auto dump = [](const SortedJson& value) { return value.dump(-1, ' ', false, SortedJson::error_handler_t::replace); };
  for (const auto& [path, value] : before.items()) {
    const auto other = after.find(path);
    if (other == after.end())
      note(path, dump(value), "nothing");
    else if (*other != value)
      note(path, dump(value), dump(*other));
  }
  for (const auto& [path, value] : after.items())
    if (!before.contains(path)) note(path, "nothing", dump(value));
  if (total > shown) text += "                and " + std::to_string(total - shown) + " more fields\n";
  return text;
}

}  // namespace

Result<ClaimComparison> ClaimComparison::parse(const std::string& file, std::string_view text) {
  ClaimComparison comparison;
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return comparison;
  if (text[begin] == '[') {
    const SortedJson array = SortedJson::parse(text, nullptr, false);
    if (!array.is_array()) return fail(file + ": is no JSON array");
    for (std::size_t i = 0; i < array.size(); ++i) {
      const auto claim = canonical_claim(array[i].dump(-1, ' ', false, SortedJson::error_handler_t::replace));
      if (!claim) return fail(file + ": entry " + std::to_string(i + 1) + " of the array is no event");
      ++comparison.expected_[*claim];
    }
    return comparison;
  }
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto claim = canonical_claim(one);
    if (!claim) return fail(file + ":" + std::to_string(line) + ": is no event in JSON");
    ++comparison.expected_[*claim];
  }
  return comparison;
}

void ClaimComparison::take(std::string_view event_json) {
  const auto claim = canonical_claim(event_json);
  if (!claim) return;
  const auto found = expected_.find(*claim);
  if (found == expected_.end()) {
    if (++unexpected_total_ <= kMaxShown) unexpected_.push_back(*claim);
  } else if (--found->second == 0) {
    expected_.erase(found);
  }
}

std::string ClaimComparison::differences() const {
  std::vector<SortedJson> missing, unexpected;
  std::size_t missing_total = 0;
  for (const auto& [claim, times] : expected_) {
    missing_total += times;
    for (std::size_t i = 0; i < times && missing.size() < kMaxShown; ++i) missing.push_back(SortedJson::parse(claim, nullptr, false));
  }
  for (const std::string& claim : unexpected_) unexpected.push_back(SortedJson::parse(claim, nullptr, false));
  const std::size_t hidden = missing_total - missing.size() + unexpected_total_ - unexpected.size();
  std::string text;
  // The closest pairs first, so that a claim is not told apart from a stranger's revision.
  for (int closeness = kMaxLikeness; closeness > 0; --closeness)
    for (auto wanted = missing.begin(); wanted != missing.end();) {
      const auto changed = std::find_if(unexpected.begin(), unexpected.end(), [&](const SortedJson& got) { return likeness(*wanted, got) == closeness; });
      if (changed == unexpected.end()) {
        ++wanted;
        continue;
      }
      text += "  changed     " + headline(*wanted) + "\n" + fields_that_differ(*wanted, *changed);
      unexpected.erase(changed);
      wanted = missing.erase(wanted);
    }
  for (const SortedJson& wanted : missing) text += "  missing     " + headline(wanted) + "\n";
  for (const SortedJson& claim : unexpected) text += "  unexpected  " + headline(claim) + "\n";
  if (hidden > 0) text += "  and " + std::to_string(hidden) + " more\n";
  return text;
}

Result<std::unique_ptr<Expectation>> Expectation::load(const std::string& path, const JsonFrame& frame, Diagnostics& diagnostics) {
  const auto text = read_text_file(path);
  if (!text) return tl::unexpected(text.error());
  std::unique_ptr<Expectation> expectation(new Expectation(frame));
  const std::size_t begin = text->find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || (*text)[begin] == '{' || (*text)[begin] == '[') {
    auto claims = ClaimComparison::parse(path, *text);
    if (!claims) return tl::unexpected(claims.error());
    expectation->claims_ = std::move(*claims);
    return expectation;
  }
  expectation->outline_ = parse_outline(path, *text, diagnostics);
  if (!expectation->outline_) return fail(path + ": the expectation has errors");
  return expectation;
}

void Expectation::take(const BreachEvent& event) {
  if (claims_) claims_->take(to_json(event, frame_));
}

std::string Expectation::differences(const IncidentBook& book) const {
  if (claims_) return claims_->differences();
  std::string text = outline_differences(*outline_, book.incidents());
  if (book.dropped() > 0) text += "  and " + std::to_string(book.dropped()) + " incidents that were too many to keep\n";
  return text;
}

}  // namespace scanner
