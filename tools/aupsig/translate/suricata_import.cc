#include "tools/aupsig/translate/suricata_import.h"

#include "tools/aupsig/translate/regex_sample.h"
#include "tools/aupsig/translate/suricata_contents.h"
#include "tools/aupsig/translate/suricata_header.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scanner {
namespace {

std::string text_of(const SuricataOption* option) {
  if (!option) return "";
  bool negated = false;
  const auto inside = quoted(option->value, negated);
  return inside ? without_escapes(*inside).value_or(*inside) : option->value;
}

std::uint32_t revision_of(const SuricataOption* option) {
  std::uint32_t value = 1;
  if (option) std::from_chars(option->value.data(), option->value.data() + option->value.size(), value);
  return std::clamp(value, 1U, 1'000'000U);
}

// A text that the chain finds, for an example's sake.
std::string sample_of(const TextChain& chain) {
  std::string text;
  for (const ChainPiece& piece : chain.pieces) {
    text.append(piece.gap_min, 'x');
    std::string problem;
    const auto regex = piece.is_regex ? RegexSample::parse(piece.text, problem) : std::nullopt;
    text += regex ? regex->sample(0, 0).bytes : piece.text;
  }
  return text + std::string(chain.tail_min, 'x');
}

class RuleImport {
 public:
  RuleImport(const SuricataRule& rule, const std::string& file, const ImportSettings& settings, std::vector<ImportedFile>& files)
      : rule_(rule), file_(file), settings_(settings), files_(files) {}

  Translation run() {
    out_.file = file_;
    out_.line = rule_.line;
    const std::string sid = text_of(rule_.find("sid"));
    out_.rule = sid.empty() ? "a rule without sid" : "sid " + sid;
    out_.title = text_of(rule_.find("msg"));
    if (rule_.action == "pass" || rule_.action == "config" || rule_.action == "log") out_.add(Effect::Cannot, "header", "\"" + rule_.action + "\" raises no alert", rule_.line, rule_.column);
    scope_ = scope_of(rule_, settings_, out_);
    std::vector<const SuricataOption*> others;
    contents_ = read_contents(rule_, out_, others);
    for (const SuricataOption* option : others) meta(*option);
    protocol();
    if (!out_.refused()) build(sid);
    settle(out_, settings_);
    return std::move(out_);
  }

 private:
  void note(Effect effect, const SuricataOption& option, std::string why) { out_.add(effect, option.name, std::move(why), option.line, option.column); }

  void meta(const SuricataOption& option) {
    static constexpr std::array<std::string_view, 10> kSaid{"msg", "sid", "rev", "gid", "classtype", "priority", "target", "requires", "flow", "http_proxy"};
    const std::string& name = option.name;
    if (std::ranges::find(kSaid, name) != kSaid.end()) return;
    if (name == "reference") return reference(option);
    if (name == "metadata") return metadata(option);
    if (name == "threshold" && option.value.find("limit") != std::string::npos) return note(Effect::Note, option, "how often an alert is repeated is the incident's business");
    if (name == "threshold" || name == "detection_filter") {
      note(Effect::Wider, option, "counts in time are no part of a signature: it holds at the first match (" + option.value + ")");
      counted_ = true;
      return;
    }
    if (name == "flowbits") {
      if (option.value == "noalert") return note(Effect::Cannot, option, "the rule raises no alert by itself");
      if (option.value.starts_with("set") || option.value.starts_with("unset") || option.value.starts_with("toggle")) return note(Effect::Note, option, "no signature depends on a mark that another one sets");
      return note(Effect::Cannot, option, "it depends on what another rule saw before (" + option.value + ")");
    }
    if (name == "noalert") return note(Effect::Cannot, option, "the rule raises no alert by itself");
    note(Effect::Cannot, option, "it has no equal here");
  }

  void reference(const SuricataOption& option) {
    const std::size_t comma = option.value.find(',');
    const std::string kind = option.value.substr(0, comma);
    std::string value = comma == std::string::npos ? "" : option.value.substr(comma + 1);
    while (value.starts_with(' ')) value.erase(0, 1);
    if (value.empty()) return;
    if (kind == "url") references_.push_back(value.find("://") == std::string::npos ? "https://" + value : value);
    else if (kind == "cve") references_.push_back("CVE-" + (value.starts_with("CVE-") ? value.substr(4) : value));
    else references_.push_back(kind + " " + value);
  }

  void metadata(const SuricataOption& option) {
    words_ += " " + option.value;
    std::string_view rest = option.value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(',');
      std::string_view entry = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      while (entry.starts_with(' ')) entry.remove_prefix(1);
      const std::size_t blank = entry.find(' ');
      if (blank == std::string_view::npos) continue;
      const std::string_view key = entry.substr(0, blank), value = entry.substr(blank + 1);
      if (key == "mitre_technique_id") add_technique(value, attack_);
      if (key == "signature_severity") severity_ = value;
      if (key == "license" || key == "licence") licence_ = value;
    }
  }

  void protocol() {
    static constexpr std::array<std::string_view, 8> kStreams{"tcp", "tcp-pkt", "tcp-stream", "http", "http1", "tls", "ssl", "ip"};
    const std::string& name = rule_.protocol;
    const bool payload = std::ranges::any_of(contents_.wants, [](const SuricataWant& want) { return want.buffer == nullptr; });
    const bool names = std::ranges::all_of(contents_.wants, [](const SuricataWant& want) { return want.buffer && want.buffer->field; });
    if (std::ranges::find(kStreams, name) == kStreams.end() && !(names && (name == "dns" || name == "udp"))) {
      out_.add(Effect::Cannot, "header", "what is sent over \"" + name + "\" is no field of ours", rule_.line, rule_.column);
    } else if (payload && (name == "http" || name == "http1" || name == "tls" || name == "ssl")) {
      out_.add(Effect::Wider, "header", "the connection is searched whatever it speaks, not only " + name, rule_.line, rule_.column);
    } else if (payload && name == "ip") {
      out_.add(Effect::Narrower, "header", "only TCP is searched", rule_.line, rule_.column);
    }
  }

  // Where the rule's buffers are found: in one field that holds just that, else in the stream.
  bool place(bool server) {
    const SuricataBuffer* only = nullptr;
    bool alone = true;
    const auto look = [&](const SuricataBuffer* buffer) {
      if (buffer && (!only || only == buffer)) only = buffer;
      else alone = false;
    };
    for (const SuricataWant& want : contents_.wants) look(want.buffer);
    for (const SuricataLength& length : contents_.lengths) look(length.buffer);
    const bool own_field = alone && only && only->field;
    if (own_field) {
      if (!only->narrower.empty()) out_.add(Effect::Narrower, std::string(only->name), std::string(only->narrower));
      const TextPlace place = whole_field(*only->field);
      for (SuricataWant& want : contents_.wants) want.chain.place = place;
      return true;
    }
    if (!contents_.lengths.empty()) {
      const SuricataLength& length = contents_.lengths.front();
      const bool least_only = std::ranges::all_of(contents_.lengths, [](const SuricataLength& l) { return !l.max && !l.buffer; });
      if (!least_only) return out_.add(Effect::Cannot, "length", "the length of a part of a stream cannot be asked for", length.line, length.column), false;
    }
    for (SuricataWant& want : contents_.wants) {
      if (!want.buffer) {
        want.chain.place = whole_field(server ? Field::StreamServer : Field::StreamClient);
        if (want.bound_to_start) out_.add(Effect::Narrower, want.stem == "pcre" ? "pcre" : "content", "places are counted from the beginning of what that side sends; Suricata also counts them in every packet", want.line, want.column);
        continue;
      }
      const auto in_stream = place_in_stream(*want.buffer, server);
      if (!in_stream || (want.buffer->from_server && !server))
        return out_.add(Effect::Cannot, std::string(want.buffer->name), "one signature searches one field, and this one cannot be searched together with the others", want.line, want.column), false;
      if (want.needs_whole) return out_.add(Effect::Cannot, "pcre", "a regex with anchors or word boundaries inside can only be searched in a field of its own", want.line, want.column), false;
      want.chain.place = *in_stream;
      in_stream_notes(want);
    }
    return true;
  }

  void in_stream_notes(const SuricataWant& want) {
    const std::string name(want.buffer->name);
    out_.add(Effect::Narrower, name, "only the first HTTP/1 message of a connection is searched", want.line, want.column);
    if (!want.buffer->narrower.empty()) out_.add(Effect::Narrower, name, std::string(want.buffer->narrower));
    const auto& pieces = want.chain.pieces;
    if (!want.buffer->gap.empty() && std::ranges::any_of(pieces, [](const ChainPiece& piece) { return piece.gap_max && *piece.gap_max > 0; }))
      out_.add(Effect::Narrower, name, "bounded room between two texts is searched in one header line", want.line, want.column);
    if (std::ranges::any_of(pieces, [](const ChainPiece& piece) { return piece.is_regex; }))
      out_.add(Effect::Wider, name, "the regex may run past the end of " + name, want.line, want.column);
  }

  void build(const std::string& sid) {
    if (contents_.wants.empty() && contents_.lengths.empty())
      return out_.add(Effect::Cannot, "", "it searches for nothing: addresses, ports and packet headers make no signature", rule_.line, rule_.column);
    for (const SuricataWant& want : contents_.wants) {
      if (want.buffer && want.buffer->from_server) scope_.client = false;
      else if (want.buffer && (want.buffer->name.find("header") == std::string_view::npos && want.buffer->name != "http.content_type")) scope_.server = false;
    }
    const bool payload_or_header = scope_.client && scope_.server;
    if (!scope_.client && !scope_.server) return out_.add(Effect::Cannot, "flow", "what it searches is not sent in that direction", rule_.line, rule_.column);
    const SuricataContents asked = contents_;
    for (const bool server : {false, true}) {
      if (server ? !scope_.server : !scope_.client) continue;
      contents_ = asked;
      if (!place(server)) return;
      draft(sid, payload_or_header ? (server ? "-server" : "-client") : "");
      if (out_.refused()) return;
    }
    if (payload_or_header) out_.add(Effect::Note, "flow", "no direction is named, so there is a signature for either");
  }

  void draft(const std::string& sid, const std::string& suffix) {
    RuleDraft draft;
    draft.field = contents_.wants.empty() ? *contents_.lengths.front().buffer->field : contents_.wants.front().chain.place.field;
    draft.title = out_.title.empty() ? out_.rule : out_.title;
    words_ += " " + draft.title + " " + text_of(rule_.find("classtype"));
    std::vector<Term> terms;
    for (const SuricataWant& want : contents_.wants) {
      for (const ChainPiece& piece : want.chain.pieces) words_ += " " + piece.text;
      if (want.chain.to_end && want.chain.place.end.empty())
        return out_.add(Effect::Cannot, "endswith", "the end of a stream, or of this part of it, is never known", want.line, want.column);
      if (want.negated && is_stream(draft.field))
        return out_.add(Effect::Cannot, "content", "what a stream does not hold cannot be told, since more may follow", want.line, want.column);
      Term term = pattern_term(add_pattern(draft, pattern_of(want.chain), want.stem));
      terms.push_back(want.negated ? not_term(std::move(term)) : std::move(term));
    }
    for (const SuricataLength& length : contents_.lengths) {
      const std::string range = std::to_string(length.min) + (!length.max ? "," : *length.max == length.min ? "" : "," + std::to_string(*length.max));
      Pattern pattern;
      pattern.literal = false;
      pattern.expression = "(?s)^.{" + range + "}" + (length.max ? "\\z" : "");
      if (length.min == 0) {
        if (!length.max) continue;
        pattern.expression = "(?s)^.{" + std::to_string(*length.max + 1) + "}";  // longer than that: not
      }
      Term term = pattern_term(add_pattern(draft, pattern, "length"));
      terms.push_back(length.min == 0 ? not_term(std::move(term)) : std::move(term));
    }
    if (scope_.ports) {
      if (scope_.ports_negated && is_stream(draft.field)) return out_.add(Effect::Cannot, "header", "a stream's condition may not say \"not\": ports that are left out cannot be told", rule_.line, rule_.column);
      Term term = port_term(*scope_.ports);
      terms.push_back(scope_.ports_negated ? not_term(std::move(term)) : std::move(term));
    }
    draft.term = joined_term(TermKind::And, std::move(terms));
    draft.hints = {hint()};
    describe(draft, sid, suffix);
    if (!out_.refused()) finish_draft(draft, file_ + ":" + std::to_string(rule_.line) + " (" + out_.rule + " rev " + std::to_string(draft.revision) + ")",
                                      !licence_.empty() ? licence_ : settings_.licence, settings_, out_, files_);
  }

  // A whole HTTP message of what the rule asks for: samples of its parts, put in their places.
  std::string hint() const {
    std::string method, target = "/", version_line, headers, body, status = "200";
    bool http = false;
    for (const SuricataWant& want : contents_.wants) {
      if (!want.buffer || want.chain.place.whole) continue;
      http = true;
      const std::string sample = sample_of(want.chain);
      const std::string_view name = want.buffer->name;
      if (name == "http.method") method += sample;
      else if (name.starts_with("http.uri")) target = (target == "/" && !sample.starts_with('/') ? "/" : target == "/" ? "" : target) + sample;
      else if (name.ends_with("_line")) version_line = sample;
      else if (name.ends_with("body") || name == "file.data") body += sample;
      else if (name == "http.stat_code") status = sample;
      else if (name.starts_with("http.header")) headers += sample + (sample.find(':') == std::string::npos ? ": x" : "") + (sample.ends_with("\r\n") ? "" : "\r\n");
      else headers += header_name(name) + ": " + sample + "\r\n";
    }
    if (!http) return "";
    const bool server = contents_.wants.front().chain.place.field == Field::StreamServer;
    if (version_line.empty()) version_line = server ? "HTTP/1.1 " + status + " OK" : (method.empty() ? "POST" : method) + " " + target + " HTTP/1.1";
    return version_line + "\r\n" + headers + "\r\n" + body;
  }

  static std::string header_name(std::string_view buffer) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames{{{"http.user_agent", "User-Agent"}, {"http.host", "Host"}, {"http.host.raw", "Host"},
                                                                                         {"http.content_type", "Content-Type"}, {"http.cookie", "Cookie"}, {"http.referer", "Referer"}}};
    for (const auto& [name, header] : kNames)
      if (name == buffer) return std::string(header);
    return buffer == "http.server" ? "Server" : buffer == "http.location" ? "Location" : "Accept";
  }

  void describe(RuleDraft& draft, const std::string& sid, const std::string& suffix) {
    draft.activity = settings_.activity.empty() ? activity_of(words_, false) : settings_.activity;
    if (draft.activity.empty()) return out_.add(Effect::Cannot, "activity", "nothing in it speaks of an activity of ours: name one with --activity", rule_.line, rule_.column);
    if (draft.field == Field::HttpUserAgent && settings_.activity.empty() && draft.activity == "mining.pool") draft.activity = "mining.software";
    draft.stage = is_stream(draft.field) ? Stage::Contact : Stage::Interest;
    draft.weight = severity_ == "Critical" || severity_ == "Major" ? 0.4 : severity_ == "Informational" ? 0.1 : 0.3;
    draft.revision = revision_of(rule_.find("rev"));
    const std::string base = draft.activity + ".suricata-" + slug_of(sid.empty() ? draft.title : sid, 40) + suffix;
    draft.id = base;
    const auto taken = [&](const std::string& id) {
      return std::ranges::any_of(files_, [&](const ImportedFile& file) { return file.path == draft.activity + "/" + id.substr(draft.activity.size() + 1) + ".yaml"; });
    };
    for (int i = 2; taken(draft.id); ++i) draft.id = base + "-" + std::to_string(i);
    draft.references = references_;
    draft.attack = attack_;
    if (counted_) draft.false_positives.push_back("what the original only tells when it is repeated: its threshold is not part of this signature");
  }

  const SuricataRule& rule_;
  const std::string& file_;
  const ImportSettings& settings_;
  std::vector<ImportedFile>& files_;
  Translation out_;
  SuricataScope scope_;
  SuricataContents contents_;
  std::vector<std::string> references_, attack_;
  std::string words_, severity_, licence_;
  bool counted_ = false;
};

}  // namespace

void import_suricata(const std::string& file, std::string_view text, const ImportSettings& settings, TranslationReport& report, std::vector<ImportedFile>& files) {
  report.what = "Suricata rules";
  report.limits = {"a signature is experimental: it makes no finding until it is promoted",
                   "addresses (HOME_NET, EXTERNAL_NET) are not part of a signature: whose traffic is judged is configured",
                   "of a stream the first 4096 bytes of each direction are searched, once for the whole flow and not packet by packet",
                   "names are searched in lower case, without a port and the dot at their end"};
  const SuricataFile read = read_suricata(file, text);
  std::vector<Translation> rules;
  for (const SuricataRule& rule : read.rules) {
    if (!rule.enabled && !settings.disabled) {
      ++report.disabled;
      continue;
    }
    const std::size_t before = files.size();
    Translation translation = RuleImport(rule, file, settings, files).run();
    if (translation.outcome == TranslationOutcome::Refused) files.resize(before);
    rules.push_back(std::move(translation));
  }
  for (const Diagnostic& problem : read.problems) {
    Translation translation;
    translation.file = file;
    translation.line = problem.at.line;
    translation.rule = "a rule that cannot be read";
    translation.add(Effect::Cannot, problem.code, problem.message + (problem.hint.empty() ? "" : " (" + problem.hint + ")"), problem.at.line, problem.at.column);
    rules.push_back(std::move(translation));
  }
  std::ranges::stable_sort(rules, {}, &Translation::line);
  std::ranges::move(rules, std::back_inserter(report.rules));
}

}  // namespace scanner
