// What the provider forbids: the closed list of activities, with their clause, what evidence
// makes a breach, how severe it is, and what may be proposed. Never a decision.
//
// The file is config/declaration.yaml. It may hold several editions; the one in force at an
// event's time applies (clause 13.2). Immutable once loaded; shared between threads.
#pragma once

#include "scanner/model/breach_event.h"
#include "scanner/model/diagnostic.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Every activity that this build can conclude; a declaration names a subset.
const std::vector<std::string>& known_activities();

struct ProhibitedActivity {
  std::string activity;
  std::string item;            // the declaration's own number for it
  std::string clause;          // "9.1"
  std::string basis;           // "breach" or "abnormal"
  std::string zh, en;          // our own description
  std::optional<Stage> breach_from;  // nothing: never more than an indicator
  std::map<Stage, std::string> severity;  // from this stage up; the highest that applies counts
  std::vector<std::string> measures;      // least severe first, as "(1) restrict or suspend"
};

struct DeclarationEdition {
  std::string version;
  Timestamp effective_from;
  std::vector<ProhibitedActivity> activities;

  const ProhibitedActivity* find(std::string_view activity) const;
};

class Declaration {
 public:
  Declaration(std::vector<DeclarationEdition> editions, std::string sha256);
  // The edition in force at that time; nothing before the first one.
  const DeclarationEdition* in_force(Timestamp at) const;
  const std::vector<DeclarationEdition>& editions() const { return editions_; }
  // Of the file's text, hex.
  const std::string& sha256() const { return sha256_; }

 private:
  std::vector<DeclarationEdition> editions_;  // by effective_from, rising
  std::string sha256_;
};

// Nothing where `diagnostics` got an error.
std::optional<Declaration> load_declaration(const std::string& file, std::string_view text, Diagnostics& diagnostics);

}  // namespace scanner
