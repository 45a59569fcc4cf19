#include "scanner/app/self_use.h"

#include <cstdio>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace scanner {

SelfUse self_use() {
  SelfUse use;
  use.at = std::chrono::steady_clock::now();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  use.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  const int fd = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return use;
  char text[128] = {};
  unsigned long long size = 0, resident = 0;
  if (::read(fd, text, sizeof text - 1) > 0 && std::sscanf(text, "%llu %llu", &size, &resident) == 2)
    use.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  ::close(fd);
  return use;
}

double cpu_percent(const SelfUse& before, const SelfUse& after) {
  const std::chrono::duration<double> elapsed = after.at - before.at;
  return elapsed.count() > 0 ? 100 * (after.cpu_seconds - before.cpu_seconds) / elapsed.count() : 0;
}

}  // namespace scanner
