#include "tools/aupsig/json_scalars.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMost = 512, kDeepest = 8;

class Walk {
 public:
  explicit Walk(std::string_view json) : json_(json) {}

  std::vector<JsonScalar> take() {
    value("", 0);
    return std::move(out_);
  }

 private:
  void blanks() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\t' || json_[at_] == '\r' || json_[at_] == '\n')) ++at_;
  }
  std::string text() {
    const std::size_t begin = ++at_;
    while (at_ < json_.size() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2 : 1;
    const std::size_t end = std::min(at_, json_.size());
    at_ = std::min(at_ + 1, json_.size());
    return std::string(json_.substr(begin, end - begin));
  }
  void add(const std::string& path, JsonKind kind, std::string what) {
    if (out_.size() < kMost) out_.push_back({path, kind, std::move(what)});
  }
  // False: the text ends or contradicts itself.
  bool value(const std::string& path, std::size_t depth) {
    blanks();
    if (at_ >= json_.size() || depth > kDeepest) return false;
    const char c = json_[at_];
    if (c == '{' || c == '[') return inside(path, depth, c == '{');
    if (c == '"') return add(path, JsonKind::Text, text()), true;
    const std::size_t begin = at_;
    while (at_ < json_.size() && std::string_view(",]} \t\r\n").find(json_[at_]) == std::string_view::npos) ++at_;
    const std::string word(json_.substr(begin, at_ - begin));
    if (word.empty()) return false;
    const JsonKind kind = word == "null" ? JsonKind::Null : word == "true" ? JsonKind::True : word == "false" ? JsonKind::False : JsonKind::Number;
    add(path, kind, kind == JsonKind::Number ? word : "");
    return true;
  }
  bool inside(const std::string& path, std::size_t depth, bool object) {
    const char end = object ? '}' : ']';
    ++at_;
    for (std::size_t index = 0;; ++index) {
      blanks();
      if (at_ >= json_.size()) return false;
      if (json_[at_] == end) return ++at_, true;
      if (json_[at_] == ',') {
        ++at_;
        blanks();
      }
      std::string below = path + "[" + std::to_string(index) + "]";
      if (object) {
        if (at_ >= json_.size() || json_[at_] != '"') return false;
        below = (path.empty() ? "" : path + ".") + text();
        blanks();
        if (at_ >= json_.size() || json_[at_] != ':') return false;
        ++at_;
      }
      if (!value(below, depth + 1)) return false;
    }
  }

  std::string_view json_;
  std::size_t at_ = 0;
  std::vector<JsonScalar> out_;
};

}  // namespace

std::vector<JsonScalar> json_scalars(std::string_view json) { return Walk(json).take(); }

}  // namespace scanner
