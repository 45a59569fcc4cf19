#include "scanner/packet/tcp_connection.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::uint16_t kFirstUnprivileged = 1024, kFirstEphemeral = 32768;
constexpr std::int32_t kResetWindow = 1 << 20;

std::size_t index(Direction d) { return static_cast<std::size_t>(d); }

bool serves(std::uint16_t port, std::uint16_t other) {
  return (port < kFirstUnprivileged && other >= kFirstUnprivileged) ||
         (port < kFirstEphemeral && other >= kFirstEphemeral);
}

Belonging judge_syn(TcpConnection& tcp, const Flow& flow, Direction d, const TcpFields& fields) {
  const TcpStream& own = tcp.streams[index(d)];
  const TcpStream& other = tcp.streams[index(opposite(d))];
  if (!own.anchored || own.start() == fields.sequence + 1) return Belonging::Belongs;
  const bool only_syns = !tcp.beyond_syn && flow.counters.packets[index(opposite(d))] == 0;
  if (only_syns || is_closing(tcp, flow)) return Belonging::Another;
  // The peer's first acknowledgement was not that of this SYN, but nothing rests on it.
  if (!own.firm && !other.firm) return Belonging::Belongs;
  tcp.has_candidate = true;
  tcp.candidate_from = d;
  tcp.candidate_sequence = fields.sequence;
  return Belonging::Stray;
}

Belonging judge_syn_ack(const TcpConnection& tcp, const Flow& flow, Direction d, const TcpFields& fields) {
  const TcpStream& own = tcp.streams[index(d)];
  const TcpStream& other = tcp.streams[index(opposite(d))];
  if (tcp.has_candidate && tcp.candidate_from != d && fields.acknowledgement == tcp.candidate_sequence + 1)
    return Belonging::Resumes;
  const bool answers = !other.syn_seen || fields.acknowledgement - other.start() <= other.next;
  if (own.anchored && own.start() == fields.sequence + 1) return Belonging::Belongs;
  if (!own.firm && answers) return Belonging::Belongs;
  return is_closing(tcp, flow) ? Belonging::Another : Belonging::Stray;
}

}  // namespace

Direction first_direction(const Decoded& packet) {
  if (packet.tuple.protocol != IpProtocol::Tcp) return Direction::FromInitiator;
  if (packet.tcp.syn) return packet.tcp.ack ? Direction::FromResponder : Direction::FromInitiator;
  const bool from_server = serves(packet.tuple.source.port, packet.tuple.destination.port);
  return from_server ? Direction::FromResponder : Direction::FromInitiator;
}

Belonging judge(TcpConnection& tcp, const Flow& flow, Direction d, const Decoded& packet) {
  const TcpFields& fields = packet.tcp;
  if (fields.syn) return fields.ack ? judge_syn_ack(tcp, flow, d, fields) : judge_syn(tcp, flow, d, fields);
  const bool resumes = tcp.has_candidate && d == tcp.candidate_from && !fields.rst &&
                       fields.sequence == tcp.candidate_sequence + 1 &&
                       fields.sequence != tcp.streams[index(d)].next_sequence;
  return resumes ? Belonging::Resumes : Belonging::Belongs;
}

void note_reset(TcpConnection& tcp, Direction d, const TcpFields& fields) {
  const TcpStream& own = tcp.streams[index(d)];
  const std::int32_t ahead = static_cast<std::int32_t>(fields.sequence - own.next_sequence);
  const bool refuses = !tcp.beyond_syn && fields.ack;
  if (!own.anchored || refuses || (ahead >= -1 && ahead <= kResetWindow)) tcp.reset[index(d)] = true;
}

bool is_closing(const TcpConnection& tcp, const Flow& flow) {
  if (tcp.reset[0] || tcp.reset[1]) return true;
  const auto ended = [&](std::size_t d) { return tcp.streams[d].fin_seen || flow.counters.packets[d] == 0; };
  return (tcp.streams[0].fin_seen || tcp.streams[1].fin_seen) && ended(0) && ended(1);
}

bool has_said_all(const TcpConnection& tcp) {
  return std::all_of(tcp.streams.begin(), tcp.streams.end(),
                     [](const TcpStream& stream) { return stream.fin_seen && !stream.waiting && stream.next_sequence == stream.fin_sequence; });
}

}  // namespace scanner
