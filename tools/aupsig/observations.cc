#include "tools/aupsig/observations.h"

#include "scanner/app/output_file.h"
#include "scanner/app/version.h"
#include "scanner/app/wording.h"
#include "scanner/io/json_fields.h"
#include "tools/aupsig/corpus_files.h"
#include "tools/aupsig/refusal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxLine = std::size_t{1024} * 1024;
constexpr std::array kNames{Field::DnsName, Field::TlsSni, Field::TlsCertificate, Field::TlsJa4, Field::HttpHost, Field::SocksHost, Field::ProcessName, Field::ProcessExecutable};

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<IpProtocol> protocol_from(std::string_view text) {
  for (const IpProtocol protocol : {IpProtocol::Tcp, IpProtocol::Udp})
    if (to_string(protocol) == text) return protocol;
  return std::nullopt;
}

// Reads a line of at most kMaxLine bytes; of a longer one `too_long` is told and the rest skipped.
bool next_line(std::istream& in, std::string& line, bool& too_long) {
  line.clear();
  too_long = false;
  for (int c = in.get(); c != std::char_traits<char>::eof(); c = in.get()) {
    if (c == '\n') return true;
    if (line.size() < kMaxLine)
      line.push_back(static_cast<char>(c));
    else
      too_long = true;
  }
  return !line.empty();
}

std::string redaction_of(bool content) {
  return content ? "none: texts as they were sent, streams by their searched prefix; keep this file as you would keep the captures"
                 : "names alone: no stream, path, header, user agent, command line, environment or image text";
}

}  // namespace

bool is_name(Field field) { return std::find(kNames.begin(), kNames.end(), field) != kNames.end(); }

std::string to_line(const ObservationsHeader& header) {
  Json json{{"aupscan_observations", 1}, {"version", kVersion}, {"content", header.content}, {"redaction", redaction_of(header.content)}};
  json["captures"] = header.captures;
  return dumped(json);
}

std::string to_line(const FieldText& text) {
  Json json{{"field", to_string(text.field)}, {"text", json_text(text.text)}, {"at", to_rfc3339(text.at)}};
  if (text.flow) {
    json["src"] = text.flow->tuple.source.to_string();
    json["dst"] = text.flow->tuple.destination.to_string();
    json["proto"] = to_string(text.flow->tuple.protocol);
  }
  if (text.process) json["pid"] = text.process->pid;
  return dumped(json);
}

Result<ObservationsHeader> parse_observations_header(std::string_view line) {
  auto json = read_json_object(line);
  if (!json) return tl::unexpected(json.error());
  if (!json->contains("aupscan_observations")) return fail("is no file of observations (`aupsig observations` makes one)");
  JsonFields fields(*json);
  if (fields.required_integer("aupscan_observations", 0, 1'000'000) != 1) return fail("is of another version of the form");
  ObservationsHeader header;
  header.content = fields.boolean("content").value_or(false);
  header.captures = fields.texts("captures");
  if (!fields.problem().empty()) return fail(fields.problem());
  return header;
}

Result<FieldText> parse_observation(std::string_view line) {
  auto json = read_json_object(line);
  if (!json) return tl::unexpected(json.error());
  JsonFields fields(*json);
  const auto field = field_from(fields.text("field", 64).value_or(""));
  auto text = fields.text("text", kMaxLine);
  FieldText one;
  one.at = fields.required_time("at");
  if (!fields.problem().empty()) return fail(fields.problem());
  if (!field) return fail("names no field that there is");
  if (!text) return fail("has no text");
  one.field = *field;
  one.text = std::move(*text);
  if (const auto pid = fields.integer("pid", 0, std::numeric_limits<std::int32_t>::max())) {
    one.process.emplace();
    one.process->pid = static_cast<std::int32_t>(*pid);
  } else {
    FlowRef flow;
    flow.tuple.source = fields.required_endpoint("src");
    flow.tuple.destination = fields.required_endpoint("dst");
    const auto protocol = protocol_from(fields.text("proto", 8).value_or(""));
    if (!fields.problem().empty()) return fail(fields.problem());
    if (!protocol) return fail("names no protocol that carries such texts");
    flow.tuple.protocol = *protocol;
    one.port = flow.tuple.destination.port;
    one.flow = flow;
  }
  if (!fields.problem().empty()) return fail(fields.problem());
  return one;
}

ObservationsRead read_observations(const std::string& path, const std::function<void(const FieldText&)>& take) {
  ObservationsRead read;
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string line;
  bool too_long = false;
  if (!in || !next_line(in, line, too_long)) {
    read.error = path + ": " + (errno != 0 ? std::strerror(errno) : "is empty");
    return read;
  }
  const auto header = parse_observations_header(line);
  if (!header) {
    read.error = path + ":1: " + header.error().message;
    return read;
  }
  read.content = header->content;
  for (std::uint64_t number = 2; next_line(in, line, too_long); ++number) {
    if (line.empty()) continue;
    const auto text = too_long ? Result<FieldText>(fail("is longer than 1 MiB")) : parse_observation(line);
    if (text) {
      ++read.texts;
      take(*text);
    } else if (++read.damaged == 1) {
      read.first_damage = path + ":" + std::to_string(number) + ": " + text.error().message;
    }
  }
  return read;
}

ExitCode observations(const ObservationsOptions& options) {
  const Corpus corpus = find_corpus(options.corpus);
  for (const std::string& problem : corpus.problems) complain(problem);
  if (corpus.files.empty()) {
    complain("no capture and no recording is among what was named");
    return ExitCode::Usage;
  }
  const mode_t before = ::umask(0077);
  auto out = OutputFile::open(options.output);
  ::umask(before);
  if (!out) {
    complain(out.error().message);
    return ExitCode::Usage;
  }
  ObservationsHeader header{options.content, {}};
  for (const CorpusFile& file : corpus.files) header.captures.push_back(file.name);
  Result<void> written = out->write(to_line(header) + "\n");
  std::uint64_t texts = 0, unread = 0, partial = 0;
  for (const CorpusFile& file : corpus.files) {
    const CollectedTexts collected = collect_texts(file.path, [&](FieldText&& text) {
      if (!written || (!options.content && !is_name(text.field))) return;
      written = out->write(to_line(text) + "\n");
      ++texts;
    });
    if (!collected.error.empty()) complain(collected.error);
    for (const std::string& warning : collected.warnings) complain(warning);
    unread += collected.error.empty() ? 0 : 1;
    partial += collected.partial ? 1 : 0;
  }
  if (written) written = out->close();
  if (!written) {
    complain(written.error().message);
    return ExitCode::Usage;
  }
  std::cerr << "aupsig: " << plural(texts, "text", "texts") << " of " << plural(corpus.files.size() - unread, "capture", "captures") << "; redaction: " << redaction_of(options.content) << "\n";
  if (unread == corpus.files.size()) return ExitCode::Usage;
  return unread + partial + corpus.problems.size() > 0 ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace scanner
