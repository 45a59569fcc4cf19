#include "scanner/app/html.h"
#include "scanner/app/report_parts.h"
#include "tools/aupsig/coverage.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr int kCell = 46, kRow = 30, kLeft = 190, kTop = 128, kRight = 70, kBottom = 46;

std::string number(int value) { return std::to_string(value); }

std::string text_at(int x, int y, std::string_view content, std::string_view more = "") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + std::string(more) + ">" + html(content) + "</text>";
}

std::string box(int x, int y, int width, int height, std::string_view kind, std::string_view title) {
  return "<rect class=\"" + std::string(kind) + "\" x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) + "\" height=\"" + number(height) + "\" rx=\"5\"><title>" + html(title) + "</title></rect>";
}

// The style stands in the picture, so that it is whole by itself; it follows the reader's system.
constexpr std::string_view kStyle =
    "<style>svg.coverage{background:#fff}svg.coverage text{font:12px system-ui,sans-serif;fill:#1b2130}svg.coverage text.soft{fill:#5b6476}"
    ".none{fill:#eef1f5}.active{fill:#bfe7cf}.trial{fill:#ffe3ae}.gap{fill:#f8c9c5}.dialect{fill:#cfdefb}.fired{fill:#166d43}"
    "@media (prefers-color-scheme:dark){svg.coverage{background:#1a1f29}svg.coverage text{fill:#e6e9f0}svg.coverage text.soft{fill:#9aa4b8}.none{fill:#232936}.active{fill:#1d5637}.trial{fill:#6b4d16}"
    ".gap{fill:#6b2a28}.dialect{fill:#2a437c}.fired{fill:#73d9a2}}</style>";

class Picture {
 public:
  explicit Picture(const CoverageResult& result) : result_(result) {}

  std::string text() {
    const int columns = static_cast<int>(result_.techniques.size()) + 1;
    const int width = kLeft + columns * kCell + kRight, height = kTop + static_cast<int>(result_.activities.size()) * kRow + kBottom;
    std::string out = "<svg class=\"coverage\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(width) + " " + number(height) + "\" role=\"img\" aria-label=\"Activities and ATT&amp;CK techniques that the signatures cover\">" + std::string(kStyle);
    heads(out);
    for (std::size_t row = 0; row < result_.activities.size(); ++row) line(row, out);
    legend(height - 18, out);
    return out + "</svg>";
  }

 private:
  static int column_x(std::size_t column) { return kLeft + static_cast<int>(column) * kCell; }

  void heads(std::string& out) const {
    const auto head = [&](std::size_t column, std::string_view content) {
      const int x = column_x(column) + kCell / 2, y = kTop - 10;
      out += text_at(x, y, content, "transform=\"rotate(-55 " + number(x) + " " + number(y) + ")\"");
    };
    head(0, "dialects");
    for (std::size_t i = 0; i < result_.techniques.size(); ++i) head(i + 1, result_.techniques[i].id);
  }

  void line(std::size_t row, std::string& out) const {
    const ActivityCoverage& activity = result_.activities[row];
    const int y = kTop + static_cast<int>(row) * kRow;
    out += text_at(8, y + 19, activity.activity) + text_at(kLeft - 8, y + 19, activity.item.empty() ? "-" : activity.item, "class=\"soft\" text-anchor=\"end\"");
    cell(0, y, activity.dialects.size(), activity.dialects.empty() ? "none" : "dialect", std::to_string(activity.dialects.size()) + " dialects of " + activity.activity, false, out);
    for (std::size_t i = 0; i < result_.techniques.size(); ++i) technique_cell(result_.techniques[i], activity, i + 1, y, out);
    if (!activity.flags.empty()) out += text_at(column_x(result_.techniques.size() + 1) + 6, y + 19, "!", "font-weight=\"700\"") + box(column_x(result_.techniques.size() + 1) + 2, y + 4, 14, kRow - 10, "gap\" fill-opacity=\"0.35", flags_of(activity));
  }

  void technique_cell(const TechniqueCoverage& technique, const ActivityCoverage& activity, std::size_t column, int y, std::string& out) const {
    const auto found = technique.by_activity.find(activity.activity);
    if (found == technique.by_activity.end()) return cell(column, y, 0, "none", technique.id + " × " + activity.activity + ": no signature", false, out);
    bool active = false, fired = false;
    std::string title = technique.id + " × " + activity.activity + ":";
    for (const std::size_t at : found->second) {
      const SignatureCoverage& one = result_.signatures[at];
      active = active || one.signature->status == SignatureStatus::Active;
      fired = fired || one.hits > 0;
      title += " " + one.signature->id;
    }
    cell(column, y, found->second.size(), active ? "active" : "trial", title, fired, out);
  }

  static void cell(std::size_t column, int y, std::size_t count, std::string_view kind, std::string_view title, bool fired, std::string& out) {
    const int x = column_x(column);
    out += box(x + 2, y + 2, kCell - 4, kRow - 4, kind, title);
    if (count > 0) out += text_at(x + kCell / 2, y + 19, std::to_string(count), "text-anchor=\"middle\" pointer-events=\"none\"");
    if (fired) out += "<circle class=\"fired\" cx=\"" + number(x + kCell - 9) + "\" cy=\"" + number(y + 9) + "\" r=\"3\"/>";
  }

  static std::string flags_of(const ActivityCoverage& activity) {
    std::string text = activity.activity + ": ";
    for (std::size_t i = 0; i < activity.flags.size(); ++i) text += (i > 0 ? ", " : "") + activity.flags[i];
    return text;
  }

  void legend(int y, std::string& out) const {
    int x = 8;
    const auto entry = [&](std::string_view kind, std::string_view words, int width) {
      out += box(x, y - 11, 14, 14, kind, words) + text_at(x + 20, y, words, "class=\"soft\"");
      x += width;
    };
    entry("active", "active", 80);
    entry("trial", "only experimental or shadow", 200);
    entry("dialect", "dialects", 90);
    entry("gap", "hole", 70);
    if (result_.ran) out += "<circle class=\"fired\" cx=\"" + number(x + 6) + "\" cy=\"" + number(y - 4) + "\" r=\"4\"/>" + text_at(x + 16, y, "fired on the corpus", "class=\"soft\"");
  }

  const CoverageResult& result_;
};

}  // namespace

std::string coverage_picture(const CoverageResult& result, bool page) {
  const std::string picture = Picture(result).text();
  if (!page) return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + picture + "\n";
  // The sheet under its picture.
  std::string text = sheet_page(coverage_sheet(result));
  const std::string_view before = "<section class=\"card\">";
  text.insert(std::min(text.find(before), text.size()), element("section", "card", element("div", "scroll", picture)) + "\n");
  return text;
}

}  // namespace scanner
