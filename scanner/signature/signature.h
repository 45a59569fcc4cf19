// A signature as its author wrote it: what to look for in which field, what it is worth,
// and the examples that keep it honest. Plain values; load.h reads them, a Ruleset holds
// them. The form of the files is described in signatures/README.md.
#pragma once

#include "scanner/model/finding.h"
#include "scanner/signature/condition.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// What the patterns are searched in. Streams are what one side sent on a TCP flow, a bounded
// prefix of it; every other field is searched as a whole:
//   dns.name, tls.sni, http.host, socks.host   lower-case, no trailing dot, no port
//   tls.certificate                one name (CN or alternative name)
//   tls.ja4                        the fingerprint
//   http.path, http.user_agent     as sent; http.header: one "Name: value" line
//   process.name                   the file name of the executable, and comm, each on its own
//   process.executable, .cwd       paths
//   process.cmdline                the arguments, joined by single spaces
//   process.environment_keys       the names, joined by single spaces
//   process.traits                 "word=value" lines about one process, see signatures/README.md
//   process.image_string           texts of the image that hold a listed word, a line each
enum class Field : std::uint8_t {
  StreamClient, StreamServer, DnsName, TlsSni, TlsCertificate, TlsJa4, HttpHost, HttpPath, HttpUserAgent, HttpHeader, SocksHost,
  ProcessName, ProcessExecutable, ProcessCommandLine, ProcessWorkingDirectory, ProcessEnvironmentKeys,
  ProcessImageString, ProcessTraits,
};
inline constexpr std::size_t kFieldCount = 18;

std::string_view to_string(Field field);  // "stream.client", …
std::optional<Field> field_from(std::string_view text);
inline bool is_stream(Field field) { return field == Field::StreamClient || field == Field::StreamServer; }

// Experimental and shadow signatures are matched, and reported as such by whoever judges;
// deprecated ones are kept for history and not matched.
enum class SignatureStatus : std::uint8_t { Experimental, Shadow, Active, Deprecated };
std::string_view to_string(SignatureStatus status);

// Searched bytewise. A regex is Hyperscan's dialect of PCRE: no back-references, no
// look-around; "." does not match a line break unless (?s) is given.
struct Pattern {
  std::string name;        // [a-z][a-z0-9_]*, as the condition calls it
  std::string expression;  // the literal's bytes, or the regex
  bool literal = true;
  bool nocase = false;
  int line = 0, column = 0;  // where the expression stands in the file
};

struct SignatureExample {
  std::string text;
  std::uint16_t port = 0;  // the responder's, for conditions on it
  int line = 0, column = 0;
  // Why it is not judged as it should be yet: a known miss among `match`, a known false
  // positive among `no_match`. "": it is.
  std::string todo = {};
};

struct Signature {
  std::string id;        // "mining.pool.stratum-subscribe"
  std::string title;     // one line for a person
  std::string activity;  // of the closed list
  Field field = Field::StreamClient;
  Stage stage = Stage::Interest;  // Interest or Contact: a signature alone proves no more
  double weight = 0;              // 0..1
  SignatureStatus status = SignatureStatus::Experimental;
  std::string owner;
  std::uint32_t revision = 0;  // from 1
  std::vector<Pattern> patterns;  // at most kMaxPatterns, in file order
  Condition condition;
  std::string condition_text;
  std::vector<std::string> references, attack, known_false_positives;
  std::string expires;  // ISO date from which on the facts behind it want another look; "": none
  std::vector<SignatureExample> match, no_match;  // neither is empty
  std::string file;                               // where it came from

  static constexpr std::size_t kMaxPatterns = 64;
};

}  // namespace scanner
