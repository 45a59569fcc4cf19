#include "scanner/io/attribution_watch.h"

#include "scanner/io/json_fields.h"
#include "scanner/io/text_file.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/stat.h>
#include <tuple>

namespace scanner {
namespace {

namespace fs = std::filesystem;
using SortedJson = nlohmann::json;

constexpr std::size_t kMaxDescription = 1024 * 1024, kMaxText = 256, kMaxLabels = 64, kMaxAddresses = 64, kIdDigits = 64;

bool is_id(const std::string& id) {
  return id.size() == kIdDigits && std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string text_at(const SortedJson& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  if (!json.is_object() || found == json.end() || !found->is_string()) return "";
  return found->get_ref<const std::string&>().substr(0, kMaxText);
}

const SortedJson* object_at(const SortedJson& json, const char* key) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(key);
  return found == json.end() || !found->is_object() ? nullptr : &*found;
}

void read_labels(const SortedJson* labels, ContainerSeen& container) {
  if (labels == nullptr) return;
  for (const auto& [key, value] : labels->items())
    if (value.is_string() && container.labels.size() < kMaxLabels) container.labels.emplace_back(key.substr(0, kMaxText), value.get_ref<const std::string&>().substr(0, kMaxText));
}

std::optional<ContainerSeen> read_container(const std::string& path, const std::string& id, std::optional<ContainerSeen> (*parse)(const std::string&, const std::string&)) {
  const auto text = read_text_file(path, kMaxDescription);
  return text ? parse(id, *text) : std::nullopt;
}

std::string docker_path(const std::string& directory, const std::string& id) { return directory + "/" + id + "/config.v2.json"; }

// Its bundle lies below the name of a containerd namespace ("k8s.io", "default", "moby").
std::string containerd_path(const std::string& directory, const std::string& id) {
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const fs::path path = it->path() / id / "config.json";
    std::error_code none;
    if (fs::is_regular_file(path, none)) return path.string();
  }
  return "";
}

std::int64_t change_of(const std::string& path) {
  struct stat status {};
  if (path.empty() || stat(path.c_str(), &status) != 0) return 0;
  return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

bool same(const ContainerSeen& a, const ContainerSeen& b) {
  return std::tie(a.engine, a.name, a.image, a.labels, a.addresses, a.removed) == std::tie(b.engine, b.name, b.image, b.labels, b.addresses, b.removed);
}

// What it is about, without the holder; and all of it.
auto thing_of(const Attributed& claim) { return std::tuple(claim.by, claim.addresses.to_string(), claim.text, claim.from, claim.to); }
auto whole_of(const Attributed& claim) {
  return std::tuple_cat(thing_of(claim), std::tuple(claim.tenant, claim.instance, claim.proof, claim.valid_from, claim.valid_until, claim.shared));
}

}  // namespace

std::optional<ContainerSeen> parse_docker_container(const std::string& id, const std::string& description) {
  const auto json = read_json_object(description);
  if (!json) return std::nullopt;
  ContainerSeen container;
  container.id = id;
  container.engine = "docker";
  container.name = text_at(*json, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  if (const SortedJson* config = object_at(*json, "Config")) {
    container.image = text_at(*config, "Image");
    read_labels(object_at(*config, "Labels"), container);
  }
  const SortedJson* settings = object_at(*json, "NetworkSettings");
  const SortedJson* networks = settings == nullptr ? nullptr : object_at(*settings, "Networks");
  if (networks == nullptr) return container;
  for (const auto& [network, facts] : networks->items())
    for (const char* key : {"IPAddress", "GlobalIPv6Address"})
      if (const auto address = IpAddress::parse(text_at(facts, key)); address && address->can_be_subject() && container.addresses.size() < kMaxAddresses)
        container.addresses.push_back(*address);
  return container;
}

std::optional<ContainerSeen> read_docker_container(const std::string& directory, const std::string& id) {
  if (!is_id(id)) return std::nullopt;
  return read_container(docker_path(directory, id), id, parse_docker_container);
}

std::optional<ContainerSeen> parse_containerd_container(const std::string& id, const std::string& description) {
  const auto json = read_json_object(description);
  if (!json) return std::nullopt;
  ContainerSeen container;
  container.id = id;
  container.engine = "containerd";
  if (const SortedJson* notes = object_at(*json, "annotations")) {
    container.name = text_at(*notes, "io.kubernetes.cri.container-name");
    if (container.name.empty()) container.name = text_at(*notes, "nerdctl/name");
    container.image = text_at(*notes, "io.kubernetes.cri.image-name");
    read_labels(notes, container);
  }
  return container;
}

std::optional<ContainerSeen> read_containerd_container(const std::string& directory, const std::string& id) {
  if (!is_id(id)) return std::nullopt;
  const std::string path = containerd_path(directory, id);
  return path.empty() ? std::nullopt : read_container(path, id, parse_containerd_container);
}

Result<bool> AttributionWatch::collect(Timestamp now, std::vector<HostRecord>& records, std::size_t most) {
  tell_tenants(now, records);
  bool more = false;
  if (inner_) {
    waiting_.clear();
    auto collected = inner_->collect(now, waiting_, most);
    if (!collected) return collected;
    more = *collected;
    for (HostRecord& record : waiting_) {
      if (const auto* started = std::get_if<ProcessStarted>(&record.what)) tell_container(*started, record.at, records);
      records.push_back(std::move(record));
    }
  }
  if (now - looked_ >= options_.look_every) look_again(now, records);
  return more;
}

// What is no longer said ends; what is new or otherwise begins.
void AttributionWatch::tell_tenants(Timestamp now, std::vector<HostRecord>& records) {
  if (!next_tenants_ || next_tenants_ == tenants_) return;
  std::set<decltype(thing_of(Attributed{}))> named;
  std::set<decltype(whole_of(Attributed{}))> said;
  for (const Attributed& claim : next_tenants_->claims) named.insert(thing_of(claim));
  if (tenants_)
    for (const Attributed& claim : tenants_->claims) {
      said.insert(whole_of(claim));
      if (named.contains(thing_of(claim))) continue;
      Attributed released = claim;
      released.released = true;
      records.push_back({now, std::move(released)});
    }
  for (const Attributed& claim : next_tenants_->claims)
    if (!said.contains(whole_of(claim))) records.push_back({now, claim});
  tenants_ = std::move(next_tenants_);
}

void AttributionWatch::tell_container(const ProcessStarted& started, Timestamp at, std::vector<HostRecord>& records) {
  const std::string id = started.container.empty() ? container_of_cgroup(started.cgroup) : started.container;
  const auto found = known_.find(id);
  // One that could not be read is tried again with its next process.
  if (!is_id(id) || (found != known_.end() && !found->second.path.empty())) return;
  if (found == known_.end() && known_.size() >= options_.max_containers) known_.erase(known_.begin());
  Known& known = known_[id];
  auto container = read_docker_container(options_.docker, id);
  known.path = container ? docker_path(options_.docker, id) : "";
  if (!container) {
    container = read_containerd_container(options_.containerd, id);
    if (container) known.path = containerd_path(options_.containerd, id);
  }
  known.changed_ns = change_of(known.path);
  known.told = container.value_or(ContainerSeen{});
  known.told.id = id;
  if (found == known_.end() || container) records.push_back({at, known.told});
}

void AttributionWatch::look_again(Timestamp now, std::vector<HostRecord>& records) {
  looked_ = now;
  for (auto it = known_.begin(); it != known_.end();) {
    Known& known = it->second;
    const std::int64_t changed = change_of(known.path);
    if (known.path.empty() || changed == known.changed_ns) {
      ++it;
      continue;
    }
    ContainerSeen seen = known.told;
    if (changed == 0) {
      seen.removed = true;
    } else if (auto read = known.told.engine == "docker" ? read_docker_container(options_.docker, it->first) : read_containerd_container(options_.containerd, it->first)) {
      seen = std::move(*read);
    }
    known.changed_ns = changed;
    if (!same(seen, known.told)) records.push_back({now, seen});
    known.told = seen;
    it = seen.removed ? known_.erase(it) : std::next(it);
  }
}

}  // namespace scanner
