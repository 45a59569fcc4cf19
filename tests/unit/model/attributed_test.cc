#include "scanner/model/attributed.h"

#include <catch2/catch.hpp>

using namespace scanner;

TEST_CASE("a container's id is found in the forms that engines use, and nowhere else", "[model]") {
  const std::string id(64, 'a'), other(64, 'b');
  CHECK(container_of_cgroup("/docker/" + id) == id);
  CHECK(container_of_cgroup("/system.slice/docker-" + id + ".scope") == id);
  CHECK(container_of_cgroup("/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope") == id);
  CHECK(container_of_cgroup("/kubepods/pod1/" + id + "/" + other) == other);
  CHECK(container_of_cgroup("/system.slice/containerd.service/kubepods-x:cri-containerd:" + id) == id);
  CHECK(container_of_cgroup("/machine.slice/libpod-" + id + ".scope/container") == id);
  CHECK(container_of_cgroup("/lxc/web-1/init.scope") == "lxc/web-1");
  CHECK(container_of_cgroup("/lxc.payload.web-1") == "lxc/web-1");
  CHECK(container_of_cgroup("/docker/" + id + "b").empty());
  CHECK(container_of_cgroup("/docker/" + id + "_copy").empty());
  CHECK(container_of_cgroup("/docker/x" + id).empty());
  CHECK(container_of_cgroup("/x" + id).empty());
  CHECK(container_of_cgroup("/docker/" + id.substr(1)).empty());
  CHECK(container_of_cgroup("/user.slice/user-1000.slice").empty());
  CHECK(container_of_cgroup("").empty());
}
