#include "scanner/io/ebpf_watch.h"

#include "scanner/io/bpf/host_watch_events.h"
#include "scanner/io/clocks.h"
#include "scanner/io/host_survey.h"

#include <algorithm>
#include <array>
#include <bit>
#include <bpf/libbpf.h>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <host_watch.skel.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace scanner {
namespace {

constexpr Duration kPeriod = std::chrono::milliseconds(100);
constexpr std::size_t kSmallestRing = 64 * 1024, kLargestRing = 256 * 1024 * 1024;
constexpr std::uint64_t kFirstPidNamespace = 0xEFFFFFFC;  // PROC_PID_INIT_INO
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// The library's last warning, for the one message that we give. Per thread: loading happens in one.
thread_local std::string last_warning;

int keep_warning(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  last_warning = text.data();
  while (!last_warning.empty() && last_warning.back() == '\n') last_warning.pop_back();
  return 0;
}

struct Unload {
  void operator()(host_watch_bpf* programs) const { host_watch_bpf__destroy(programs); }
};
struct FreeRing {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};
using Programs = std::unique_ptr<host_watch_bpf, Unload>;

std::string text_of(const char* bytes, std::size_t size) { return {bytes, ::strnlen(bytes, size)}; }

IpAddress address_of(const unsigned char* octets, unsigned short family) {
  return family == AF_INET ? IpAddress::v4(octets) : IpAddress::v6(octets);
}

class EbpfWatch final : public HostWatch {
 public:
  EbpfWatch(Programs programs, std::unique_ptr<HostSurvey> survey) : programs_(std::move(programs)), survey_(std::move(survey)) {}

  Result<void> listen() {
    ring_.reset(ring_buffer__new(bpf_map__fd(programs_->maps.events), &EbpfWatch::on_sample, this, nullptr));
    if (!ring_) return fail("the ring buffer cannot be mapped: " + std::generic_category().message(errno));
    return {};
  }

  std::string_view name() const override { return "ebpf"; }
  int descriptor() const override { return ring_buffer__epoll_fd(ring_.get()); }
  Duration period() const override { return kPeriod; }
  WatchCounters counters() const override {
    WatchCounters counters = survey_->counters();
    counters.lost += lost_;
    return counters;
  }

  Result<bool> collect(Timestamp now, std::vector<HostRecord>& records, std::size_t most) override {
    survey_->at_time(now);
    clock_offset_ = now.ns - read_clock(CLOCK_MONOTONIC).count();
    most_ = records.size() + most;
    records_ = &records;
    bool more = records.size() + 2 > most_;
    if (!more) {
      const int consumed = ring_buffer__consume(ring_.get());
      more = consumed == -EAGAIN;  // on_sample() had enough
      if (consumed < 0 && !more) return fail("the ring buffer cannot be read: " + std::generic_category().message(-consumed));
    }
    records_ = nullptr;
    look_at_counters();
    const auto working = survey_->work(records, most_);
    return working ? Result<bool>(*working || more) : working;
  }

 private:
  // A sample that made the records as many as wanted is taken too; the next one waits.
  static int on_sample(void* watch, void* data, std::size_t size) {
    auto& self = *static_cast<EbpfWatch*>(watch);
    self.take(static_cast<const unsigned char*>(data), size);
    return self.records_->size() + 2 > self.most_ ? -EAGAIN : 0;
  }

  void take(const unsigned char* data, std::size_t size) {
    host_event head;
    if (size < sizeof head) return;
    std::memcpy(&head, data, sizeof head);
    const Timestamp at = survey_->moment({static_cast<std::int64_t>(head.at_ns) + clock_offset_});
    ProcessRoster& roster = survey_->roster();
    if (head.kind == HOST_EVENT_EXEC) {
      take_exec(data, size, at);
    } else if (head.kind == HOST_EVENT_FORK) {
      roster.changed(head.pid, at);
    } else if (head.kind == HOST_EVENT_EXIT) {
      roster.ended(head.pid, at, *records_);
    } else if (head.kind == HOST_EVENT_CONNECTED && size >= sizeof(host_socket)) {
      host_socket socket;
      std::memcpy(&socket, data, sizeof socket);
      take_connected(socket, at);
    }
  }

  void take_exec(const unsigned char* data, std::size_t size, Timestamp at) {
    host_exec exec;
    if (size < sizeof exec) return;
    std::memcpy(&exec, data, sizeof exec);
    const std::size_t bytes = std::min<std::size_t>(exec.argument_bytes, size - sizeof exec);
    ProcessRoster::Execution execution;
    const std::int64_t tick = kNsPerSecond / static_cast<std::int64_t>(survey_->roster().proc().ticks_per_second());
    execution.start_ticks = exec.head.start_ns / static_cast<std::uint64_t>(tick);
    execution.argument_start = exec.argument_start;
    ProcessStarted& started = execution.started;
    started.id.pid = exec.head.pid;
    started.parent_pid = exec.parent;
    started.session = exec.session;
    started.terminal = exec.tty != 0;
    started.uid = exec.uid;
    started.gid = exec.gid;
    started.network_namespace = exec.network_namespace;
    started.pid_namespace = exec.pid_namespace;
    started.comm = text_of(exec.comm, sizeof exec.comm);
    ProcArguments arguments = split_arguments({reinterpret_cast<const char*>(data + sizeof exec), bytes});
    started.arguments = std::move(arguments.words);
    started.arguments_cut = arguments.cut || (exec.arguments_total > bytes && exec.arguments_unread == 0);
    const std::string file = text_of(exec.filename, sizeof exec.filename);
    started.executable = text_of(exec.interpreter, sizeof exec.interpreter);
    if (started.executable != file) started.script = file;
    survey_->roster().executed(exec.head.pid, at, &execution, *records_);
  }

  void take_connected(const host_socket& socket, Timestamp at) {
    ProcessRoster& roster = survey_->roster();
    const auto found = roster.processes().find(socket.head.pid);
    const KnownProcess* owner = found != roster.processes().end() ? &found->second : roster.look(socket.head.pid, *records_);
    if (owner == nullptr) return;
    SocketOwned owned;
    owned.id = owner->id;
    owned.local = {address_of(socket.local, socket.family), socket.local_port};
    owned.remote = {address_of(socket.remote, socket.family), socket.remote_port};
    owned.network_namespace = socket.network_namespace;
    records_->push_back({at, std::move(owned)});
  }

  std::uint64_t count(host_counter counter) const { return __atomic_load_n(&programs_->bss->counters[counter], __ATOMIC_RELAXED); }

  void look_at_counters() {
    std::uint64_t lost = 0;
    for (const host_counter counter : {HOST_LOST_EXEC, HOST_LOST_FORK, HOST_LOST_EXIT, HOST_LOST_SOCKET}) lost += count(counter);
    if (lost > lost_) {
      ++survey_->roster().counters().rescans;
      survey_->want_scan();
      survey_->want_sockets();
    }
    lost_ = lost;
    const std::uint64_t accepted = count(HOST_ACCEPTED);
    if (accepted != accepted_) survey_->want_sockets();
    accepted_ = accepted;
  }

  Programs programs_;
  std::unique_ptr<HostSurvey> survey_;
  std::unique_ptr<ring_buffer, FreeRing> ring_;
  std::vector<HostRecord>* records_ = nullptr;  // of the collect() that is going on
  std::size_t most_ = 0;
  std::int64_t clock_offset_ = 0;  // wall clock minus the kernel's monotonic one
  std::uint64_t lost_ = 0, accepted_ = 0;
};

Result<Programs> load(const HostWatchOptions& options) {
  last_warning.clear();
  libbpf_set_print(&keep_warning);
  const auto refused = [](const char* what, int error) {
    std::string message = std::string(what) + ": " + std::generic_category().message(error);
    if (!last_warning.empty()) message += " (" + last_warning + ")";
    return fail(std::move(message));
  };
  Programs programs(host_watch_bpf__open());
  if (!programs) return refused("the programs cannot be opened", errno);
  programs->rodata->max_arguments = static_cast<unsigned>(std::min<std::size_t>(options.max_argument_bytes, HOST_EVENT_ARGUMENTS));
  const std::size_t ring = std::bit_ceil(std::clamp(options.buffer_bytes / 2, kSmallestRing, kLargestRing));
  programs->rodata->wake_bytes = ring / 8;
  if (const int error = bpf_map__set_max_entries(programs->maps.events, static_cast<std::uint32_t>(ring)); error != 0)
    return refused("the ring buffer cannot be that large", -error);
  if (const int error = host_watch_bpf__load(programs.get()); error != 0) return refused("the kernel does not take the programs", -error);
  if (const int error = host_watch_bpf__attach(programs.get()); error != 0) return refused("the programs cannot be attached", -error);
  return programs;
}

}  // namespace

Result<std::unique_ptr<HostWatch>> open_ebpf_watch(const HostWatchOptions& options) {
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0) return fail("the kernel has no type information (BTF)");
  auto survey = HostSurvey::open(options, Duration::zero(), Duration::zero());
  if (!survey) return tl::unexpected<Error>(survey.error());
  // The programs tell pids as the first pid namespace has them.
  const auto pid_namespace = (*survey)->roster().proc().directory(::getpid()).link("ns/pid");
  if (inode_of_link(pid_namespace.value_or(""), "pid") != kFirstPidNamespace) return fail("this is not the first pid namespace");
  auto programs = load(options);
  if (!programs) return tl::unexpected<Error>(programs.error());
  auto watch = std::make_unique<EbpfWatch>(std::move(*programs), std::move(*survey));
  if (auto listening = watch->listen(); !listening) return tl::unexpected<Error>(listening.error());
  return watch;
}

}  // namespace scanner
