#include "tools/aupsig/field_texts.h"

#include "scanner/engine/flow_stage.h"
#include "scanner/io/capture_source.h"
#include "scanner/signature/matcher.h"

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace scanner {
namespace {

// What was handed over, by number; the hit that follows names the number as its offset.
class TextStore {
 public:
  std::uint64_t open(Field field) {
    FieldText& text = open_[++last_].text;
    text.field = field;
    return last_;
  }
  void append(std::uint64_t number, std::string_view bytes) { open_[number].text.text.append(bytes); }
  void close(std::uint64_t number) { open_[number].complete = true; }
  void describe(std::uint64_t number, const Observation& observation) {
    const auto found = open_.find(number);
    if (found == open_.end()) return;
    FieldText& text = found->second.text;
    text.at = observation.at;
    const auto& hit = std::get<SignatureHit>(observation.what);
    text.process = hit.process;
    if (hit.process) return;
    text.flow = observation.flow;
    text.port = observation.flow.tuple.destination.port;
  }

  // Those that are complete, in the order of their beginnings; with `all`, every one.
  void drain(bool all, const std::function<void(FieldText&&)>& take) {
    std::vector<std::uint64_t> done;
    for (const auto& [number, slot] : open_)
      if (all || slot.complete) done.push_back(number);
    std::sort(done.begin(), done.end());
    for (const std::uint64_t number : done) {
      take(std::move(open_[number].text));
      open_.erase(number);
    }
  }

 private:
  struct Slot {
    FieldText text;
    bool complete = false;
  };
  std::unordered_map<std::uint64_t, Slot> open_;
  std::uint64_t last_ = 0;
};

std::shared_ptr<const Ruleset> one_signature_a_field() {
  std::vector<Signature> signatures;
  ConditionError error;
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    Signature signature;
    signature.field = static_cast<Field>(i);
    signature.id = "field." + std::string(1, static_cast<char>('a' + i));  // sorted as the fields are
    signature.status = SignatureStatus::Active;
    signature.patterns.push_back({"text", "any text", true, false, 0, 0});
    signature.condition = Condition::parse("text", {"text"}, error).value();
    signatures.push_back(std::move(signature));
  }
  Diagnostics none;
  return Ruleset::make(std::move(signatures), {}, {}, none);
}

// Tells its first bytes, and keeps all.
class KeepingStream final : public PatternStream {
 public:
  KeepingStream(TextStore& store, Field field) : store_(store), field_(field) {}
  ~KeepingStream() override { restart(); }
  KeepingStream(const KeepingStream&) = delete;
  KeepingStream& operator=(const KeepingStream&) = delete;

  void scan(Bytes bytes, Scratch&, std::vector<PatternHit>& hits) override {
    if (number_ == 0) {
      number_ = store_.open(field_);
      hits.push_back({number_, static_cast<std::uint32_t>(field_), 0});
    }
    store_.append(number_, as_text(bytes));
  }
  void restart() override {
    if (number_ != 0) store_.close(number_);
    number_ = 0;
  }

 private:
  TextStore& store_;
  Field field_;
  std::uint64_t number_ = 0;
};

// Used by one thread alone; const as the interface wants it.
class KeepingMatcher final : public Matcher {
 public:
  explicit KeepingMatcher(TextStore& store) : Matcher(one_signature_a_field()), store_(store) {}

  std::unique_ptr<Scratch> make_scratch() const override { return std::make_unique<Scratch>(); }
  bool wants(Field) const override { return true; }
  void find(Field field, Bytes text, Scratch&, std::vector<PatternHit>& hits) const override {
    if (text.empty()) return;
    const std::uint64_t number = store_.open(field);
    store_.append(number, as_text(text));
    store_.close(number);
    hits.push_back({number, static_cast<std::uint32_t>(field), 0});
  }
  std::unique_ptr<PatternStream> open(Field field) const override { return std::make_unique<KeepingStream>(store_, field); }

 private:
  TextStore& store_;
};

}  // namespace

CollectedTexts collect_texts(const std::string& path, const std::function<void(FieldText&&)>& take) {
  CollectedTexts out;
  auto source = open_captures({path});
  if (!source) {
    out.error = source.error().message;
    return out;
  }
  TextStore store;
  const auto matcher = std::make_shared<const KeepingMatcher>(store);
  const auto scratch = matcher->make_scratch();
  FlowStage stage(FlowStageLimits{}, matcher);
  const auto pass_on = [&] {
    for (const FlowStage::Occurrence& occurrence : stage.collect()) {
      if (occurrence.observation == nullptr) continue;
      if (const auto* hit = std::get_if<SignatureHit>(&occurrence.observation->what)) store.describe(hit->offset, *occurrence.observation);
    }
    store.drain(false, take);
  };
  EventBatch batch;
  for (;;) {
    const auto status = (*source)->next(batch);
    if (!status) {
      out.error = status.error().message;
      return out;
    }
    stage.route(batch, *scratch);
    for (std::size_t shard = 0; shard < FlowStage::kShards; ++shard)
      if (stage.has_work(shard)) stage.run_shard(shard, *scratch);
    pass_on();
    if (*status == SourceStatus::End) break;
  }
  stage.begin_finish();
  for (std::size_t shard = 0; shard < FlowStage::kShards; ++shard) stage.finish_shard(shard, *scratch);
  pass_on();
  store.drain(true, take);
  out.partial = (*source)->partial();
  out.warnings = (*source)->warnings();
  return out;
}

}  // namespace scanner
