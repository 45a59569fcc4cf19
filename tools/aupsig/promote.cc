#include "tools/aupsig/promote.h"

#include "scanner/app/setup.h"
#include "scanner/app/wording.h"
#include "scanner/engine/engine.h"
#include "scanner/io/capture_source.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"
#include "scanner/signature/examples.h"
#include "tools/aupsig/refusal.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

namespace scanner {
namespace {

namespace fs = std::filesystem;
using SortedJson = nlohmann::json;

constexpr std::size_t kNearMisses = 2, kMaxCounts = 16 * 1024 * 1024;

// What speaks for a step, and what is missing for it.
struct Evidence {
  std::vector<std::string> there, missing;

  void ask(bool have, const std::string& what, const std::string& mend) {
    if (have)
      there.push_back(what);
    else
      missing.push_back(what + ": " + mend);
  }
};

// The signature's own file must be in order for every step up.
void ask_file(const Signature& signature, const Diagnostics& examples, Evidence& evidence) {
  const auto about = [&](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::Error && diagnostic.at.file == signature.file; };
  const auto wrong = std::count_if(examples.begin(), examples.end(), about);
  evidence.ask(wrong == 0, "its examples hold", plural(static_cast<std::uint64_t>(wrong), "does", "do") + " not; aupsig test shows which");
  evidence.ask(!signature.match.empty(), plural(signature.match.size(), "example that it matches", "examples that it matches"), "write one under examples.match");
  evidence.ask(signature.no_match.size() >= kNearMisses, plural(signature.no_match.size(), "near miss", "near misses"), "write " + std::to_string(kNearMisses) + " or more under examples.no_match");
}

class NoEvents final : public EventSink {
 public:
  void take(const BreachEvent&) override {}
};

// How often the signature, which does not count yet, hits one capture.
Result<std::uint64_t> hits_in(const std::string& capture, const std::shared_ptr<const Matcher>& matcher, const std::shared_ptr<const Declaration>& declaration, const std::string& id) {
  auto source = open_captures({capture}, {});
  if (!source) return tl::unexpected(source.error());
  SerialExecutor executor;
  NoEvents events;
  Engine engine({}, matcher, declaration, executor, events);
  EventBatch batch;
  for (;;) {
    const auto status = (*source)->next(batch);
    if (!status) return tl::unexpected(status.error());
    engine.feed(batch);
    if (*status == SourceStatus::End) break;
  }
  engine.finish();
  const auto counts = engine.shadow_counts();
  const auto found = std::find_if(counts.begin(), counts.end(), [&](const ShadowCount& count) { return count.signature == id; });
  return found == counts.end() ? 0 : found->hits;
}

bool is_capture(const fs::path& path) {
  const std::string name = path.filename().string();
  return std::ranges::any_of(std::vector<std::string>{".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".pcap.zst", ".pcapng.zst"}, [&](const std::string& end) { return name.ends_with(end); });
}

Result<std::vector<std::string>> captures_of(const std::vector<std::string>& named) {
  std::vector<std::string> captures;
  for (const std::string& one : named) {
    std::error_code error;
    if (!fs::is_directory(one, error)) {
      captures.push_back(one);
      continue;
    }
    for (fs::recursive_directory_iterator it(one, error), end; !error && it != end; it.increment(error))
      if (it->is_regular_file() && is_capture(it->path())) captures.push_back(it->path().string());
    if (error) return fail(one + ": " + error.message());
  }
  std::sort(captures.begin(), captures.end());
  return captures;
}

Result<void> ask_baseline(const Signature& signature, const PromoteOptions& options, const std::shared_ptr<const Matcher>& matcher, Evidence& evidence) {
  const auto captures = captures_of(options.baseline);
  if (!captures) return tl::unexpected(captures.error());
  // Hits are counted whatever is forbidden.
  const auto declaration = std::make_shared<const Declaration>(std::vector<DeclarationEdition>{}, "");
  std::uint64_t hit = 0;
  std::string first;
  for (const std::string& capture : *captures) {
    const auto hits = hits_in(capture, matcher, declaration, signature.id);
    if (!hits) return tl::unexpected(hits.error());
    if (*hits == 0) continue;
    if (hit++ == 0) first = capture + " (" + plural(*hits, "hit", "hits") + ")";
  }
  if (captures->empty())
    evidence.ask(false, "a baseline of known-good traffic", "--baseline names captures or directories of them");
  else
    evidence.ask(hit == 0, "no hit in a baseline of " + plural(captures->size(), "capture", "captures"), count_text(hit) + " of them hit, the first " + first);
  return {};
}

// Of one agent's status: this signature, in this revision.
struct Watched {
  double days = 0;
  std::uint64_t hits = 0, subjects = 0, alone = 0;
  bool known = false;  // the agent ran it
};

Result<Watched> read_counts(const std::string& path, const Signature& signature) {
  const auto text = read_text_file(path, kMaxCounts);
  if (!text) return tl::unexpected(text.error());
  const SortedJson json = SortedJson::parse(*text, nullptr, false);
  const SortedJson& status = json.is_object() && json.contains("status") ? json["status"] : json;
  const auto time = [&](const char* key) { return status.is_object() && status.contains(key) && status[key].is_string() ? parse_rfc3339(status[key].get<std::string>()) : std::nullopt; };
  const auto started = time("started"), told = time("told");
  if (!started || !told || !status.contains("shadow") || !status["shadow"].is_array()) return fail(path + ": is no status of an agent (aupscan ctl status --json)");
  Watched watched;
  watched.days = static_cast<double>((*told - *started).count()) / 86400e9;
  const auto number = [](const SortedJson& one, const char* key) { return one.contains(key) && one[key].is_number_unsigned() ? one[key].get<std::uint64_t>() : 0; };
  for (const SortedJson& one : status["shadow"]) {
    if (!one.is_object() || !one.contains("signature") || one["signature"] != signature.id || number(one, "revision") != signature.revision) continue;
    watched.known = true;
    watched.hits = number(one, "hits");
    watched.subjects = number(one, "subjects");
    watched.alone = number(one, "alone");
  }
  return watched;
}

Result<void> ask_shadow(const Signature& signature, const PromoteOptions& options, Evidence& evidence) {
  Watched all;
  std::size_t agents = 0;
  for (const std::string& path : options.counts) {
    const auto one = read_counts(path, signature);
    if (!one) return tl::unexpected(one.error());
    ++agents;
    all.days += one->days;
    all.known = all.known || one->known;
    all.hits += one->hits;
    all.subjects += one->subjects;
    all.alone += one->alone;
  }
  if (agents == 0) {
    evidence.ask(false, "counts of its time in shadow", "--counts names what `aupscan ctl status --json` said");
    return {};
  }
  const std::string watched = plural(agents, "agent", "agents") + ", " + quantity_text(all.days, "days");
  evidence.ask(all.days >= options.days, "watched in shadow by " + watched, std::to_string(options.days) + " days are asked for (--days)");
  evidence.ask(all.known, "in shadow, revision " + std::to_string(signature.revision) + " had " + plural(all.hits, "hit", "hits") + " of " + plural(all.subjects, "subject", "subjects") + ", " + count_text(all.alone) +
                              " with no other sign of " + signature.activity,
               "what never hit has shown nothing: neither that it works nor that it errs");
  return {};
}

int rank(SignatureStatus status) { return static_cast<int>(status); }

// The line that begins with `key`, up to its end: what follows the value (a comment) stays.
bool replace_value(std::string& text, const std::string& key, const std::string& value) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text.compare(at, key.size(), key) == 0) {
      std::size_t begin = text.find_first_not_of(" \t", at + key.size());
      if (begin == std::string::npos || begin >= end) return false;
      const std::size_t stop = std::min(text.find_first_of(" \t\r\n", begin), text.size());
      text.replace(begin, stop - begin, value);
      return true;
    }
    at = end + 1;
  }
  return false;
}

}  // namespace

std::optional<std::string> with_status(const std::string& text, SignatureStatus status, std::uint32_t revision) {
  std::string changed = text;
  if (!replace_value(changed, "status:", std::string(to_string(status))) || !replace_value(changed, "revision:", std::to_string(revision))) return std::nullopt;
  return changed;
}

ExitCode promote(const PromoteOptions& options) {
  const std::string directory = options.pack.empty() ? shipped("signatures") : options.pack;
  Diagnostics diagnostics;
  const auto ruleset = load_rules(directory, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!ruleset) return refuse(ruleset.error().message);
  const Signature* signature = (*ruleset)->find(options.signature);
  if (signature == nullptr) return refuse("there is no signature '" + options.signature + "' in " + directory);
  const SignatureStatus from = signature->status;
  const std::string step = signature->id + ": " + std::string(to_string(from)) + " to " + std::string(to_string(options.to));
  if (from == options.to) return refuse(signature->id + " is " + std::string(to_string(from)) + " already", ExitCode::Found);
  if (from == SignatureStatus::Experimental && options.to == SignatureStatus::Active) return refuse(step + ": it goes through shadow first", ExitCode::Found);
  Evidence evidence;
  const bool up = rank(options.to) > rank(from) && options.to != SignatureStatus::Deprecated;
  if (up) {
    auto compiled = make_hyperscan_matcher(*ruleset);
    if (!compiled) return refuse(compiled.error().message);
    const std::shared_ptr<const Matcher> matcher = std::move(*compiled);
    ask_file(*signature, check_examples(*matcher), evidence);
    if (options.to == SignatureStatus::Active) {
      if (auto asked = ask_shadow(*signature, options, evidence); !asked) return refuse(asked.error().message);
      if (auto asked = ask_baseline(*signature, options, matcher, evidence); !asked) return refuse(asked.error().message);
    }
  }
  std::cout << printable(step) << "\n";
  for (const std::string& one : evidence.there) std::cout << "  there    " << printable(one) << "\n";
  for (const std::string& one : evidence.missing) std::cout << "  missing  " << printable(one) << "\n";
  if (!evidence.missing.empty()) return refuse(step + ": nothing was changed", ExitCode::Found);
  if (options.dry_run) return ExitCode::Done;
  const auto text = read_text_file(signature->file);
  if (!text) return refuse(text.error().message);
  const auto changed = with_status(*text, options.to, signature->revision + 1);
  if (!changed) return refuse(signature->file + ": its status and revision do not stand on lines of their own; change them by hand");
  if (auto written = write_text_file(signature->file, *changed); !written) return refuse(written.error().message);
  std::cout << printable(signature->file) << ": status " << to_string(options.to) << ", revision " << signature->revision + 1 << "\n";
  return ExitCode::Done;
}

}  // namespace scanner
