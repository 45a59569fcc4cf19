#include "scanner/io/evidence.h"

#include "scanner/io/capture_source.h"
#include "scanner/io/capture_writer.h"
#include "scanner/io/system_error.h"
#include "scanner/model/digest.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace scanner {
namespace {

constexpr std::uint64_t kLotBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kPacketOverhead = 128;  // block, padding and comment, at most
constexpr const char* kManifest = "manifest.ndjson";

// Beside the target and renamed, so that nobody ever sees half a file or one with a wider mode.
Result<void> write_private(const std::string& path, Bytes content) {
  const std::string beside = path + ".new";
  const auto failed = [&](int error) {
    ::unlink(beside.c_str());
    return fail(path + ": " + std::generic_category().message(error));
  };
  ::unlink(beside.c_str());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fail(path + ": " + system_error());
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      ::close(fd);
      return failed(error);
    }
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (::close(fd) != 0) return failed(errno);
  if (::rename(beside.c_str(), path.c_str()) != 0) return failed(errno);
  return {};
}

// Every packet of the captures, in the order of the run.
template <typename Visit>
Result<void> for_each_packet(const EvidenceRequest& request, Visit visit) {
  auto source = open_captures(request.captures, CaptureOptions{request.filter});
  if (!source) return fail("the captures cannot be read again for evidence: " + source.error().message);
  EventBatch batch;
  for (;;) {
    const auto status = (*source)->next(batch);
    // Damage ends a file here where it ended it the first time.
    if (!status) return {};
    for (const Event& event : batch.events)
      if (event.kind == EventKind::Packet)
        if (auto visited = visit(event.packet); !visited) return visited;
    if (*status == SourceStatus::End) return {};
  }
}

std::string comment_of(const Packet& packet, const std::vector<std::string>& names) {
  std::string name = packet.file < names.size() ? std::filesystem::path(names[packet.file]).filename().string() : "";
  if (name.size() > 64) name.resize(64);
  return name + " frame " + std::to_string(packet.frame);
}

Result<EvidenceSlice> store(const std::string& incident, const PlannedSlice& plan, const std::vector<std::uint8_t>& plain, const EvidenceRequest& request) {
  EvidenceSlice slice;
  slice.incident = incident;
  slice.plan = plan;
  slice.kind = request.recipients.empty() ? "pcapng" : "pcapng.sealed";
  slice.file = incident + "." + slice.kind;
  slice.plain_size = plain.size();
  slice.plain_sha256 = to_hex(sha256(plain));
  std::vector<std::uint8_t> sealed;
  if (!request.recipients.empty()) {
    auto result = seal(plain, request.recipients);
    if (!result) return tl::unexpected(result.error());
    sealed = std::move(*result);
  }
  const Bytes content = request.recipients.empty() ? Bytes(plain) : Bytes(sealed);
  slice.size = content.size();
  slice.sha256 = to_hex(sha256(content));
  const auto written = write_private((std::filesystem::path(request.directory) / slice.file).string(), content);
  if (!written) return tl::unexpected(written.error());
  return slice;
}

std::string manifest_line(const BreachEvent& event, const EvidenceSlice& slice, const EvidenceRequest& request) {
  nlohmann::ordered_json json;
  const auto text_or_null = [](const std::string& text) { return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text); };
  json["incident"] = event.incident;
  json["event"] = event.id;
  json["revision"] = event.revision;
  json["subject"] = event.subject.id;
  json["activity"] = event.activity;
  json["stage"] = std::string(to_string(event.stage));
  json["file"] = text_or_null(slice.file);
  json["kind"] = text_or_null(slice.kind);
  json["size"] = slice.size;
  json["sha256"] = text_or_null(slice.sha256);
  json["plain_size"] = slice.plain_size;
  json["plain_sha256"] = text_or_null(slice.plain_sha256);
  json["packets"] = slice.plan.packets;
  json["flows"] = slice.plan.flows;
  json["findings_total"] = event.findings_total;
  json["cut"] = slice.plan.cut;
  json["needs_keys"] = std::any_of(event.findings.begin(), event.findings.end(), [](const Finding& finding) { return finding.flow && finding.flow->decrypted; });
  json["recipients"] = nlohmann::ordered_json::array();
  for (const RecipientKey& recipient : request.recipients) json["recipients"].push_back(to_text(recipient));
  json["captures"] = request.captures;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// Incidents [begin, end) whose slices fit into memory together; at least one.
std::size_t end_of_lot(const EvidencePlan& plan, std::size_t begin, std::size_t size) {
  std::uint64_t bytes = 0;
  std::size_t end = begin;
  for (; end < size; ++end) {
    const PlannedSlice& slice = plan.slice(end);
    bytes += slice.bytes + slice.packets * kPacketOverhead;
    if (end > begin && bytes > kLotBytes) break;
  }
  return end;
}

Result<void> write_lot(EvidencePlan& plan, std::size_t begin, std::size_t end, const std::vector<const BreachEvent*>& incidents, const EvidenceRequest& request,
                       std::vector<EvidenceSlice>& slices) {
  std::map<std::size_t, CaptureEncoder> encoders;
  plan.rewind();
  auto read = for_each_packet(request, [&](const Packet& packet) -> Result<void> {
    for (const std::uint32_t incident : plan.slices_with(packet)) {
      if (incident < begin || incident >= end) continue;
      auto added = encoders[incident].add(packet, comment_of(packet, request.captures));
      if (!added) return added;
    }
    return {};
  });
  if (!read) return read;
  for (std::size_t i = begin; i < end; ++i) {
    const auto encoder = encoders.find(i);
    if (encoder == encoders.end()) {
      slices.push_back({incidents[i]->incident, "", "", "", "", 0, 0, plan.slice(i)});
      continue;
    }
    auto slice = store(incidents[i]->incident, plan.slice(i), encoder->second.take(), request);
    if (!slice) return tl::unexpected(slice.error());
    slices.push_back(std::move(*slice));
    encoders.erase(encoder);
  }
  return {};
}

}  // namespace

Result<void> can_be_read_again(const std::vector<std::string>& captures) {
  for (const std::string& path : captures) {
    struct stat status {};
    if (path == "-") return fail("--evidence reads the captures twice, which standard input cannot be: keep it in a file first, e.g. with tee");
    if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return fail(path + ": --evidence reads the captures twice, and this is no regular file");
  }
  return {};
}

Result<void> prepare_evidence(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return fail(directory + ": " + system_error());
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return fail(directory + ": is no directory");
  if (::access(directory.c_str(), W_OK | X_OK) != 0) return fail(directory + ": " + system_error());
  return {};
}

Result<std::vector<EvidenceSlice>> write_evidence(const std::vector<const BreachEvent*>& incidents, const NameTrail& names, const EvidenceRequest& request) {
  EvidencePlan plan(incidents, names, request.budget);
  if (!incidents.empty()) {
    const auto noted = for_each_packet(request, [&](const Packet& packet) -> Result<void> {
      plan.note(packet);
      return {};
    });
    if (!noted) return tl::unexpected(noted.error());
  }
  plan.choose();
  std::vector<EvidenceSlice> slices;
  for (std::size_t begin = 0; begin < incidents.size();) {
    const std::size_t end = end_of_lot(plan, begin, incidents.size());
    const auto written = write_lot(plan, begin, end, incidents, request, slices);
    if (!written) return tl::unexpected(written.error());
    begin = end;
  }
  std::string manifest;
  for (std::size_t i = 0; i < incidents.size(); ++i) manifest += manifest_line(*incidents[i], slices[i], request);
  const auto written = write_private((std::filesystem::path(request.directory) / kManifest).string(), as_bytes(manifest));
  if (!written) return tl::unexpected(written.error());
  return slices;
}

}  // namespace scanner
