#include "scanner/signature/dialect.h"

#include "scanner/model/digest.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace scanner {

namespace {

bool read_index(std::string_view text, int& index) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  return error == std::errc() && end == text.data() + text.size();
}

bool holds(Bytes bytes, std::string_view literal) {
  return memmem(bytes.data(), bytes.size(), literal.data(), literal.size()) != nullptr;
}

bool holds_any(Bytes bytes, const std::vector<std::string>& literals) {
  return std::any_of(literals.begin(), literals.end(), [&](const std::string& literal) { return holds(bytes, literal); });
}

// Text that changes whenever a value does: every field with its length in front.
class Canonical {
 public:
  void add(std::string_view text) {
    out_ += std::to_string(text.size());
    out_ += ':';
    out_ += text;
  }
  void add(double number) { add(std::string_view(std::to_string(number))); }
  void add(const ValuePath& path) {
    for (const ValuePath::Step& step : path.steps) add(step.key.empty() ? "#" + std::to_string(step.index) : step.key);
    out_ += ';';
  }
  void add(const std::vector<Shape>& shapes) {
    for (const Shape& shape : shapes) {
      add(shape.path);
      add(double(int(shape.type)));
      add(double(shape.min));
      add(double(shape.max));
      add(shape.equals);
      add(shape.contains);
    }
    out_ += '|';
  }
  void add(const DialectMessage& m) {
    add(m.method);
    add(double(int(m.role)));
    add(double(int(m.from_pool) + 2 * int(m.weak) + 4 * int(m.bodyless)));
    add(m.answers);
    add(m.when);
    for (const std::vector<Shape>& shapes : m.accepted) add(shapes);
    for (const ValuePath* path : {&m.worker, &m.agent, &m.host, &m.job, &m.difficulty, &m.target, &m.coin, &m.algorithm,
                                  &m.hashrate, &m.answer_job, &m.answer_target, &m.answer_difficulty, &m.answer_algorithm,
                                  &m.request_id})
      add(*path);
  }
  void add(const Dialect& d) {
    add(d.id);
    add(double(d.revision));
    add(double(int(d.has_login) + 2 * int(d.solo) + 4 * int(d.over_lines) + 8 * int(d.over_http) + 16 * int(d.over_websocket) + 32 * int(d.web)));
    add(d.coin);
    add(d.algorithm);
    add(d.hashes_per_difficulty);
    add(double(int(d.target_form)));
    const Envelope& e = d.envelope;
    for (const std::string* key : {&e.method, &e.params, &e.id, &e.result, &e.error}) add(*key);
    for (const DialectMessage& message : d.messages) add(message);
  }
  std::string hash() const { return to_hex(sha256(as_bytes(out_))); }

 private:
  std::string out_;
};

}  // namespace

std::optional<ValuePath> parse_value_path(std::string_view text) {
  ValuePath path;
  std::size_t at = 0;
  while (at < text.size()) {
    ValuePath::Step step;
    if (text[at] == '[') {
      const std::size_t close = text.find(']', at);
      if (close == std::string_view::npos || !read_index(text.substr(at + 1, close - at - 1), step.index)) return {};
      at = close + 1;
    } else {
      const std::size_t end = std::min(text.find_first_of(".[", at), text.size());
      step.key = text.substr(at, end - at);
      if (step.key.empty()) return {};
      at = end;
    }
    path.steps.push_back(std::move(step));
    if (at == text.size()) break;
    if (text[at] == '.' && ++at == text.size()) return {};
  }
  if (path.steps.empty() || path.steps.size() > 8) return {};
  return path;
}

DialectSet::DialectSet(std::vector<Dialect> dialects) : dialects_(std::move(dialects)) {
  if (dialects_.size() > kMaxDialects) dialects_.resize(kMaxDialects);
  Canonical canonical;
  for (std::size_t d = 0; d < dialects_.size(); ++d) {
    const Dialect& dialect = dialects_[d];
    canonical.add(dialect);
    auto envelope = std::find(envelopes_.begin(), envelopes_.end(), dialect.envelope);
    if (envelope == envelopes_.end()) {
      envelope = envelopes_.insert(envelopes_.end(), dialect.envelope);
      by_method_.emplace_back();
    }
    auto& methods = by_method_[std::size_t(envelope - envelopes_.begin())];
    for (std::size_t m = 0; m < dialect.messages.size(); ++m) {
      const DialectMessage& message = dialect.messages[m];
      const DialectMatch match{std::uint16_t(d), std::uint16_t(m)};
      if (message.bodyless) {
        bodyless_.push_back(match);
        continue;
      }
      methods[message.method].push_back(match);
      if (message.role == MiningRole::Submit) submits_.push_back('"' + message.method + '"');
      // A message without method is looked for by a part that its shape needs.
      const std::string& key =
          message.method.empty() && !message.when.empty() ? message.when[0].path.steps[0].key : dialect.envelope.method;
      const std::string literal = '"' + key + '"';
      auto& literals = dialect.over_lines || dialect.over_http ? literals_ : websocket_literals_;
      if (std::find(literals.begin(), literals.end(), literal) == literals.end()) literals.push_back(literal);
    }
  }
  content_id_ = canonical.hash();
}

std::span<const DialectMatch> DialectSet::named(std::size_t envelope, std::string_view method) const {
  const auto& methods = by_method_[envelope];
  const auto found = methods.find(method);
  if (found == methods.end()) return {};
  return found->second;
}

bool DialectSet::might_concern(Bytes json, bool in_websocket) const {
  return holds_any(json, literals_) || (in_websocket && holds_any(json, websocket_literals_)) || holds(json, "\\u");
}

bool DialectSet::names_submit(Bytes json) const { return holds_any(json, submits_); }

}  // namespace scanner
