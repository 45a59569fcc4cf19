#include "scanner/app/service_manager.h"

#include <ctime>
#include <systemd/sd-daemon.h>

namespace scanner {
namespace {

void say(const std::string& state) { ::sd_notify(0, state.c_str()); }

std::string monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

void ServiceManager::ready(const std::string& status) const { say("READY=1\nSTATUS=" + status); }
void ServiceManager::reloading() const { say("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds()); }
void ServiceManager::stopping() const { say("STOPPING=1"); }
void ServiceManager::alive() const { say("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> ServiceManager::watchdog() const {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds / 2);
}

}  // namespace scanner
