// The agent's Unix socket: a line of JSON asks, lines of JSON answer (scanner/docs/agent.md).
//
// Mode 0600, and a client is root or the user that the agent runs as: the kernel says who it
// is. Everything is bounded: clients, the length of a request, what waits for a slow reader.
// One thread of its own; the methods are any thread's.
#pragma once

#include "scanner/io/file_descriptor.h"
#include "scanner/model/result.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace scanner {

struct ControlLimits {
  std::size_t clients = 16;
  std::size_t request_bytes = 4096;
  std::size_t waiting_bytes = 256 * 1024;  // for one client; a publication that does not fit is dropped and counted
};

class ControlServer {
 public:
  using Client = std::uint64_t;
  // On the server's thread: a whole request, without its line's end. To be answered by send(),
  // then or later.
  using Handler = std::function<void(Client, const std::string& request)>;

  // Binds `path`, whose directory is made (mode 0700) where it is missing; what a dead process
  // left there is replaced. An Error: somebody listens there, or it cannot be bound.
  static Result<std::unique_ptr<ControlServer>> open(const std::string& path, Handler handler, const ControlLimits& limits = {});
  ~ControlServer();  // ends the thread, closes every client, removes the socket

  // One line, without its end. A client that is gone gets nothing; one that asks on and on and
  // does not read its answers goes.
  void send(Client client, const std::string& line);
  // From now on the client gets what is published, until it goes.
  void subscribe(Client client);
  void publish(const std::string& line);
  bool has_subscribers() const { return subscribers_ > 0; }

 private:
  struct Peer {
    int fd = -1;
    std::string request, waiting;
    bool subscribed = false, over = false;
    std::uint64_t dropped = 0;  // publications since the last one that fitted
  };
  ControlServer(std::string path, FileDescriptor listener, FileDescriptor waker, Handler handler, const ControlLimits& limits);
  void run();
  void accept_one();
  void read_from(Client client);
  void write_to(Peer& peer);
  void wake() const;
  void close_finished();

  std::string path_;
  FileDescriptor listener_, waker_;
  Handler handler_;
  ControlLimits limits_;
  std::mutex mutex_;
  std::map<Client, Peer> peers_;
  Client next_ = 1;
  std::atomic<std::size_t> subscribers_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace scanner
