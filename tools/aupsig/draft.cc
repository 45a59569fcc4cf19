#include "tools/aupsig/draft.h"

#include "scanner/app/wording.h"
#include "scanner/io/text_file.h"
#include "scanner/model/digest.h"
#include "scanner/signature/examples.h"
#include "scanner/signature/load.h"
#include "tools/aupsig/flow_story.h"
#include "tools/aupsig/foreign_words.h"
#include "tools/aupsig/refusal.h"
#include "tools/aupsig/signature_draft.h"
#include "tools/aupsig/test_claim.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace scanner {
namespace {

namespace fs = std::filesystem;

std::string stage_of(const std::map<std::string, BreachEvent>& incidents, const std::string& activity) {
  Stage best = Stage::None;
  for (const auto& [id, event] : incidents)
    if (event.activity == activity) best = std::max(best, event.stage);
  return std::string(to_string(best));
}

bool is_unknown(const Talk& talk, const DialectSet& dialects) {
  const auto words = foreign_words(talk, dialects);
  return std::any_of(words.begin(), words.end(), [](const ForeignWord& w) { return !w.method.empty(); });
}

// What looks most like mining, and of such what nobody knows.
const Talk* choose(const std::vector<Talk>& talks, const DialectSet& dialects, const std::string& flow) {
  const Talk* best = nullptr;
  int best_score = 0;
  for (const Talk& talk : talks) {
    if (!flow.empty()) {
      if (names_flow(flow, talk.flow.tuple) && (best == nullptr || talk.bytes[0] > best->bytes[0])) best = &talk;
      continue;
    }
    const int likeness = shape_of(talk).likeness();
    if (likeness < 2) continue;
    const int score = likeness * 10 + (is_unknown(talk, dialects) ? 25 : 0) + static_cast<int>(std::min<std::size_t>(talk.messages.size(), 9));
    if (score <= best_score) continue;
    best_score = score;
    best = &talk;
  }
  return best;
}

// "quarry" of "quarry/enter", "forge" of "forge.offer".
std::string name_from(const std::optional<DialectDraft>& dialect) {
  std::string name;
  if (dialect)
    for (const DraftedMessage& message : dialect->messages) {
      for (const char c : message.method.substr(0, message.method.find_first_of("./_:"))) {
        const auto u = static_cast<unsigned char>(c);
        if (std::isalnum(u) != 0) name += static_cast<char>(std::tolower(u));
      }
      if (!name.empty()) break;
    }
  return name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 ? "new-dialect" : name;
}

bool is_good_name(const std::string& name) {
  return !name.empty() && name.size() <= 48 && std::islower(static_cast<unsigned char>(name[0])) != 0 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-'; });
}

// A directory that is gone with this object.
class Scratchpad {
 public:
  Scratchpad() {
    std::string pattern = (fs::temp_directory_path() / "aupsig-new-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Scratchpad() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Scratchpad(const Scratchpad&) = delete;
  Scratchpad& operator=(const Scratchpad&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The pack in use with the drafts beside it, loaded as any pack is.
Result<Setup> with_drafts(const Setup& setup, const DraftOptions& options, const std::vector<DraftedFile>& files) {
  const Scratchpad scratchpad;
  RuleOptions rules = options.rules;
  const std::string used = !rules.signatures.empty() ? rules.signatures : !setup.config.agent.signatures.empty() ? setup.config.agent.signatures : shipped("signatures");
  rules.signatures = scratchpad.path() + "/pack";
  std::error_code error;
  fs::copy(used, rules.signatures, fs::copy_options::recursive, error);
  if (scratchpad.path().empty() || error) return fail("the pack cannot be copied to try the drafts with it: " + error.message());
  for (const DraftedFile& file : files) {
    fs::create_directories(fs::path(rules.signatures + "/" + file.place).parent_path(), error);
    if (const auto written = write_text_file(rules.signatures + "/" + file.place, file.text); !written) return tl::unexpected(written.error());
  }
  SetupAttempt attempt = try_set_up(rules, "", nullptr);
  if (!attempt.setup) return fail("what was drafted does not load: " + (attempt.problems.empty() ? std::string("no reason was given") : attempt.problems.front()));
  for (const Diagnostic& problem : check_examples(*attempt.setup->matcher))
    for (const DraftedFile& file : files)
      if (problem.at.file.ends_with(file.place)) return fail("what was drafted does not hold on its examples: " + to_text(problem));
  return std::move(*attempt.setup);
}

std::string digest_of(const LoadedCapture& capture) {
  std::string all;
  for (const EventBatch& batch : capture.batches)
    for (const Event& event : batch.events)
      if (event.kind == EventKind::Packet) all += to_hex(Bytes(sha256(event.packet.data)).first(8));
  return to_hex(Bytes(sha256(as_bytes(all))).first(8));
}

}  // namespace

bool names_flow(const std::string& text, const FiveTuple& tuple) {
  const std::string there = tuple.source.to_string() + "-" + tuple.destination.to_string(), back = tuple.destination.to_string() + "-" + tuple.source.to_string();
  return text == there || text == back || text == community_id(tuple);
}

Result<Draft> draft_from(const Setup& setup, const LoadedCapture& capture, const DraftOptions& options) {
  const auto activities = signature_activities();
  if (std::find(activities.begin(), activities.end(), options.activity) == activities.end()) {
    std::string known;
    for (const std::string_view activity : activities) known += (known.empty() ? "" : ", ") + std::string(activity);
    return fail("'" + printable(options.activity) + "' is no activity; there are " + known);
  }
  if (!options.name.empty() && !is_good_name(options.name)) return fail("a name has lower-case letters, digits and hyphens, and begins with a letter: '" + printable(options.name) + "' does not");
  const DialectSet& dialects = setup.matcher->ruleset().dialects();
  const std::vector<Talk> talks = read_talks(capture.batches);
  const Talk* talk = choose(talks, dialects, options.flow);
  if (talk == nullptr)
    return fail(options.flow.empty() ? "no conversation of the capture has requests and answers in JSON; name the one you mean with --flow ADDR:PORT-ADDR:PORT" : "no TCP flow with payload is " + printable(options.flow));

  Draft draft;
  draft.flow = talk->flow;
  const std::string evidence = "capture " + digest_of(capture) + ", packets from " + (talk->messages.empty() ? std::string("the first") : std::to_string(talk->messages.front().frame)) + " on";
  const bool mining = options.activity == "mining.pool" || options.activity == "mining.solo";
  if (mining && is_unknown(*talk, dialects)) draft.dialect = draft_dialect(*talk, "draft", "draft", evidence, options.activity == "mining.solo");
  const std::string name = options.name.empty() ? name_from(draft.dialect) : options.name;
  for (const Dialect& known : dialects.dialects())
    if (draft.dialect && known.id == name) return fail("there is a dialect '" + name + "' already; choose another name with --id");
  if (setup.matcher->ruleset().find(options.activity + "." + name) != nullptr) return fail("there is a signature '" + options.activity + "." + name + "' already; choose another name with --id");
  if (draft.dialect) {
    draft.dialect = draft_dialect(*talk, name, "The JSON lines of " + name + ", as one capture shows them", evidence, options.activity == "mining.solo");
    draft.files.push_back({"dialects/" + name + ".yaml", draft.dialect->yaml});
    draft.remarks = draft.dialect->doubts;
  } else if (mining) {
    draft.remarks.emplace_back("every message that has a name is known to a dialect, so none was drafted");
  }
  SignatureDraft signature = draft_signature(*talk, draft.dialect, dialects, options.activity, name, evidence);
  draft.files.push_back({options.activity + "/" + name + ".yaml", signature.yaml});
  draft.remarks.insert(draft.remarks.end(), signature.remarks.begin(), signature.remarks.end());

  const auto drafted = with_drafts(setup, options, draft.files);
  if (!drafted) return tl::unexpected(drafted.error());
  IncidentCollector before, after;
  run_engine(setup, capture.batches, before);
  run_engine(*drafted, capture.batches, after);
  draft.stage_before = stage_of(before.last(), options.activity);
  draft.stage_after = stage_of(after.last(), options.activity);
  return draft;
}

ExitCode run_draft(const DraftOptions& options) {
  const auto setup = set_up(options.rules);
  if (!setup) return ExitCode::Usage;
  const auto loaded = load_capture(options.captures);
  if (!loaded) {
    complain(loaded.error().message);
    return ExitCode::Usage;
  }
  const auto draft = draft_from(*setup, *loaded, options);
  if (!draft) {
    complain(draft.error().message);
    return ExitCode::Unexpected;
  }
  std::error_code error;
  for (const DraftedFile& file : draft->files)
    if (fs::exists(options.output + "/" + file.place, error)) {
      complain(options.output + "/" + file.place + " is there already; choose another name with --id");
      return ExitCode::Usage;
    }
  std::cout << "from " << draft->flow.tuple.source.to_string() << " to " << draft->flow.tuple.destination.to_string() << "\n";
  for (const DraftedFile& file : draft->files) {
    const std::string path = options.output + "/" + file.place;
    fs::create_directories(fs::path(path).parent_path(), error);
    if (const auto written = write_text_file(path, file.text); !written) {
      complain(written.error().message);
      return ExitCode::Usage;
    }
    std::cout << "wrote " << path << "\n";
  }
  if (draft->dialect)
    for (const DraftedMessage& message : draft->dialect->messages)
      std::cout << "  " << (message.from_pool ? "pool   " : "miner  ") << fitted(to_string(message.role), 14) << printable(message.method) << ": " << printable(message.because) << "\n";
  for (const std::string& remark : draft->remarks) std::cout << "look at: " << printable(remark) << "\n";
  std::cout << "with these files the capture reaches " << options.activity << " " << draft->stage_after << "; without them: " << draft->stage_before << "\n"
            << "the signature is experimental: it is searched and concludes nothing until its status is active" << (draft->dialect ? "; the dialect judges as soon as it lies in a pack" : "") << "\n"
            << "next: aupsig lint, aupsig test, and aupsig diff over a corpus, with the files in a copy of the pack\n";
  return ExitCode::Done;
}

}  // namespace scanner
