// Text of /proc that a process may shape, and images that it may be made of.
#include "scanner/model/attributed.h"
#include "scanner/process/image_text.h"
#include "scanner/process/proc_text.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  const Bytes bytes(data, size);
  const std::string_view text = as_text(bytes);
  if (const auto stat = parse_proc_stat(text); stat && stat->comm.size() > 64) std::abort();
  parse_proc_status(text);
  split_arguments(text);
  if (parse_environment(text).keys.size() > 256) std::abort();
  const auto groups = parse_proc_cgroup(text);
  main_cgroup(groups);
  container_of_cgroup(text);
  parse_cgroup_mounts(text);
  parse_proc_net_line(text, IpProtocol::Tcp);
  inode_of_link(text, "socket");
  number_after(text, "btime");
  kind_of_image(bytes);
  static const std::vector<std::string> kWords{"stratum+", "randomx", "xmrig", "h/s"};
  ImageTextScan whole(kWords), cut(kWords);
  whole.feed(bytes);
  whole.finish();
  for (std::size_t at = 0; at < size; at += 7) cut.feed(bytes.subspan(at, std::min<std::size_t>(7, size - at)));
  cut.finish();
  if (whole.take() != cut.take()) std::abort();
  return 0;
}
