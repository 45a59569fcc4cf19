#include "scanner/model/yaml.h"

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace scanner {
namespace {

constexpr std::size_t kMaxText = 16UL * 1024 * 1024;
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxNodes = 200'000;
constexpr std::size_t kMaxRepeated = 1024UL * 1024;  // bytes held for anchors and copied for aliases

std::size_t weight_of(const YamlNode& node) {
  std::size_t weight = sizeof(YamlNode) + node.scalar.size();
  for (const YamlKey& key : node.keys) weight += sizeof(YamlKey) + key.text.size();
  for (const YamlNode& item : node.items) weight += weight_of(item);  // at most kMaxDepth deep
  return weight;
}

// Builds the tree from yaml-cpp's events. An event cannot stop the parser without an
// exception, so after the first problem the rest is counted and dropped.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlContext& context) : context_(context) {}

  std::optional<YamlNode> take() { return failed_ ? std::nullopt : std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { value(make(YamlKind::Null, mark), anchor); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    refuse_tag(mark, tag);
    if (failed_) return;
    YamlNode node = make(YamlKind::Scalar, mark);
    node.scalar = text;
    node.quoted = tag == "!";
    value(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlKind::Sequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlKind::Map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (failed_) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return give_up(mark, "E003", "an alias stands inside the value that it repeats");
    if (!spend(found->second, mark)) return;
    YamlNode copy = found->second;
    copy.line = mark.line + 1;
    copy.column = mark.column + 1;
    value(std::move(copy), YAML::NullAnchor);
  }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor;
  };

  static YamlNode make(YamlKind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void give_up(const YAML::Mark& mark, const char* code, std::string message, std::string hint = {}) {
    if (!failed_) context_.error(mark.line + 1, mark.column + 1, code, std::move(message), std::move(hint));
    failed_ = true;
    stack_.clear();
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      give_up(mark, "E003", "tags are not used here: \"" + tag.substr(0, 60) + "\"", "remove the tag");
  }

  bool spend(const YamlNode& node, const YAML::Mark& mark) {
    repeated_ += weight_of(node);
    if (repeated_ > kMaxRepeated) give_up(mark, "E002", "anchors and aliases repeat more than 1 MiB", "write less, or repeat less");
    return !failed_;
  }

  void open(YamlKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    if (failed_) return;
    if (expects_key()) return give_up(mark, "E003", "a key must be a plain text", "quote the key");
    if (stack_.size() >= kMaxDepth) return give_up(mark, "E002", "nested more than 64 levels deep");
    stack_.push_back({make(kind, mark), anchor});
  }

  void close() {
    if (failed_) return;
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    value(std::move(frame.node), frame.anchor);
  }

  bool expects_key() const {
    return !stack_.empty() && stack_.back().node.kind == YamlKind::Map &&
           stack_.back().node.keys.size() == stack_.back().node.items.size();
  }

  void value(YamlNode node, YAML::anchor_t anchor) {
    if (failed_) return;
    const YAML::Mark mark = mark_of(node);
    if (++nodes_ > kMaxNodes) return give_up(mark, "E002", "more than 200000 values in one file");
    if (anchor != YAML::NullAnchor && spend(node, mark)) anchors_[anchor] = node;
    if (failed_) return;
    if (stack_.empty()) {
      root_ = std::move(node);
    } else if (expects_key()) {
      if (node.kind != YamlKind::Scalar) return give_up(mark, "E003", "a key must be a plain text", "quote the key");
      stack_.back().node.keys.push_back({std::move(node.scalar), node.line, node.column});
    } else {
      stack_.back().node.items.push_back(std::move(node));
    }
  }

  static YAML::Mark mark_of(const YamlNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    return mark;
  }

  YamlContext& context_;
  std::vector<Frame> stack_;
  std::optional<YamlNode> root_;
  std::unordered_map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
  std::size_t repeated_ = 0;
  bool failed_ = false;
};

// A stream over borrowed bytes (std::istringstream would copy them) and a comment behind
// them: yaml-cpp 0.7 takes an unclosed quote for closed when the text ends in a line break.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) : tail_(text.ends_with('\n') ? "#" : "\n#") { show(text); }

 private:
  int_type underflow() override {
    if (at_tail_) return traits_type::eof();
    at_tail_ = true;
    show(tail_);
    return traits_type::to_int_type(*gptr());
  }
  void show(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // setg wants it; a get area is only read
    setg(begin, begin, begin + text.size());
  }

  std::string_view tail_;
  bool at_tail_ = false;
};

// YAML allows no control characters, but yaml-cpp takes some of them, and a few for the
// end of the file, so that what follows would be dropped in silence.
bool readable(YamlContext& context) {
  const std::string_view text = context.text();
  if (text.size() > kMaxText) {
    context.error(0, 0, "E002", "the file is larger than 16 MiB");
    return false;
  }
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      ++line;
      line_start = i + 1;
    } else if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
      context.error(line, static_cast<int>(i - line_start) + 1, "E001", "a control character: YAML is text",
                    "in double quotes it can be written as an escape");
      return false;
    }
  }
  return true;
}

void report(const YAML::Exception& e, YamlContext& context) {
  const std::string_view text = context.text();
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + (text.ends_with('\n') ? 0 : 1);
  int line = e.mark.is_null() ? 0 : e.mark.line + 1;
  int column = e.mark.is_null() ? 0 : e.mark.column + 1;
  if (line > lines) {  // in the comment that ViewBuffer added: say the end of the text
    line = lines;
    column = 1;
  }
  context.error(line, column, "E001", "not YAML: " + e.msg,
                e.msg.find("EOF") != std::string::npos ? "a quote is not closed" : "");
}

}  // namespace

std::optional<YamlNode> parse_yaml(YamlContext& context) {
  if (!readable(context)) return std::nullopt;
  ViewBuffer buffer(context.text());
  std::istream stream(&buffer);
  try {
    TreeBuilder tree(context);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(tree)) {
      YamlNode nothing;
      nothing.line = nothing.column = 1;
      return nothing;
    }
    TreeBuilder second(context);
    if (parser.HandleNextDocument(second)) {
      const std::optional<YamlNode> more = second.take();
      context.error(more ? more->line : 0, more ? more->column : 0, "E003", "a second document in the file",
                    "keep one document a file");
      return std::nullopt;
    }
    return tree.take();
  } catch (const YAML::Exception& e) {
    report(e, context);
  }
  return std::nullopt;
}

}  // namespace scanner
