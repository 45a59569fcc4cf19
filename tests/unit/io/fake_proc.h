// A directory that looks like /proc, with processes that a test makes, changes and ends.
#pragma once

#include "tests/support/temp_directory.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace scanner::test {

class FakeProc {
 public:
  static constexpr std::int64_t kBooted = 1'700'000'000;

  FakeProc() {
    write("stat", "cpu 1 2 3\nbtime " + std::to_string(kBooted) + "\n");
    write("sys/kernel/random/boot_id", "b1\n");
    write("self/mountinfo", "");
  }

  const std::string path() const { return directory_.file("proc"); }

  // Written in place: whoever has the file open sees what is new, as in the kernel's.
  void stat(int pid, const std::string& comm, std::uint64_t start, std::uint64_t image = 1, std::uint64_t ticks = 0,
            const std::string& state = "S") {
    std::string line = std::to_string(pid) + " (" + comm + ") " + state + " 1 " + std::to_string(pid) + " " + std::to_string(pid) +
                       " 0 -1 0 0 0 0 0 " + std::to_string(ticks) + " 0 0 0 20 0 1 0 " + std::to_string(start) + " 0 10 0 " +
                       std::to_string(image) + " 0 0";
    for (int field = 29; field < 48; ++field) line += " 0";
    write(std::to_string(pid) + "/stat", line + " " + std::to_string(image) + " 0\n");
  }
  void process(int pid, const std::string& comm, std::uint64_t start, const std::string& arguments, const std::string& executable,
               std::uint64_t image = 1) {
    stat(pid, comm, start, image);
    const std::string directory = std::to_string(pid) + "/";
    write(directory + "cmdline", arguments);
    write(directory + "environ", std::string("HOME=/root\0LD_PRELOAD=/x.so\0", 27));
    write(directory + "status", "Uid:\t1\t1000\t1\t1\nGid:\t1\t100\t1\t1\n");
    write(directory + "cgroup", "0::/docker/" + std::string(64, 'c') + "\n");
    link(directory + "exe", executable);
    link(directory + "cwd", "/tmp");
    link(directory + "ns/net", "net:[77]");
    link(directory + "ns/pid", "pid:[78]");
  }
  void socket(int pid, int fd, std::uint64_t inode) { link(std::to_string(pid) + "/fd/" + std::to_string(fd), "socket:[" + std::to_string(inode) + "]"); }
  void tcp(int pid, const std::string& lines) { write(std::to_string(pid) + "/net/tcp", "  sl  local_address\n" + lines); }
  void end(int pid) {
    write(std::to_string(pid) + "/stat", "");
    std::filesystem::remove_all(path() + "/" + std::to_string(pid));
  }
  void remove(const std::string& name) { std::filesystem::remove_all(path() + "/" + name); }
  void write(const std::string& name, const std::string& text) {
    const std::filesystem::path file = path() + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

 private:
  void link(const std::string& name, const std::string& target) {
    const std::filesystem::path file = path() + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::filesystem::remove(file);
    std::filesystem::create_symlink(target, file);
  }

  TempDirectory directory_;
};

}  // namespace scanner::test
