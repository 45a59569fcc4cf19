#include "tools/aupsig/flow_story.h"

#include "scanner/app/wording.h"
#include "tools/aupsig/missed_rungs.h"

#include <algorithm>
#include <array>
#include <set>

namespace scanner {
namespace {

constexpr std::size_t kMaxNotes = 40;

// A list's entry, a signature's hit, a name: what stands beside the conversation.
std::string note_text(const Observation& observation, const Redactor& redactor) {
  const std::string at = observation.frame == 0 ? "" : " (packet " + std::to_string(observation.frame) + ")";
  if (const auto* hit = std::get_if<SignatureHit>(&observation.what))
    return "signature " + hit->signature + " holds on " + hit->field + at + ": " + redactor.text_excerpt(hit->excerpt);
  if (const auto* listed = std::get_if<ListedHost>(&observation.what))
    return listed->field + " " + redactor.text_excerpt(listed->name) + " is listed" + (listed->strong ? "" : ", as context alone") + at;
  if (const auto* hello = std::get_if<TlsClientHello>(&observation.what))
    return "TLS to " + (hello->sni.empty() ? "an unnamed server" : redactor.text_excerpt(hello->sni)) + ", JA4 " + hello->ja4 + at + ": what is said inside cannot be read without its keys";
  if (const auto* peer = std::get_if<CoinPeerSeen>(&observation.what))
    return "peer-to-peer " + peer->protocol + " " + peer->network + ": " + peer->command + (peer->verified ? ", checksum right" : "") + at;
  if (const auto* sealed = std::get_if<SealedSeen>(&observation.what)) return "the shape of " + sealed->shape + at;
  if (const auto* gave_up = std::get_if<ParserGaveUp>(&observation.what)) return "the parser " + gave_up->parser + " gave up: " + gave_up->reason + at;
  if (const auto* missing = std::get_if<BytesMissing>(&observation.what)) return plural(missing->bytes, "byte is", "bytes are") + " missing from the stream" + at;
  if (const auto* proxy = std::get_if<ProxyRequestSeen>(&observation.what)) return proxy->protocol + " proxy asked for " + redactor.text_excerpt(proxy->host) + ":" + std::to_string(proxy->port) + at;
  return "";
}

std::string conclusion(const Finding& finding, const Redactor& redactor) {
  const Finding clean = redactor.finding(finding);
  std::string weight = std::to_string(clean.weight);
  weight.resize(std::min<std::size_t>(weight.size(), 4));
  std::string text = clean.activity + " " + std::string(to_string(clean.stage)) + ", weight " + weight + ", by " + clean.source + ": " + clean.reason;
  if (!clean.listed.empty()) text += "; listed as " + clean.listed;
  std::string frames;
  for (const PacketRef& packet : clean.packets) frames += (frames.empty() ? "" : ", ") + std::to_string(packet.frame);
  return frames.empty() ? text : text + " (packets " + frames + ")";
}

// The messages worth showing: those that reached a rung, and the first of each kind.
class Steps {
 public:
  Steps(FlowStory& story, const Redactor& redactor) : story_(story), redactor_(redactor) {}

  void take(const Observation& observation, const MiningSeen& seen, bool climbed) {
    const bool fresh = kinds_.insert({static_cast<int>(seen.role), static_cast<int>(seen.outcome)}).second;
    if ((!fresh && !climbed) || story_.steps.size() == FlowStory::kMaxSteps) {
      ++story_.steps_left_out;
      return;
    }
    StepStory step{observation.frame, observation.file, observation.at, observation.sender, "", shown_excerpt(seen.excerpt, redactor_)};
    step.what = std::string(to_string(seen.role)) + " " + std::string(to_string(seen.outcome)) + " (" + seen.dialect + (seen.method.empty() ? "" : ", " + printable(seen.method)) + ")";
    story_.steps.push_back(std::move(step));
  }

 private:
  FlowStory& story_;
  const Redactor& redactor_;
  std::set<std::pair<int, int>> kinds_;
};

void tell_rungs(FlowStory& story, const FlowTrace* trace, const Talk* talk, const std::vector<ForeignWord>& words, const Redactor& redactor) {
  LadderCounts counts;
  counts.facts.start_seen = story.flow.start_seen;
  counts.one_sided = story.counted && (story.packets[0] == 0 || story.packets[1] == 0);
  constexpr std::array<Stage, 4> kRungs{Stage::Contact, Stage::Session, Stage::Work, Stage::Proof};
  std::array<RungStory, 4> rungs;
  for (std::size_t i = 0; i < kRungs.size(); ++i) rungs[i].stage = kRungs[i];
  Steps steps(story, redactor);
  Stage reached = Stage::None;
  if (trace != nullptr)
    for (const Observation& observation : trace->observations) {
      const auto* seen = std::get_if<MiningSeen>(&observation.what);
      if (seen == nullptr) continue;
      note(counts, observation, *seen, redactor);
      const Stage now = stage_of(counts.facts);
      steps.take(observation, *seen, now > reached);
      if (now <= reached) continue;
      reached = now;
      auto& rung = *std::find_if(rungs.begin(), rungs.end(), [now](const RungStory& r) { return r.stage == now; });
      rung.reached = true;
      rung.frame = observation.frame;
      rung.at = observation.at;
      rung.why = {reason_for(counts.facts)};
    }
  bool words_told = false;
  for (RungStory& rung : rungs) {
    if (!rung.reached && rung.stage < reached) {
      rung.reached = true;
      rung.why = {"not seen by itself; a higher rung was reached"};
    } else if (!rung.reached) {
      // What was not understood may be the reason for all of them; it is told with the lowest.
      rung.why = why_missed(rung.stage, counts, talk, words_told ? std::vector<ForeignWord>{} : words);
      words_told = true;
    }
    story.rungs.push_back(std::move(rung));
  }
}

}  // namespace

std::string shown_excerpt(const std::string& excerpt, const Redactor& redactor) {
  return excerpt.starts_with('{') || excerpt.starts_with('[') ? redactor.json_excerpt(excerpt) : redactor.text_excerpt(excerpt);
}

std::string_view to_string(MiningRole role) {
  constexpr std::array<std::string_view, 12> kTexts{"subscribe", "log-in", "work request", "job", "difficulty", "extranonce", "share", "hash rate", "keep-alive", "configure", "reconnect", "other"};
  return kTexts[static_cast<std::size_t>(role)];
}

std::string_view to_string(MiningOutcome outcome) {
  constexpr std::array<std::string_view, 5> kTexts{"asked", "accepted", "refused", "delivered", "pushed"};
  return kTexts[static_cast<std::size_t>(outcome)];
}

FlowStory tell_flow(const FlowTrace* trace, const Talk* talk, const DialectSet& dialects, const Redactor& redactor) {
  FlowStory story;
  story.flow = trace != nullptr ? trace->flow : talk->flow;
  bool mining = false;
  if (talk != nullptr) {
    story.counted = true;
    for (const std::size_t side : {0U, 1U}) {
      story.packets[side] = talk->packets[side];
      story.bytes[side] = talk->bytes[side];
    }
    story.gap_bytes = talk->gap_bytes;
    story.likeness = shape_of(*talk).likeness();
  }
  if (trace != nullptr) {
    for (const Finding& finding : trace->findings) {
      story.conclusions.push_back(conclusion(finding, redactor));
      if (finding.stage < story.stage || (finding.stage == story.stage && !story.activity.empty())) continue;
      story.stage = finding.stage;
      story.activity = finding.activity;
    }
    std::set<std::string> told;
    for (const Observation& observation : trace->observations) {
      mining = mining || std::holds_alternative<MiningSeen>(observation.what);
      if (const auto* over = std::get_if<FlowOver>(&observation.what); over != nullptr && !story.counted) {
        story.counted = true;
        for (const std::size_t side : {0U, 1U}) {
          story.packets[side] = over->packets[side];
          story.bytes[side] = over->bytes[side];
        }
        story.gap_bytes = over->gap_bytes;
      }
      std::string text = note_text(observation, redactor);
      if (!text.empty() && story.notes.size() < kMaxNotes && told.insert(text).second) story.notes.push_back(std::move(text));
    }
    if (trace->left_out > 0) story.notes.push_back(plural(trace->left_out, "observation", "observations") + " beyond the bound not told");
  }
  if (!story.flow.start_seen) story.notes.emplace_back("the flow's start was not captured");
  if (story.flow.decrypted) story.notes.emplace_back("read with the keys of its TLS session");
  const std::vector<ForeignWord> words = talk != nullptr ? foreign_words(*talk, dialects) : std::vector<ForeignWord>{};
  if (mining || story.likeness > 0) tell_rungs(story, trace, talk, words, redactor);
  for (const ForeignWord& word : words) {
    if (story.foreign.size() == FlowStory::kMaxWords) break;
    story.foreign.push_back({printable(word.method), word.sender == Direction::FromInitiator ? "initiator" : "responder", word.count, word.first_frame, word.known_method, word.why,
                             redactor.json_excerpt(word.example)});
  }
  return story;
}

}  // namespace scanner
