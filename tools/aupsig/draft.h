// A guided start: a signature with its examples, and where nobody knows the dialect its
// description, drafted from one conversation of a capture.
#pragma once

#include "scanner/app/options.h"
#include "scanner/model/result.h"
#include "tools/aupsig/capture_run.h"
#include "tools/aupsig/dialect_draft.h"

#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct DraftOptions {
  RuleOptions rules;
  std::string activity;  // of the closed list
  std::string name;      // of the new files; "": made from the conversation
  std::vector<std::string> captures;
  std::string flow;      // "" : the one that looks most like mining
  std::string output;    // directory; files go where they belong in a pack
};

struct DraftedFile {
  std::string place;  // "mining.pool/new-dialect.yaml"
  std::string text;
};

struct Draft {
  FlowRef flow;
  std::vector<DraftedFile> files;
  std::optional<DialectDraft> dialect;
  std::string stage_before, stage_after;  // of the flow's activity, "none" where nothing
  std::vector<std::string> remarks;       // what a person has to look at
};

// The files load cleanly beside the pack that is in use, the signature holds on its examples, and
// the capture was judged with both. An Error says why there is nothing to draft.
Result<Draft> draft_from(const Setup& setup, const LoadedCapture& capture, const DraftOptions& options);

// Writes nothing over what is there. Unexpected where there is nothing to draft.
ExitCode run_draft(const DraftOptions& options);

// "ADDR:PORT-ADDR:PORT" or a community id: is it this flow?
bool names_flow(const std::string& text, const FiveTuple& tuple);

}  // namespace scanner
