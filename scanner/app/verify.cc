#include "scanner/app/verify.h"

#include "scanner/app/terminal.h"
#include "scanner/app/verify_evidence.h"
#include "scanner/app/wording.h"
#include "scanner/io/outbox_verify.h"
#include "scanner/io/text_file.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

// What one PATH came to.
struct Outcome {
  std::string path;
  std::optional<ChainReport> chain;  // nothing: a directory of evidence alone
  std::vector<EvidenceResult> evidence;
  std::size_t unlooked = 0;  // pieces of evidence, since no directory was given

  bool damaged() const {
    return (chain && !chain->problems.empty()) || std::any_of(evidence.begin(), evidence.end(), [](const EvidenceResult& one) { return is_bad(one.state); });
  }
  bool differs() const {
    return std::any_of(evidence.begin(), evidence.end(), [](const EvidenceResult& one) { return one.state == EvidenceState::Different; });
  }
};

Result<PublicKey> read_public_key(const std::string& text) {
  if (const auto key = parse_public_key(text)) return *key;
  auto content = read_text_file(text, 4096);
  if (!content) return fail("--public-key " + text + ": neither 64 hexadecimal digits nor a file with them");
  while (!content->empty() && (content->back() == '\n' || content->back() == '\r')) content->pop_back();
  if (const auto key = parse_public_key(*content)) return *key;
  return fail("--public-key " + text + ": the file does not hold 64 hexadecimal digits");
}

// All that the command needs before it looks at anything.
struct Tools {
  std::vector<PublicKey> keys;
  std::optional<Identity> identity;
  std::optional<Setup> setup;
};

std::string count(std::uint64_t number, const std::string& what) { return std::to_string(number) + " " + what + (number == 1 ? "" : "s"); }

void judge_evidence(const std::vector<EvidenceClaim>& claims, const std::string& directory, Tools& tools, const VerifyOptions& options, Outcome& outcome) {
  if (directory.empty()) {
    outcome.unlooked = claims.size();
    return;
  }
  const bool opens = std::any_of(claims.begin(), claims.end(), [&](const EvidenceClaim& claim) { return claim.kind == "pcapng" || (tools.identity && claim.kind == "pcapng.sealed"); });
  if (opens && !tools.setup) tools.setup = set_up(options.rules);
  for (const EvidenceClaim& claim : claims)
    outcome.evidence.push_back(check_evidence(claim, directory, tools.identity ? &*tools.identity : nullptr, tools.setup ? &*tools.setup : nullptr));
}

Result<Outcome> look_at(const std::string& path, Tools& tools, const VerifyOptions& options) {
  Outcome outcome;
  outcome.path = path;
  std::error_code ignored;
  const bool directory = std::filesystem::is_directory(path, ignored);
  if (directory && std::filesystem::exists(path + "/manifest.ndjson", ignored)) {
    const auto claims = read_manifest(system_disk(), path);
    if (!claims) return tl::unexpected(claims.error());
    judge_evidence(*claims, options.evidence.empty() ? path : options.evidence, tools, options, outcome);
    return outcome;
  }
  auto found = directory ? verify_outbox(system_disk(), path, tools.keys) : verify_events(system_disk(), path, tools.keys);
  if (!found) return tl::unexpected(found.error());
  outcome.chain = std::move(found->chain);
  judge_evidence(found->evidence, options.evidence, tools, options, outcome);
  return outcome;
}

void print_chain(const ChainReport& chain, bool keyed) {
  std::cout << "  records " << chain.first << " to " << chain.last << ": " << count(chain.events, "event") << ", " << count(chain.held, "event") << " held back, "
            << count(chain.notes, "note") << ", " << count(chain.checkpoints, "checkpoint");
  if (chain.repeated > 0) std::cout << ", " << chain.repeated << " delivered again";
  std::cout << "\n";
  if (keyed)
    std::cout << "  " << count(chain.signatures, "signature") << " of the given key\n";
  else if (chain.signers.empty())
    std::cout << "  not signed\n";
  else
    std::cout << "  signatures were not judged (--public-key); checkpoints name " << chain.signers.front() << (chain.signers.size() > 1 ? " and others" : "") << "\n";
  if (!chain.closed)
    std::cout << "  no closing checkpoint at the end, " << count(chain.after_checkpoint, "record") << " after the last one: the log is in use, its writer was killed, or it was cut at a record's end\n";
  for (const std::string& remark : chain.remarks) std::cout << "  " << printable(remark) << "\n";
  for (const ChainProblem& problem : chain.problems)
    std::cout << "  BAD record " << problem.sequence << "  " << printable(problem.place.file) << " offset " << problem.place.offset << ": " << printable(problem.why) << "\n";
}

void print(const Outcome& outcome, bool keyed) {
  std::cout << printable(outcome.path) << ": " << (outcome.damaged() ? "NOT WHOLE" : outcome.differs() ? "whole, but its evidence shows something else" : "whole") << "\n";
  if (outcome.chain) print_chain(*outcome.chain, keyed);
  for (const EvidenceResult& one : outcome.evidence)
    std::cout << "  evidence of incident " << printable(one.claim.incident) << ": " << evidence_word(one.state) << "  " << printable(one.claim.file)
              << (one.detail.empty() ? "" : ": " + printable(one.detail)) << "\n";
  if (outcome.unlooked > 0) std::cout << "  " << count(outcome.unlooked, "piece") << " of evidence not looked at (--evidence DIR)\n";
}

Json chain_json(const ChainReport& chain) {
  Json json{{"first", chain.first},       {"last", chain.last},   {"events", chain.events},         {"held", chain.held},
            {"notes", chain.notes},       {"checkpoints", chain.checkpoints}, {"repeated", chain.repeated}, {"signatures", chain.signatures},
            {"after_checkpoint", chain.after_checkpoint}, {"closed", chain.closed}, {"signers", chain.signers}, {"remarks", chain.remarks}};
  json["problems"] = Json::array();
  for (const ChainProblem& problem : chain.problems)
    json["problems"].push_back({{"sequence", problem.sequence}, {"file", problem.place.file}, {"offset", problem.place.offset}, {"why", problem.why}});
  return json;
}

void print_json(const Outcome& outcome) {
  Json json{{"path", outcome.path}, {"whole", !outcome.damaged()}, {"chain", nullptr}, {"evidence", Json::array()}, {"evidence_not_looked_at", outcome.unlooked}};
  if (outcome.chain) json["chain"] = chain_json(*outcome.chain);
  for (const EvidenceResult& one : outcome.evidence)
    json["evidence"].push_back({{"incident", one.claim.incident}, {"file", one.claim.file}, {"state", evidence_word(one.state)}, {"detail", one.detail}});
  std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

std::optional<Tools> prepare(const VerifyOptions& options) {
  Tools tools;
  for (const std::string& text : options.public_keys) {
    const auto key = read_public_key(text);
    if (!key) {
      tell_error(key.error().message);
      return std::nullopt;
    }
    tools.keys.push_back(*key);
  }
  if (options.identity.empty()) return tools;
  const auto identity = load_identity(options.identity);
  if (!identity) {
    tell_error("--identity: " + identity.error().message);
    return std::nullopt;
  }
  tools.identity = *identity;
  return tools;
}

}  // namespace

ExitCode verify(const VerifyOptions& options) {
  auto tools = prepare(options);
  if (!tools) return ExitCode::Usage;
  bool damaged = false, differs = false, any = false;
  for (const std::string& path : options.paths) {
    const auto outcome = look_at(path, *tools, options);
    if (!outcome) {
      tell_error(outcome.error().message);
      damaged = true;
      continue;
    }
    any = true;
    if (options.table)
      print(*outcome, !tools->keys.empty());
    else
      print_json(*outcome);
    damaged = damaged || outcome->damaged();
    differs = differs || outcome->differs();
  }
  if (!any) return ExitCode::Usage;
  if (differs) return ExitCode::Unexpected;
  return damaged ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace scanner
