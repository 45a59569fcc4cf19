// A host watch that also tells whose things are: the containers that processes run in, as
// their engine describes them on disk, and the tenants file. All of it becomes records, so
// that a recording of them judges as the agent did.
//
// Docker: DIR/ID/config.v2.json (name, image, labels, addresses). Containerd: the runtime
// bundle's config.json (annotations). A description is hostile where its container's owner
// writes parts of it: at most 1 MiB, 64 labels, 64 addresses, texts cut; a file that cannot be
// read is a container of which nothing but its id is known.
#pragma once

#include "scanner/io/host_watch.h"
#include "scanner/policy/tenants.h"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace scanner {

struct AttributionWatchOptions {
  std::string docker = "/var/lib/docker/containers";
  std::string containerd = "/run/containerd/io.containerd.runtime.v2.task";
  Duration look_every = std::chrono::seconds(5);  // at descriptions that were read before
  std::size_t max_containers = 16384;
};

// The description of a container, or nothing where none can be read. `id`: lower-case hex.
std::optional<ContainerSeen> read_docker_container(const std::string& directory, const std::string& id);
std::optional<ContainerSeen> read_containerd_container(const std::string& directory, const std::string& id);

// The same of a description's text.
std::optional<ContainerSeen> parse_docker_container(const std::string& id, const std::string& description);
std::optional<ContainerSeen> parse_containerd_container(const std::string& id, const std::string& description);

class AttributionWatch final : public HostWatch {
 public:
  // `inner` may be null: then it tells of tenants alone.
  AttributionWatch(std::unique_ptr<HostWatch> inner, AttributionWatchOptions options) : inner_(std::move(inner)), options_(std::move(options)) {}

  // With the next collect() what differs from the file before it is told.
  void use(std::shared_ptr<const Tenants> tenants) { next_tenants_ = std::move(tenants); }

  std::string_view name() const override { return inner_ ? inner_->name() : "tenants"; }
  int descriptor() const override { return inner_ ? inner_->descriptor() : -1; }
  Duration period() const override { return inner_ ? std::min(inner_->period(), options_.look_every) : options_.look_every; }
  Result<bool> collect(Timestamp now, std::vector<HostRecord>& records, std::size_t most) override;
  WatchCounters counters() const override { return inner_ ? inner_->counters() : WatchCounters{}; }

 private:
  struct Known {
    ContainerSeen told;
    std::string path;  // of its description; "": none was found
    std::int64_t changed_ns = 0;
  };

  void tell_tenants(Timestamp now, std::vector<HostRecord>& records);
  void tell_container(const ProcessStarted& started, Timestamp at, std::vector<HostRecord>& records);
  void look_again(Timestamp now, std::vector<HostRecord>& records);

  std::unique_ptr<HostWatch> inner_;
  AttributionWatchOptions options_;
  std::shared_ptr<const Tenants> tenants_, next_tenants_;
  std::unordered_map<std::string, Known> known_;
  std::vector<HostRecord> waiting_;  // of one collect() of the inner watch
  Timestamp looked_;
};

}  // namespace scanner
