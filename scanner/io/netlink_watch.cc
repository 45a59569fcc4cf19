#include "scanner/io/netlink_watch.h"

#include "scanner/io/clocks.h"
#include "scanner/io/file_descriptor.h"
#include "scanner/io/host_survey.h"
#include "scanner/io/system_error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

namespace scanner {
namespace {

constexpr std::size_t kMessageBytes = 1024;  // the kernel's are below 100
constexpr Duration kAcknowledgedWithin = std::chrono::milliseconds(500);
constexpr Duration kPeriod = std::chrono::milliseconds(200);

constexpr std::size_t kBeforeEvent = NLMSG_HDRLEN + sizeof(cn_msg);

class Connector {
 public:
  static Result<Connector> open(std::size_t buffer_bytes) {
    Connector connector;
    connector.socket_ = FileDescriptor(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
    if (!connector.socket_) return fail("the process connector is not there: " + system_error());
    const int fd = connector.socket_.get(), bytes = static_cast<int>(std::min<std::size_t>(buffer_bytes, 256UL << 20));
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
      ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = CN_IDX_PROC;
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return fail("the process connector is not permitted: " + system_error());
    if (auto listening = connector.listen(); !listening) return tl::unexpected<Error>(listening.error());
    return connector;
  }

  int fd() const { return socket_.get(); }

  // The next event. False with errno EAGAIN: none waits; ENOBUFS: some were lost.
  bool next(proc_event& event) {
    for (;;) {
      std::array<std::uint8_t, kMessageBytes> bytes;
      sockaddr_nl from{};
      socklen_t length = sizeof from;
      const ssize_t got = ::recvfrom(fd(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return false;
      // Any process may write to us; only the kernel has the port 0.
      if (from.nl_pid != 0 || !parse(bytes.data(), static_cast<std::size_t>(got), event)) continue;
      return true;
    }
  }

 private:
  static bool parse(const std::uint8_t* bytes, std::size_t size, proc_event& event) {
    if (size < kBeforeEvent) return false;
    cn_msg message;
    std::memcpy(&message, bytes + NLMSG_HDRLEN, sizeof message);
    if (message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC) return false;
    event = {};
    // Kernels differ in how long the union is.
    const std::size_t length = std::min<std::size_t>({message.len, size - kBeforeEvent, sizeof event});
    if (length < offsetof(proc_event, event_data) + 4) return false;
    std::memcpy(&event, bytes + kBeforeEvent, length);
    return true;
  }

  // Asks for events and waits until the kernel says yes.
  Result<void> listen() {
    const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
    std::array<std::uint8_t, kBeforeEvent + sizeof operation> request{};
    nlmsghdr header{};
    header.nlmsg_len = request.size();
    header.nlmsg_type = NLMSG_DONE;
    cn_msg message{};
    message.id = {CN_IDX_PROC, CN_VAL_PROC};
    message.len = sizeof operation;
    std::memcpy(request.data(), &header, sizeof header);
    std::memcpy(request.data() + NLMSG_HDRLEN, &message, sizeof message);
    std::memcpy(request.data() + kBeforeEvent, &operation, sizeof operation);
    if (::send(fd(), request.data(), request.size(), 0) != static_cast<ssize_t>(request.size()))
      return fail("the process connector does not listen here: " + system_error());
    const Duration until = read_clock(CLOCK_MONOTONIC) + kAcknowledgedWithin;
    for (;;) {
      proc_event event{};
      while (next(event)) {
        if (event.what != proc_event::PROC_EVENT_NONE) continue;
        if (event.event_data.ack.err == 0) return {};
        return fail("the process connector refuses: " + std::generic_category().message(static_cast<int>(event.event_data.ack.err)));
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - read_clock(CLOCK_MONOTONIC)).count();
      pollfd readable{fd(), POLLIN, 0};
      if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) <= 0)
        return fail("the process connector does not acknowledge (another pid namespace?)");
    }
  }

  FileDescriptor socket_;
};

class NetlinkWatch final : public HostWatch {
 public:
  NetlinkWatch(Connector connector, std::unique_ptr<HostSurvey> survey)
      : connector_(std::move(connector)), survey_(std::move(survey)) {}

  std::string_view name() const override { return "netlink"; }
  int descriptor() const override { return connector_.fd(); }
  Duration period() const override { return std::min(kPeriod, survey_->options().poll_every); }
  WatchCounters counters() const override { return survey_->counters(); }

  Result<bool> collect(Timestamp now, std::vector<HostRecord>& records, std::size_t most) override {
    survey_->at_time(now);
    clock_offset_ = now.ns - read_clock(CLOCK_MONOTONIC).count();
    most += records.size();
    bool more = false;
    for (;;) {
      if (records.size() + 2 > most) {
        more = true;
        break;
      }
      proc_event event{};
      if (connector_.next(event)) {
        take(event, records);
      } else if (errno == ENOBUFS) {
        ++survey_->roster().counters().rescans;
        survey_->want_scan();
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      } else {
        return fail("the process connector cannot be read: " + system_error());
      }
    }
    const auto working = survey_->work(records, most);
    return working ? Result<bool>(*working || more) : working;
  }

 private:
  void take(const proc_event& event, std::vector<HostRecord>& records) {
    const Timestamp at = survey_->moment({static_cast<std::int64_t>(event.timestamp_ns) + clock_offset_});
    ProcessRoster& roster = survey_->roster();
    const auto& data = event.event_data;
    if (event.what == proc_event::PROC_EVENT_EXEC) {
      roster.executed(data.exec.process_tgid, at, nullptr, records);
    } else if (event.what == proc_event::PROC_EVENT_FORK) {
      if (data.fork.child_pid == data.fork.child_tgid) roster.changed(data.fork.child_tgid, at);
    } else if (event.what == proc_event::PROC_EVENT_COMM) {
      if (data.comm.process_pid == data.comm.process_tgid) roster.changed(data.comm.process_tgid, at);
    } else if (event.what == proc_event::PROC_EVENT_UID || event.what == proc_event::PROC_EVENT_GID) {
      if (data.id.process_pid != data.id.process_tgid) return;
      roster.outdated(data.id.process_tgid);
      roster.changed(data.id.process_tgid, at);
    } else if (event.what == proc_event::PROC_EVENT_EXIT) {
      // A first thread may end before the others: only when nothing runs any more is it over.
      const std::int32_t pid = data.exit.process_tgid;
      const auto known = roster.processes().find(pid);
      if (known == roster.processes().end()) return;
      const FileDescriptor opened = known->second.stat ? FileDescriptor() : roster.proc().open_stat(pid);
      const auto stat = read_stat(known->second.stat ? known->second.stat : opened);
      if (!stat || stat->has_ended() || roster.proc().id_of(*stat) != known->second.id) roster.ended(pid, at, records);
    }
  }

  Connector connector_;
  std::unique_ptr<HostSurvey> survey_;
  std::int64_t clock_offset_ = 0;  // wall clock minus the kernel's monotonic one
};

}  // namespace

Result<std::unique_ptr<HostWatch>> open_netlink_watch(const HostWatchOptions& options) {
  auto connector = Connector::open(options.buffer_bytes);
  if (!connector) return tl::unexpected<Error>(connector.error());
  auto survey = HostSurvey::open(options, Duration::zero(), options.poll_every);
  if (!survey) return tl::unexpected<Error>(survey.error());
  return std::make_unique<NetlinkWatch>(std::move(*connector), std::move(*survey));
}

}  // namespace scanner
