#include "tools/aupsig/signature_trace.h"

#include "scanner/app/incident_book.h"
#include "scanner/app/wording.h"
#include "scanner/packet/decode.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace scanner {
namespace {

constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxKept = 200'000;  // texts

// What was searched, with the packet that the engine was given last.
struct Searched {
  std::string text;
  std::uint64_t size = 0;
  std::uint32_t frame = 0;
  std::optional<FiveTuple> flow;
  std::vector<PatternHit> hits;  // of the one signature
};

struct Record {
  std::uint32_t signature = 0;
  Field field = Field::StreamClient;
  std::uint32_t frame = 0;
  std::optional<FiveTuple> flow;
  std::uint64_t unkept = 0;
  std::deque<Searched> searched;  // streams hold on to theirs

  Searched* begin() {
    if (searched.size() >= kMaxKept) {
      ++unkept;
      return nullptr;
    }
    searched.push_back({"", 0, frame, flow, {}});
    return &searched.back();
  }
  void add(Searched& to, Bytes text, const std::vector<PatternHit>& hits, std::size_t from) const {
    to.size += text.size();
    if (to.text.size() < kMaxText) to.text += as_text(text.first(std::min(text.size(), kMaxText - to.text.size())));
    for (std::size_t i = from; i < hits.size(); ++i)
      if (hits[i].signature == signature) to.hits.push_back(hits[i]);
  }
};

class NotedStream final : public PatternStream {
 public:
  NotedStream(std::unique_ptr<PatternStream> inner, Record* record) : inner_(std::move(inner)), record_(record) {}

  void scan(Bytes bytes, Scratch& scratch, std::vector<PatternHit>& hits) override {
    if (record_ != nullptr && at_ == nullptr) at_ = record_->begin();
    const std::size_t before = hits.size();
    inner_->scan(bytes, scratch, hits);
    if (at_ != nullptr) record_->add(*at_, bytes, hits, before);
  }
  void restart() override {
    at_ = nullptr;
    inner_->restart();
  }

 private:
  std::unique_ptr<PatternStream> inner_;
  Record* record_;  // null: another field than the signature's
  Searched* at_ = nullptr;
};

class NotingMatcher final : public Matcher {
 public:
  NotingMatcher(std::shared_ptr<const Matcher> inner, std::shared_ptr<const Ruleset> ruleset, Record& record)
      : Matcher(std::move(ruleset)), inner_(std::move(inner)), record_(record) {}

  std::unique_ptr<Scratch> make_scratch() const override { return inner_->make_scratch(); }
  bool wants(Field field) const override { return inner_->wants(field); }
  void find(Field field, Bytes text, Scratch& scratch, std::vector<PatternHit>& hits) const override {
    const std::size_t before = hits.size();
    inner_->find(field, text, scratch, hits);
    if (field != record_.field) return;
    if (Searched* searched = record_.begin()) record_.add(*searched, text, hits, before);
  }
  std::unique_ptr<PatternStream> open(Field field) const override {
    auto stream = inner_->open(field);
    if (!stream) return stream;
    return std::make_unique<NotedStream>(std::move(stream), field == record_.field ? &record_ : nullptr);
  }

 private:
  std::shared_ptr<const Matcher> inner_;
  Record& record_;
};

class NoSink final : public EventSink {
 public:
  void take(const BreachEvent&) override {}
};

std::string fact_text(const PortFact& fact) {
  if (!fact.set.empty()) return "port in " + fact.set;
  std::string text;
  for (const std::uint16_t port : fact.ports) text += (text.empty() ? "port in (" : ", ") + std::to_string(port);
  return text + ")";
}

// A stream that is no JSON may hold anybody's name anywhere: its first word, and how much follows.
std::string stream_excerpt(std::string_view text, std::uint64_t size) {
  constexpr std::size_t kWord = 12;
  const auto is_word = [](char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); };
  std::size_t end = 0;
  while (end < text.size() && is_word(text[end])) ++end;
  if (end > kWord) end = 0;
  return std::string(text.substr(0, end)) + "<" + std::to_string(size - end) + " bytes>";
}

bool same_flow(const FiveTuple& a, const FiveTuple& b) { return a == b || a == b.reversed(); }

FieldTrace trace_of(const Searched& searched, const Ruleset& ruleset, std::uint32_t index, const Redactor& redactor) {
  const Signature& signature = ruleset.signatures()[index];
  FieldTrace trace;
  const bool json = searched.text.starts_with('{') || searched.text.starts_with('[');
  trace.text = json ? redactor.json_excerpt(searched.text) : redactor.text_excerpt(is_stream(signature.field) ? stream_excerpt(searched.text, searched.size) : searched.text);
  trace.size = searched.size;
  trace.flow = searched.flow;
  trace.frame = searched.frame;
  // A client's bytes travel to the responder, a server's from it.
  if (searched.flow) trace.port = signature.field == Field::StreamServer ? searched.flow->source.port : searched.flow->destination.port;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < signature.patterns.size(); ++i) {
    PatternTrace pattern{signature.patterns[i].name, signature.patterns[i].expression, false, 0};
    for (const PatternHit& hit : searched.hits)
      if (hit.pattern == i && !pattern.hit) {
        pattern.hit = true;
        pattern.end = hit.end;
        seen |= std::uint64_t{1} << i;
      }
    trace.patterns.push_back(std::move(pattern));
  }
  const std::uint32_t facts = ruleset.facts_for(index, trace.port);
  for (std::size_t i = 0; i < signature.condition.facts().size(); ++i) trace.facts.emplace_back(fact_text(signature.condition.facts()[i]), (facts >> i & 1U) != 0);
  trace.holds = signature.condition.holds(seen, facts);
  return trace;
}

}  // namespace

std::size_t FieldTrace::hits() const {
  return static_cast<std::size_t>(std::count_if(patterns.begin(), patterns.end(), [](const PatternTrace& p) { return p.hit; }));
}

Result<SignatureTrace> trace_signature(const Setup& setup, std::span<const EventBatch> batches, const std::string& id,
                                       const std::optional<FiveTuple>& flow, const Redactor& redactor) {
  const Ruleset& ruleset = setup.matcher->ruleset();
  const auto& signatures = ruleset.signatures();
  const auto found = std::find_if(signatures.begin(), signatures.end(), [&](const Signature& s) { return s.id == id; });
  if (found == signatures.end()) return fail("there is no signature '" + printable(id) + "'; `aupsig lint` and the folder names tell which there are");
  if (!is_searched(*found)) return fail("the signature '" + printable(id) + "' is deprecated and not searched");
  Record record;
  record.signature = static_cast<std::uint32_t>(found - signatures.begin());
  record.field = found->field;
  // The ruleset belongs to the matcher that the setup keeps alive.
  const std::shared_ptr<const Ruleset> shared(setup.matcher, &ruleset);
  const auto noting = std::make_shared<NotingMatcher>(setup.matcher, shared, record);
  NoSink sink;
  run_engine_by_event(setup, noting, batches, sink, [&](const Event& event) {
    record.frame = event.kind == EventKind::Packet ? event.packet.frame : 0;
    record.flow.reset();
    if (event.kind != EventKind::Packet) return;
    Decoded decoded;
    decode(event.packet, decoded);
    if (decoded.status == DecodeStatus::Ok) record.flow = decoded.tuple;
  });

  SignatureTrace trace;
  trace.id = found->id;
  trace.field = to_string(found->field);
  trace.status = to_string(found->status);
  trace.condition = found->condition_text;
  for (const Searched& searched : record.searched) {
    if (flow && (!searched.flow || !same_flow(*searched.flow, *flow))) continue;
    ++trace.texts;
    FieldTrace one = trace_of(searched, ruleset, record.signature, redactor);
    if (one.holds) ++trace.held;
    const auto before = [](const FieldTrace& a, const FieldTrace& b) { return a.holds != b.holds ? a.holds : a.hits() > b.hits(); };
    trace.shown.insert(std::upper_bound(trace.shown.begin(), trace.shown.end(), one, before), std::move(one));
    if (trace.shown.size() > SignatureTrace::kMaxShown) trace.shown.pop_back();
  }
  trace.texts += record.unkept;
  return trace;
}

}  // namespace scanner
