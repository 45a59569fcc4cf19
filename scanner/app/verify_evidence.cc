#include "scanner/app/verify_evidence.h"

#include "scanner/app/incident_book.h"
#include "scanner/engine/engine.h"
#include "scanner/io/capture_source.h"
#include "scanner/io/disk.h"
#include "scanner/io/system_error.h"
#include "scanner/model/digest.h"

#include <array>
#include <sys/mman.h>
#include <unistd.h>

namespace scanner {
namespace {

// Where a capture can be opened by name without lying on a disk.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes content) : fd_(::memfd_create("evidence", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !content.empty()) {
      const ssize_t written = ::write(fd_, content.data(), content.size());
      if (written <= 0) break;
      content = content.subspan(static_cast<std::size_t>(written));
    }
    whole_ = fd_ >= 0 && content.empty();
  }
  ~MemoryFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  bool whole() const { return whole_; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
  bool whole_ = false;
};

Result<void> replay_into(IncidentBook& book, const std::string& path, const Setup& setup) {
  auto source = open_captures({path});
  if (!source) return tl::unexpected(source.error());
  EngineOptions options = judging_options(setup);
  options.judgement.tenants = setup.tenants->claims;
  SerialExecutor executor;
  Engine engine(options, setup.matcher, setup.declaration, executor, book);
  EventBatch batch;
  for (SourceStatus status = SourceStatus::More; status != SourceStatus::End;) {
    const auto next = (*source)->next(batch);
    if (!next) return tl::unexpected(next.error());
    status = *next;
    engine.feed(batch);
  }
  engine.finish();
  return {};
}

// Whether the replay tells of the same address the same activity at the same rung.
void compare(const IncidentBook& book, EvidenceResult& result) {
  const EvidenceClaim& claim = result.claim;
  std::string seen;
  for (const BreachEvent* event : book.incidents()) {
    const std::string stage(to_string(event->traffic_stage));
    if (event->activity == claim.activity && event->subject.address.to_string() == claim.address && stage == claim.stage) {
      result.state = EvidenceState::Shown;
      result.detail = "replayed: " + claim.activity + ", " + claim.stage;
      return;
    }
    seen += (seen.empty() ? "" : "; ") + event->subject.id + " " + event->activity + ", " + stage;
  }
  result.state = EvidenceState::Different;
  result.detail = "claimed: " + claim.address + " " + claim.activity + ", " + claim.stage + "; replayed: " + (seen.empty() ? "nothing" : seen);
}

void replay(Bytes capture, const Setup& setup, EvidenceResult& result) {
  const MemoryFile file(capture);
  IncidentBook book;
  const auto replayed = file.whole() ? replay_into(book, file.path(), setup) : fail("it cannot be opened: " + system_error());
  if (!replayed) {
    result.state = EvidenceState::Different;
    result.detail = replayed.error().message;
    return;
  }
  compare(book, result);
}

}  // namespace

std::string_view evidence_word(EvidenceState state) {
  constexpr std::array<std::string_view, 7> kWords{"whole", "shown", "removed", "missing", "changed", "closed", "different"};
  return kWords[static_cast<std::size_t>(state)];
}

bool is_bad(EvidenceState state) { return state == EvidenceState::Missing || state == EvidenceState::Changed || state == EvidenceState::Closed; }

EvidenceResult check_evidence(const EvidenceClaim& claim, const std::string& directory, const Identity* identity, const Setup* setup) {
  EvidenceResult result{claim, EvidenceState::Whole, ""};
  // The name comes from a file that somebody may have written.
  const bool plain_name = !claim.file.empty() && claim.file.find('/') == std::string::npos && claim.file.front() != '.';
  const auto content = plain_name ? system_disk().read(directory + "/" + claim.file, 0, UINT64_MAX) : DiskResult<std::string>(tl::unexpected<DiskError>(DiskError{0, "its name is none"}));
  if (!content) {
    result.state = claim.removed.empty() ? EvidenceState::Missing : EvidenceState::Removed;
    result.detail = claim.removed.empty() ? content.error().message : claim.removed;
    return result;
  }
  if (to_hex(sha256(as_bytes(*content))) != claim.sha256) {
    result.state = EvidenceState::Changed;
    result.detail = "its SHA-256 is another";
    return result;
  }
  const bool sealed = claim.kind.ends_with(".sealed");
  if (sealed && identity == nullptr) {
    result.detail = "sealed: integrity only";
    return result;
  }
  std::vector<std::uint8_t> opened;
  if (sealed) {
    auto plain = open_sealed(as_bytes(*content), identity->public_key, identity->secret);
    if (!plain) {
      result.state = EvidenceState::Closed;
      result.detail = plain.error().message;
      return result;
    }
    opened = std::move(*plain);
  }
  if (setup != nullptr && claim.kind.starts_with("pcapng")) replay(sealed ? Bytes(opened) : as_bytes(*content), *setup, result);
  return result;
}

}  // namespace scanner
