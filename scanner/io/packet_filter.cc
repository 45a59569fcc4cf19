#include "scanner/io/packet_filter.h"

#include <pcap/pcap.h>
#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

namespace scanner {
namespace {

constexpr int kSnaplen = 262144;

// The number that libpcap's compiler knows a link type by; where it differs from the one
// in files, files say it in a way that does not depend on the system.
int compiler_link_type(LinkType link) {
  switch (link) {
    case LinkType::RawBsd:
    case LinkType::RawOpenBsd:
    case LinkType::Raw:
      return DLT_RAW;
    default:
      return static_cast<int>(link);
  }
}

// The first word of an expression that libpcap would look up as a host's or network's name,
// or "". aupscan resolves no name (a pool's might be among them), so such a word is refused
// before libpcap sees it.
std::string name_to_look_up(const std::string& expression) {
  static constexpr std::string_view kWords =
      " and or not src dst host net mask port portrange proto less greater gateway broadcast multicast ip ip6 arp rarp tcp udp icmp"
      " icmp6 igmp igrp pim ah esp vrrp carp sctp ether fddi tr wlan link ppp slip vlan mpls pppoed pppoes geneve iso clnp esis"
      " isis stp ipx netbeui atalk aarp decnet lat sca moprc mopdl llc inbound outbound on ifname ifindex protochain radio len"
      " byte type subtype dir addr1 addr2 addr3 addr4 ra ta fddi llc ";
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-' || c == ':'; };
  std::string before;
  int brackets = 0;
  for (std::size_t at = 0; at < expression.size();) {
    brackets += expression[at] == '[' ? 1 : expression[at] == ']' ? -1 : 0;
    if (!is_word(expression[at])) {
      before = expression[at] == '\\' ? "\\" : before;
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < expression.size() && is_word(expression[end])) ++end;
    std::string word = expression.substr(at, end - at);
    at = end;
    const bool letters = std::any_of(word.begin(), word.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
    const bool address = word.find(':') != std::string::npos || word.starts_with("0x") || word.starts_with("0X");
    // Services and protocols are named in local files; inside brackets stand offsets and flags.
    const bool local = before == "port" || before == "portrange" || before == "proto" || before == "\\" || before == "protochain" || before == "type" ||
                       before == "subtype" || before == "dir" || before == "ifname" || before == "on";
    const bool flag = word.starts_with("tcp-") || word.starts_with("icmp-") || word.starts_with("icmptype") || word.starts_with("icmpcode") || word.starts_with("tcpflags");
    if (letters && !address && !local && !flag && brackets == 0 && kWords.find(" " + word + " ") == std::string_view::npos) return word;
    before = word;
  }
  return "";
}

// A filter compiled for one link type.
class Program {
 public:
  static Result<Program> compile(const std::string& expression, LinkType link) {
    pcap_t* compiler = pcap_open_dead(compiler_link_type(link), kSnaplen);
    if (!compiler) return fail("no memory to compile it");
    Program program;
    const bool compiled = pcap_compile(compiler, &program.code_, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
    const std::string reason = compiled ? "" : pcap_geterr(compiler);
    pcap_close(compiler);
    if (!compiled) return fail(reason);
    return program;
  }

  Program(Program&& other) noexcept : code_(std::exchange(other.code_, {})) {}
  Program& operator=(Program&& other) noexcept {
    std::swap(code_, other.code_);
    return *this;
  }
  ~Program() { pcap_freecode(&code_); }

  bool matches(const Packet& packet) const {
    return bpf_filter(code_.bf_insns, packet.data.data(), packet.original_length,
                      static_cast<u_int>(packet.data.size())) != 0;
  }

 private:
  Program() = default;

  bpf_program code_{};
};

class FilteredSource : public Source {
 public:
  FilteredSource(std::unique_ptr<Source> source, std::string expression)
      : source_(std::move(source)), expression_(std::move(expression)) {}

  Result<SourceStatus> next(EventBatch& batch) override {
    auto status = source_->next(batch);
    std::erase_if(batch.events,
                  [&](const Event& event) { return event.kind == EventKind::Packet && !matches(event.packet); });
    return status;
  }

  std::vector<std::string> file_names() const override { return source_->file_names(); }
  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = source_->warnings();
    all.insert(all.end(), warnings_.begin(), warnings_.end());
    return all;
  }
  bool partial() const override { return !warnings_.empty() || source_->partial(); }
  Progress progress() const override { return source_->progress(); }

 private:
  bool matches(const Packet& packet) {
    if (packet.link != latest_link_ || !latest_) {
      latest_ = &program_for(packet.link);
      latest_link_ = packet.link;
    }
    return *latest_ && (*latest_)->matches(packet);
  }

  const Result<Program>& program_for(LinkType link) {
    const auto known = programs_.find(link);
    if (known != programs_.end()) return known->second;
    const auto& made = programs_.emplace(link, Program::compile(expression_, link)).first->second;
    if (!made)
      warnings_.push_back("the filter \"" + expression_ + "\" cannot be applied to link type " +
                          std::to_string(static_cast<int>(link)) +
                          ", whose packets are left out: " + made.error().message);
    return made;
  }

  std::unique_ptr<Source> source_;
  std::string expression_;
  std::map<LinkType, Result<Program>> programs_;  // as many as the captures have link types, at most 65,536
  const Result<Program>* latest_ = nullptr;
  LinkType latest_link_ = LinkType::Ethernet;
  std::vector<std::string> warnings_;
};

}  // namespace

Result<void> check_filter(const std::string& expression) {
  if (const std::string name = name_to_look_up(expression); !name.empty())
    return fail("filter \"" + expression + "\": '" + name + "' is no word of pcap-filter(7), and names are not looked up: give the address");
  auto trial = Program::compile(expression, LinkType::Ethernet);
  // What is wrong for Ethernet alone may be right for the captures at hand.
  if (!trial && !Program::compile(expression, LinkType::Raw) && !Program::compile(expression, LinkType::LinuxSll))
    return fail("filter \"" + expression + "\": " + trial.error().message);
  return {};
}

Result<std::unique_ptr<Source>> filter_packets(std::unique_ptr<Source> source, const std::string& expression) {
  if (const auto checked = check_filter(expression); !checked) return tl::unexpected(checked.error());
  return std::make_unique<FilteredSource>(std::move(source), expression);
}

}  // namespace scanner
