#include "tools/aupsig/translate/sigma_field.h"

#include <algorithm>
#include <charconv>

namespace scanner {
namespace {

SigmaField text_in(std::string key, std::vector<TextPlace> alone, std::optional<TextPlace> joint = std::nullopt) {
  SigmaField field;
  field.meaning = SigmaMeaning::Text;
  field.key = std::move(key);
  field.alone = std::move(alone);
  field.joint = std::move(joint);
  return field;
}

SigmaField always(std::string note) {
  SigmaField field;
  field.meaning = SigmaMeaning::True;
  field.note = std::move(note);
  return field;
}

SigmaField unknown(std::string why) {
  SigmaField field;
  field.why = std::move(why);
  return field;
}

// The n-th argument of a command line, arguments told apart by blanks.
SigmaField argument(std::size_t n) {
  const std::string before = "(?:[^ \\n]+ ){" + std::to_string(n) + "}";
  TextPlace alone = whole_field(Field::ProcessCommandLine);
  alone.name = "argument " + std::to_string(n);
  alone.flags = "";
  alone.whole = false;
  alone.any = "[^ ]";
  TextPlace joint = trait("cmdline");
  joint.any = "[^ \\n]";
  alone.begin = "^" + (n == 0 ? "" : before);
  joint.begin = "^cmdline=" + (n == 0 ? "" : before);
  alone.end = "(?: |\\z)";
  joint.end = "(?: |$)";
  SigmaField field = text_in("cmdline", {alone}, joint);
  field.narrower = "arguments are told apart by blanks, so one that holds a blank counts as two";
  return field;
}

SigmaField process_field(std::string_view name) {
  if (name == "Image" || name == "exe") return text_in("exe", {whole_field(Field::ProcessExecutable)}, trait("exe"));
  if (name == "CommandLine") return text_in("cmdline", {whole_field(Field::ProcessCommandLine)}, trait("cmdline"));
  if (name == "comm" || name == "ProcessName") return text_in("comm", {whole_field(Field::ProcessName)}, trait("comm"));
  if (name == "CurrentDirectory" || name == "cwd") return text_in("cwd", {whole_field(Field::ProcessWorkingDirectory)});
  if (name.starts_with("Parent")) return unknown("a signature sees one process, and not its parent");
  if (name == "User" || name == "LogonId" || name == "IntegrityLevel") return unknown("whose process it is, the attribution says, and no signature");
  return unknown("the field is not known here");
}

SigmaField audit_field(std::string_view name, std::string_view value) {
  if (name == "type") return value == "EXECVE" || value == "execve" ? always("every process that starts is looked at") : unknown("only records of execution are looked at");
  if (name.size() >= 2 && name.size() <= 3 && name[0] == 'a') {
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), n);
    if (error == std::errc() && end == name.data() + name.size()) return argument(n);
  }
  return process_field(name);
}

SigmaField network_field(std::string_view name, std::string_view value) {
  if (name == "DestinationHostname") {
    SigmaField field = text_in("name", {whole_field(Field::TlsSni), whole_field(Field::DnsName)});
    field.note = "the name of a connection is what was looked up and what TLS asks for: a signature for either";
    return field;
  }
  if (name == "DestinationPort") {
    SigmaField field;
    field.meaning = SigmaMeaning::Port;
    return field;
  }
  if (name == "Initiated") return value == "true" ? always("what the initiator asks for is searched") : unknown("only what the initiator asks for is searched");
  if (name == "Protocol") return value == "tcp" ? always("only TCP and look-ups are searched") : unknown("only TCP and look-ups are searched");
  if (name == "DestinationIp" || name == "SourceIp" || name == "dst_ip" || name == "src_ip") return unknown("addresses make a data set (aupsig import pools), and bare ones are context only");
  if (name == "Image" || name == "ProcessName") return unknown("one signature does not join a connection with its process; the ladder of evidence does");
  return unknown("the field is not known here");
}

SigmaField dns_field(std::string_view name) {
  if (name == "QueryName" || name == "query") return text_in("name", {whole_field(Field::DnsName)});
  if (name == "answers" || name == "QueryResults" || name == "answer") return unknown("what was answered is not searched: a look-up is told when it is asked");
  if (name == "rejected" || name == "QueryStatus") return unknown("whether it was refused is not known when it is asked");
  if (name == "Image") return unknown("one signature does not join a look-up with its process; the ladder of evidence does");
  return unknown("the field is not known here");
}

SigmaField web_field(std::string_view name) {
  if (name == "c-useragent" || name == "cs-user-agent" || name == "c-user-agent") return text_in("agent", {whole_field(Field::HttpUserAgent)});
  if (name == "cs-host" || name == "r-dns" || name == "c-host") return text_in("host", {whole_field(Field::HttpHost)});
  if (name == "c-uri" || name == "cs-uri" || name == "cs-uri-stem" || name == "cs-uri-query") {
    SigmaField field = text_in("uri", {whole_field(Field::HttpPath)});
    field.narrower = "the target is searched as the client sends it, which to a server is without scheme and host";
    return field;
  }
  if (name == "cs-method") return unknown("the method is no field of ours");
  return unknown("the field is not known here");
}

bool is_audit(const SigmaRule& rule) { return rule.service == "auditd"; }
bool is_dns(const SigmaRule& rule) { return rule.category == "dns_query" || rule.category == "dns" || (rule.product == "zeek" && rule.service == "dns"); }

}  // namespace

bool is_process_rule(const SigmaRule& rule) { return rule.category == "process_creation" || is_audit(rule); }

bool sigma_source(const SigmaRule& rule, std::string& why) {
  if (is_process_rule(rule)) {
    if (rule.product.empty() || rule.product == "linux") return true;
    why = "processes of " + rule.product + " are not watched";
    return false;
  }
  if (is_dns(rule) || rule.category == "network_connection" || rule.category == "proxy" || rule.category == "webserver") return true;
  why = "the log source (category \"" + rule.category + "\", product \"" + rule.product + "\", service \"" + rule.service + "\") has no equal here";
  return false;
}

SigmaField sigma_field(const SigmaRule& rule, std::string_view name, std::string_view value) {
  if (name.empty()) return unknown("a list of keywords searches a whole log line, and we have none");
  if (is_audit(rule)) return audit_field(name, value);
  if (rule.category == "process_creation") return process_field(name);
  if (is_dns(rule)) return dns_field(name);
  if (rule.category == "network_connection") return network_field(name, value);
  return web_field(name);
}

}  // namespace scanner
