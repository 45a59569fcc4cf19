#include "scanner/io/control_server.h"

#include "scanner/io/system_error.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace scanner {
namespace {

bool address_of(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

const sockaddr* plain(const sockaddr_un& address) { return static_cast<const sockaddr*>(static_cast<const void*>(&address)); }

// Whether a process answers there; a socket file that a dead one left refuses.
bool somebody_listens(const sockaddr_un& address) {
  const int fd = new_socket();
  const bool listens = ::connect(fd, plain(address), sizeof address) == 0 || errno == EAGAIN;
  ::close(fd);
  return listens;
}

// Root, or the user that we are.
bool may_ask(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == 0 || peer.uid == ::geteuid());
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::open(const std::string& path, Handler handler, const ControlLimits& limits) {
  sockaddr_un address{};
  if (!address_of(path, address)) return fail(path + ": too long for a Unix socket (107 bytes at most)");
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (!directory.empty() && ::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return fail(directory + ": " + system_error());
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return fail(path + ": is there and is no socket");
    if (somebody_listens(address)) return fail(path + ": somebody listens there already");
    ::unlink(path.c_str());
  }
  FileDescriptor listener(new_socket()), waker(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  // Nobody can connect before listen(), and by then the mode is right.
  const bool open = listener && waker && ::bind(listener.get(), plain(address), sizeof address) == 0 && ::chmod(path.c_str(), 0600) == 0 && ::listen(listener.get(), 8) == 0;
  if (!open) return fail(path + ": " + system_error());
  return std::unique_ptr<ControlServer>(new ControlServer(path, std::move(listener), std::move(waker), std::move(handler), limits));
}

ControlServer::ControlServer(std::string path, FileDescriptor listener, FileDescriptor waker, Handler handler, const ControlLimits& limits)
    : path_(std::move(path)), listener_(std::move(listener)), waker_(std::move(waker)), handler_(std::move(handler)), limits_(limits), thread_([this] { run(); }) {}

ControlServer::~ControlServer() {
  stopping_ = true;
  wake();
  thread_.join();
  ::unlink(path_.c_str());
  for (auto& [client, peer] : peers_) {
    write_to(peer);
    ::close(peer.fd);
  }
}

void ControlServer::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(waker_.get(), &one, sizeof one);
}

void ControlServer::send(Client client, const std::string& line) {
  const std::lock_guard guard(mutex_);
  const auto found = peers_.find(client);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  peer.waiting += line + "\n";
  // One that asks and asks and never reads.
  if (peer.waiting.size() > 4 * limits_.waiting_bytes) peer.over = true;
  wake();
}

void ControlServer::subscribe(Client client) {
  const std::lock_guard guard(mutex_);
  const auto found = peers_.find(client);
  if (found == peers_.end() || found->second.subscribed) return;
  found->second.subscribed = true;
  ++subscribers_;
}

void ControlServer::publish(const std::string& line) {
  const std::lock_guard guard(mutex_);
  for (auto& [client, peer] : peers_) {
    if (!peer.subscribed || peer.over) continue;
    if (peer.waiting.size() + line.size() + 1 > limits_.waiting_bytes) {
      ++peer.dropped;
      continue;
    }
    if (peer.dropped > 0) peer.waiting += "{\"dropped\":" + std::to_string(std::exchange(peer.dropped, 0)) + "}\n";
    peer.waiting += line + "\n";
  }
  wake();
}

void ControlServer::run() {
  std::vector<pollfd> fds;
  std::vector<Client> clients;
  while (!stopping_) {
    fds.assign({{listener_.get(), POLLIN, 0}, {waker_.get(), POLLIN, 0}});
    clients.clear();
    {
      const std::lock_guard guard(mutex_);
      if (peers_.size() >= limits_.clients) fds[0].events = 0;
      for (auto& [client, peer] : peers_) {
        fds.push_back({peer.fd, static_cast<short>(POLLIN | (peer.waiting.empty() ? 0 : POLLOUT)), 0});
        clients.push_back(client);
      }
    }
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if ((fds[1].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t got = ::read(waker_.get(), &count, sizeof count);
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const short events = fds[i + 2].revents;
      if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) read_from(clients[i]);
      if ((events & POLLOUT) == 0) continue;
      const std::lock_guard guard(mutex_);
      write_to(peers_.at(clients[i]));
    }
    if ((fds[0].revents & POLLIN) != 0) accept_one();
    close_finished();
  }
}

void ControlServer::accept_one() {
  const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  if (!may_ask(fd)) {
    ::close(fd);
    return;
  }
  const std::lock_guard guard(mutex_);
  peers_[next_++].fd = fd;
}

void ControlServer::read_from(Client client) {
  std::vector<std::string> requests;
  {
    const std::lock_guard guard(mutex_);
    Peer& peer = peers_.at(client);
    char buffer[4096];
    const ssize_t got = ::read(peer.fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      peer.over = true;
      return;
    }
    peer.request.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end; (end = peer.request.find('\n')) != std::string::npos; peer.request.erase(0, end + 1)) requests.push_back(peer.request.substr(0, end));
    if (peer.request.size() > limits_.request_bytes) {
      peer.waiting += "{\"ok\":false,\"error\":\"a request has " + std::to_string(limits_.request_bytes) + " bytes at most\"}\n";
      write_to(peer);
      peer.over = true;
    }
  }
  for (const std::string& request : requests) handler_(client, request);
}

void ControlServer::write_to(Peer& peer) {
  while (!peer.waiting.empty()) {
    const ssize_t written = ::send(peer.fd, peer.waiting.data(), peer.waiting.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      peer.over = peer.over || errno != EAGAIN;
      return;
    }
    peer.waiting.erase(0, static_cast<std::size_t>(written));
  }
}

void ControlServer::close_finished() {
  const std::lock_guard guard(mutex_);
  for (auto it = peers_.begin(); it != peers_.end();) {
    if (!it->second.over) {
      ++it;
      continue;
    }
    ::close(it->second.fd);
    subscribers_ -= it->second.subscribed ? 1 : 0;
    it = peers_.erase(it);
  }
}

}  // namespace scanner
