#include "scanner/process/process_table.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxAncestors = 16, kMaxChildren = 64;
constexpr std::size_t kMaxPairs = 16;  // of an environment's, and of what is unknown
constexpr Duration kTolerated = std::chrono::seconds(1);

bool is_loopback(const IpAddress& address) {
  static constexpr std::array<std::uint8_t, 16> kV6Loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return address.is_v4() ? address.octets[12] == 127 : address.octets == kV6Loopback;
}

bool is_connected(const SocketOwned& owned) { return owned.remote.port != 0 && owned.remote.address.can_be_subject(); }

// Is the engine's time what the record says, give or take a second?
bool fits(Timestamp said, Timestamp now) { return now - said <= kTolerated && said - now <= kTolerated; }

ProcessId pid_of(const ProcessId& id) { return {id.boot, 0, id.pid}; }

std::size_t bytes_of(const ProcessStarted& image) {
  std::size_t sum = image.id.boot.size() + image.executable.size() + image.comm.size() + image.cwd.size() +
                    image.cgroup.size() + image.container.size() + image.sha256.size() + image.image_kind.size() +
                    image.script.size() + image.packer.size();
  for (const auto& [name, value] : image.environment) sum += name.size() + value.size() + 2 * sizeof(std::string);
  for (const std::string& key : image.environment_keys) sum += key.size() + sizeof(std::string);
  for (const std::string& key : image.unknown) sum += key.size() + sizeof(std::string);
  for (const std::string& argument : image.arguments) sum += argument.size() + sizeof(std::string);
  return sum;
}

ProcessStarted cut(ProcessStarted image, const ProcessLimits& limits) {
  for (std::string* text : {&image.executable, &image.comm, &image.cwd, &image.cgroup, &image.container, &image.sha256,
                            &image.image_kind, &image.script, &image.packer})
    if (text->size() > limits.max_text) text->resize(limits.max_text);
  std::size_t kept = 0, bytes = 0;
  while (kept < std::min(image.arguments.size(), limits.max_arguments)) {
    bytes += image.arguments[kept].size();
    if (bytes > limits.max_argument_bytes) break;
    ++kept;
  }
  if (kept < image.arguments.size()) image.arguments_cut = true;
  image.arguments.resize(kept);
  image.environment.resize(std::min(image.environment.size(), kMaxPairs));
  for (auto& [name, value] : image.environment) {
    name.resize(std::min(name.size(), limits.max_text));
    value.resize(std::min(value.size(), limits.max_text));
  }
  image.unknown.resize(std::min(image.unknown.size(), kMaxPairs));
  for (std::string& key : image.unknown) key.resize(std::min(key.size(), limits.max_text));
  std::size_t keys = 0, key_bytes = 0;
  while (keys < image.environment_keys.size() && (key_bytes += image.environment_keys[keys].size() + sizeof(std::string)) <= limits.max_environment_bytes) ++keys;
  image.environment_keys.resize(keys);
  image.image_strings.clear();
  return image;
}

}  // namespace

std::size_t ProcessTable::IdHash::operator()(const ProcessId& id) const {
  constexpr std::size_t kOdd = 0x9e3779b97f4a7c15;
  std::size_t hash = std::hash<std::string>()(id.boot);
  hash = (hash ^ static_cast<std::size_t>(id.start_ns)) * kOdd;
  return (hash ^ (hash >> 32) ^ static_cast<std::size_t>(id.pid)) * kOdd;
}

void ProcessTable::learn(const HostRecord& record, Timestamp now) {
  if (const auto* started = std::get_if<ProcessStarted>(&record.what)) {
    start(*started, now);
  } else if (const auto* facts = std::get_if<ImageFacts>(&record.what)) {
    const auto found = entries_.find(facts->id);
    if (found != entries_.end()) describe(found->second, *facts);
  } else if (const auto* exited = std::get_if<ProcessExited>(&record.what)) {
    // One that nobody heard of before need not be remembered as gone.
    const auto found = entries_.find(exited->id);
    if (found != entries_.end()) end(found->second, now);
  } else if (const auto* owned = std::get_if<SocketOwned>(&record.what)) {
    own(entry_of(owned->id, now), *owned, now);
  } else if (const auto* usage = std::get_if<UsageSample>(&record.what)) {
    Entry& entry = entry_of(usage->id, now);
    if (fits(record.at, now)) entry.process.load.add(*usage, record.at, limits_.load);
  }
  if (const auto* usage = std::get_if<CgroupUsage>(&record.what); usage != nullptr && fits(record.at, now)) use_group(*usage, record.at);
  keep_limits();
}

void ProcessTable::use_group(const CgroupUsage& usage, Timestamp at) {
  // The root group is the whole host: it says nothing of any process.
  if (usage.cgroup.size() < 2 || usage.cgroup.size() > limits_.max_text) return;
  const auto [group, fresh] = groups_.try_emplace(usage.cgroup);
  if (fresh) group_order_.push_back(usage.cgroup);
  group->second.add({{}, usage.window, usage.cpu_cores, usage.resident_bytes}, at, limits_.load);
  if (group_order_.size() <= limits_.max_groups) return;
  groups_.erase(group_order_.front());
  group_order_.pop_front();
}

// Finds or makes it, and settles who of two with one pid is the living one.
ProcessTable::Entry& ProcessTable::entry_of(const ProcessId& id, Timestamp now) {
  const auto [found, fresh] = entries_.try_emplace(id);
  Entry& entry = found->second;
  if (!fresh) return entry;
  entry.process.id = id;
  entry.process.image.id = id;
  entry.process.first_seen = now;
  entry.bytes = bytes_of(entry.process.image);
  bytes_ += entry.bytes;
  entry.place = living_.insert(living_.end(), id);
  const auto [holder, free] = living_by_pid_.try_emplace(pid_of(id), id);
  if (free) return entry;
  if (holder->second.start_ns > id.start_ns) {
    end(entry, now);
    return entry;
  }
  end(entries_.at(ProcessId(holder->second)), now);
  living_by_pid_.insert_or_assign(pid_of(id), id);
  return entry;
}

void ProcessTable::start(const ProcessStarted& started, Timestamp now) {
  Entry& entry = entry_of(started.id, now);
  Process& process = entry.process;
  ProcessStarted image = cut(started, limits_);
  const bool same =
      process.started_seen && process.image.executable == image.executable && process.image.comm == image.comm;
  process.image.deleted = image.deleted;
  process.started_seen = true;
  if (!process.parent && started.parent_pid != 0) {
    const auto parent = living_by_pid_.find(ProcessId{started.id.boot, 0, started.parent_pid});
    if (parent != living_by_pid_.end() && parent->second.start_ns <= started.id.start_ns &&
        parent->second != started.id) {
      process.parent = parent->second;
      std::vector<ProcessId>& children = entries_.at(parent->second).children;
      if (children.size() == kMaxChildren) children.erase(children.begin());
      children.push_back(started.id);
    }
  }
  // The same program with other arguments has rewritten them: the first ones are the honest ones.
  if (same) return;
  ++process.images;
  process.load.clear();
  bytes_ -= entry.bytes;
  entry.bytes = bytes_of(image);
  bytes_ += entry.bytes;
  process.image = std::move(image);
}

void ProcessTable::describe(Entry& entry, const ImageFacts& facts) {
  ProcessStarted& image = entry.process.image;
  bytes_ -= entry.bytes;
  image.sha256 = facts.sha256.substr(0, limits_.max_text);
  image.image_kind = facts.image_kind.substr(0, limits_.max_text);
  image.packer = facts.packer.substr(0, limits_.max_text);
  entry.bytes = bytes_of(image);
  bytes_ += entry.bytes;
}

void ProcessTable::end(Entry& entry, Timestamp now) {
  if (entry.process.exited) return;
  entry.process.exited = now;
  exited_.splice(exited_.end(), living_, entry.place);
  drop_sockets(entry);
  const auto holder = living_by_pid_.find(pid_of(entry.process.id));
  if (holder != living_by_pid_.end() && holder->second == entry.process.id) living_by_pid_.erase(holder);
}

void ProcessTable::own(Entry& entry, const SocketOwned& owned, Timestamp now) {
  if (entry.process.exited) return;
  const IpAddress& address = owned.local.address;
  if (!entry.process.address && address.can_be_subject() && !is_loopback(address)) entry.process.address = address;
  if (!is_connected(owned)) return;
  const FiveTuple tuple{owned.local, owned.remote, owned.protocol};
  Socket& socket = sockets_[tuple];
  socket.told = now;
  if (socket.number != 0 && socket.owner == owned.id) return;
  socket.owner = owned.id;
  socket.number = ++socket_number_;
  socket_order_.emplace_back(socket.number, tuple);
  entry.sockets.push_back(tuple);
  if (entry.sockets.size() > limits_.max_sockets_each) {
    drop_socket(FiveTuple(entry.sockets.front()), owned.id);
    entry.sockets.erase(entry.sockets.begin());
  }
  if (socket_order_.size() <= limits_.max_sockets) return;
  const auto [number, oldest] = socket_order_.front();
  socket_order_.pop_front();
  const auto found = sockets_.find(oldest);
  if (found != sockets_.end() && found->second.number == number) sockets_.erase(found);
}

void ProcessTable::drop_socket(const FiveTuple& tuple, const ProcessId& owner) {
  const auto found = sockets_.find(tuple);
  if (found != sockets_.end() && found->second.owner == owner) sockets_.erase(found);
}

void ProcessTable::drop_sockets(Entry& entry) {
  for (const FiveTuple& tuple : entry.sockets) drop_socket(tuple, entry.process.id);
  entry.sockets.clear();
}

void ProcessTable::forget(const ProcessId& id) {
  const auto found = entries_.find(id);
  Entry& entry = found->second;
  end(entry, entry.process.first_seen);
  exited_.erase(entry.place);
  bytes_ -= entry.bytes;
  entries_.erase(found);
}

void ProcessTable::keep_limits() {
  while (entries_.size() > std::max<std::size_t>(limits_.max_processes, 1) ||
         (bytes_ > limits_.max_bytes && entries_.size() > 1))
    forget(ProcessId(exited_.empty() ? living_.front() : exited_.front()));
}

const Process* ProcessTable::find(const ProcessId& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second.process;
}

std::vector<const Process*> ProcessTable::ancestors(const ProcessId& id) const {
  std::vector<const Process*> chain;
  const Process* process = find(id);
  while (process != nullptr && process->parent && chain.size() < kMaxAncestors) {
    process = find(*process->parent);
    if (process != nullptr) chain.push_back(process);
  }
  return chain;
}

std::vector<const Process*> ProcessTable::siblings(const ProcessId& id) const {
  std::vector<const Process*> found;
  const Process* process = find(id);
  const auto parent = process == nullptr || !process->parent ? entries_.end() : entries_.find(*process->parent);
  if (parent == entries_.end()) return found;
  const auto& children = parent->second.children;
  for (auto child = children.rbegin(); child != children.rend(); ++child)
    if (const Process* sibling = *child == id ? nullptr : find(*child)) found.push_back(sibling);
  return found;
}

const Process* ProcessTable::init(const std::string& boot) const {
  const auto found = living_by_pid_.find(ProcessId{boot, 0, 1});
  return found == living_by_pid_.end() ? nullptr : find(found->second);
}

const LoadWindow* ProcessTable::group_load(const Process& process) const {
  const auto found = groups_.find(process.image.cgroup);
  return found == groups_.end() ? nullptr : &found->second;
}

const Process* ProcessTable::owner_of(const Endpoint& local, const Endpoint& remote, IpProtocol protocol) const {
  const auto found = sockets_.find(FiveTuple{local, remote, protocol});
  return found == sockets_.end() ? nullptr : find(found->second.owner);
}

void ProcessTable::release(const Endpoint& local, const Endpoint& remote, IpProtocol protocol, Timestamp told) {
  const auto found = sockets_.find(FiveTuple{local, remote, protocol});
  if (found != sockets_.end() && found->second.told <= told) sockets_.erase(found);
}

}  // namespace scanner
