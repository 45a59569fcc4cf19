// Exceptions: conduct that somebody permitted, narrowly, for a reason and for a time. The
// permissions of policy/permissions.h are entries of the same list.
//
// An exception names what concluded a finding (signatures, dialects or detectors by id) and who or
// what it is permitted to. A finding that it covers is kept, counted and told as permitted; the
// same conduct of anybody else is judged as ever. It ends by itself, in event time. Immutable once
// loaded; shared between threads. The form is in scanner/docs/exceptions.md.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/diagnostic.h"
#include "scanner/model/finding.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct Exception {
  std::string id;
  std::vector<std::string> signatures;  // Finding::source, 1 to 16 of them; a permission has none
  std::string activity;                 // of a permission: all of it; "": it is none
  std::vector<Cidr> targets;            // of a permission: towards these alone; empty: anybody
  std::string subject;                  // Subject::id; "": any
  std::string tenant, instance;         // "": any
  std::optional<Cidr> server;           // the responder's address; nothing: any, and no flow is asked for
  std::uint16_t port = 0;               // the responder's; 0: any
  std::string executable, sha256;       // of the process; "": any
  std::string owner, reason, ticket;    // a permission needs no ticket
  Timestamp expires;                    // from then on it permits nothing
  std::string expires_text;             // as written
  SourceLocation at;                    // where it stands

  bool covers(const Finding& finding) const;
  std::string sentence() const;  // for the event that says that it was permitted
  std::string title() const;     // "exception 'lab-1'", "permission 'pentest-7'"
};

struct Exceptions {
  std::vector<Exception> entries;  // in file order
  std::string sha256;              // of the files' texts, hex; "": there is none

  // The first that covers the finding at its last_seen; null where none does.
  const Exception* find(const Finding& finding) const;
  bool empty() const { return entries.empty(); }
};

// Adds what a file holds. False where `diagnostics` got an error: an exception without owner,
// reason, ticket or end, one that is too broad, an id twice (also across files).
bool load_exceptions(const std::string& file, std::string_view text, Exceptions& exceptions, Diagnostics& diagnostics);

enum class ExceptionEnd : std::uint8_t { Ended, Soon, Far };
struct ExpiryWarning {
  const Exception* exception = nullptr;  // among those that were asked about
  ExceptionEnd end = ExceptionEnd::Ended;
  std::string sentence;
};
// One for each that ends within 14 days of `now`, or has ended, or ends so far away that
// nobody will look at it again (more than 366 days). In file order.
std::vector<ExpiryWarning> ends_of(const Exceptions& exceptions, Timestamp now);
// Their sentences.
std::vector<std::string> expiry_warnings(const Exceptions& exceptions, Timestamp now);

}  // namespace scanner
