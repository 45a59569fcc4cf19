#include "scanner/io/socket_list.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace scanner {
namespace {

constexpr std::size_t kAnswerBytes = 32 * 1024;
constexpr std::size_t kMaxText = 64 * 1024 * 1024;

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

IpAddress address_of(const __be32* words, std::uint8_t family) {
  std::array<std::uint8_t, 16> octets{};
  std::memcpy(octets.data(), words, octets.size());
  return family == AF_INET ? IpAddress::v4(octets.data()) : IpAddress::v6(octets.data());
}

ListedSocket socket_of(const inet_diag_msg& message, IpProtocol protocol) {
  ListedSocket socket;
  socket.protocol = protocol;
  socket.state = message.idiag_state;
  socket.inode = message.idiag_inode;
  socket.local = {address_of(message.id.idiag_src, message.idiag_family), ntohs(message.id.idiag_sport)};
  socket.remote = {address_of(message.id.idiag_dst, message.idiag_family), ntohs(message.id.idiag_dport)};
  return socket;
}

// What one answer of the kernel says: go on, done, or refused.
enum class Answer { More, Done, Refused };

Answer take(const std::uint8_t* bytes, std::size_t size, IpProtocol protocol, std::vector<ListedSocket>& sockets) {
  std::size_t at = 0;
  while (size - at >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, bytes + at, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > size - at) return Answer::Refused;
    if (header.nlmsg_type == NLMSG_DONE) return Answer::Done;
    if (header.nlmsg_type == NLMSG_ERROR) return Answer::Refused;
    if (header.nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg)) && sockets.size() < SocketList::kMaxSockets) {
      inet_diag_msg message;
      std::memcpy(&message, bytes + at + NLMSG_HDRLEN, sizeof message);
      sockets.push_back(socket_of(message, protocol));
    }
    at += std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), size - at);
  }
  return Answer::More;
}

}  // namespace

bool SocketList::ask(std::uint8_t family, IpProtocol protocol, std::vector<ListedSocket>& sockets) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.request.sdiag_family = family;
  question.request.sdiag_protocol = static_cast<std::uint8_t>(protocol);
  question.request.idiag_states = ~0U;
  if (::send(diag_.get(), &question, sizeof question, 0) != static_cast<ssize_t>(sizeof question)) return false;
  for (;;) {
    const ssize_t got = ::recv(diag_.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    const Answer answer = take(buffer_.data(), static_cast<std::size_t>(got), protocol, sockets);
    if (answer != Answer::More) return answer == Answer::Done;
  }
}

bool SocketList::read_diag(std::vector<ListedSocket>& sockets) {
  if (!diag_) {
    diag_ = FileDescriptor(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    // The kernel answers at once; were it not to, the text would do.
    const timeval patience{1, 0};
    if (!diag_ || ::setsockopt(diag_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) return false;
    buffer_.resize(kAnswerBytes);
  }
  // A kernel without IPv6 refuses that family; the module of UDP may be missing likewise.
  if (!ask(AF_INET, IpProtocol::Tcp, sockets)) return false;
  ask(AF_INET6, IpProtocol::Tcp, sockets);
  if (!ask(AF_INET, IpProtocol::Udp, sockets)) return false;
  ask(AF_INET6, IpProtocol::Udp, sockets);
  return true;
}

bool SocketList::read(const ProcReader& proc, std::uint64_t network_namespace, std::int32_t pid,
                      std::vector<ListedSocket>& sockets) {
  sockets.clear();
  if (diag_works_ && own_ != 0 && network_namespace == own_) {
    if (read_diag(sockets)) return true;
    diag_works_ = false;
    diag_.reset();
    sockets.clear();
  }
  bool any = false;
  for (const auto& [name, protocol] : {std::pair("tcp", IpProtocol::Tcp), std::pair("tcp6", IpProtocol::Tcp),
                                       std::pair("udp", IpProtocol::Udp), std::pair("udp6", IpProtocol::Udp)}) {
    const auto text = proc.text(std::to_string(pid) + "/net/" + name, kMaxText);
    if (!text) continue;
    any = true;
    std::string_view rest = *text;
    while (!rest.empty() && sockets.size() < kMaxSockets) {
      const std::size_t end = rest.find('\n');
      if (const auto socket = parse_proc_net_line(rest.substr(0, end), protocol)) sockets.push_back(*socket);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  return any;
}

}  // namespace scanner
