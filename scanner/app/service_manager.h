// What systemd is told (sd_notify(3)), where it started us; else nothing happens.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace scanner {

class ServiceManager {
 public:
  void ready(const std::string& status) const;
  void reloading() const;
  void stopping() const;
  void alive() const;  // the watchdog's sign of life
  // How often it wants that sign; nothing: never.
  std::optional<std::chrono::microseconds> watchdog() const;
};

}  // namespace scanner
