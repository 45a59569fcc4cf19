// Real captures of usage that harms others, or that somebody suffers: what is told of each.
#include "tests/support/corpus.h"

#include <catch2/catch.hpp>

#include <string>

using namespace scanner;

namespace {

struct Case {
  const char* file;
  const char* activity;
  const char* subject;
  const char* stage;
};

// Whoever stays `observed` did too little, or did it too fast, for more: hydra and sshguess are
// encrypted sessions; 445_scan's clock runs backwards; port_scan, test12 and the flood are short;
// the commands over TXT are sixteen names.
constexpr Case kCases[] = {
    {"bruteforce/pcaps__PracticalPacketAnalysis__ppa-capture-files__ftp-crack.pcap", "abuse.bruteforce", "ip:10.234.125.254", "confirmed"},
    {"bruteforce/zeek__ftp__bruteforce.pcap", "abuse.bruteforce", "ip:192.168.56.1", "confirmed"},
    {"bruteforce/joy__test__pcaps__kali-password-attack_hydra.pcap", "abuse.bruteforce", "ip:192.168.1.2", "observed"},
    {"bruteforce/zeek__ssh__sshguess.pcap", "abuse.bruteforce", "ip:192.168.56.1", "observed"},
    {"scan/Pcaphunt__test__hs-tcp_synPingSweepRand.pcapng", "abuse.scan", "ip:10.0.0.128", "confirmed"},
    {"scan/Pcaphunt__test__ps-tcp_ack.pcap", "abuse.scan", "ip:10.0.0.135", "confirmed"},
    {"scan/Pcaphunt__test__ps-udp.pcap", "abuse.scan", "ip:10.0.0.135", "confirmed"},
    {"scan/packets__synscan.pcapng", "abuse.scan", "ip:172.16.0.8", "confirmed"},
    {"scan/Malcolm-Test-Artifacts__pcap__other__Digital_Bond_S4__Modicon.pcap", "abuse.scan", "ip:10.200.1.252", "confirmed"},
    {"scan/StratosphereLinuxIPS__dataset__test12-icmp-portscan.pcap", "abuse.scan", "ip:192.168.1.109", "observed"},
    {"scan/Malcolm-Test-Artifacts__pcap__plugins__bro-simple-scan__port_scan.pcap", "abuse.scan", "ip:192.168.2.154", "observed"},
    {"scan/Malcolm-Test-Artifacts__pcap__plugins__bro-simple-scan__445_scan.pcap", "abuse.scan", "ip:176.192.150.3", "observed"},
    {"flood/suricata-verify__tests__firewall__tcp-session-syn-flood-drop-precedence__input.pcap", "abuse.flood", "ip:192.0.2.10", "observed"},
    {"dns-tunnel/examples__Security_Analytics__dns_tunnel_detection__dns-tunnel-iodine.pcap", "abuse.tunnel", "ip:10.0.2.30", "confirmed"},
    {"dns-tunnel/PCAP-ATTACK__Command_and_Control__cmds_over_dns_txt_queries_and_reponses.pcap", "abuse.tunnel", "ip:192.168.100.121", "observed"},
};

constexpr const char* kInbound[] = {
    "amplification/packet-captures__amp.TCP.reflection.SYNACK.pcap",
    "amplification/packet-captures__amp.TCP.syn.optionallyACK.optionallysamePort.pcapng",
    "amplification/packet-captures__amp.UDP.snmp.src161.pcapng",
    "flood/packet-captures__pkt.TCP.DOMINATE.syn.ecn.cwr.pcapng",
    "flood/pcaps__PracticalPacketAnalysis__ppa-capture-files__dosattack.pcap",
    "flood/suricata-verify__tests__ipv6-evasion__ipv6-rsmurf__rsmurf6.pcap",
    "flood/zeek__dhcp__dhcp_flood.pcap",
};

std::string abnormal(const char* file) { return test::in_corpus(std::string("abnormal/") + file); }

}  // namespace

TEST_CASE("every real capture of abuse is told with its subject and stage", "[corpus][abuse]") {
  if (!test::corpus_is_there()) return;
  for (const Case& expected : kCases) {
    INFO(expected.file);
    std::string stage;
    for (const auto& [incident, event] : test::last_revisions(test::run_captures({abnormal(expected.file)})))
      if (event["data"]["activity"] == expected.activity && event["subject"] == expected.subject) stage = event["data"]["stage"];
    CHECK(stage == expected.stage);
  }
}

TEST_CASE("who suffers a flood is accused of nothing, with or without being ours", "[corpus][abuse]") {
  if (!test::corpus_is_there()) return;
  for (const char* file : kInbound) {
    INFO(file);
    for (const bool ours : {false, true}) {
      test::RunOptions options;
      if (ours) options.local = {Cidr::parse("10.10.10.10/32").value()};
      for (const auto& [incident, event] : test::last_revisions(test::run_captures({abnormal(file)}, options))) CHECK(event["type"] != "aupscan.breach.v1");
    }
  }
}

// The other three show no victim: a hundred packets to as many addresses, all made up; packets
// from and to "all nodes"; one DHCP request to each of 250 servers, all answered.
TEST_CASE("a flood that ours suffers is told as suffered", "[corpus][abuse]") {
  if (!test::corpus_is_there()) return;
  test::RunOptions options;
  options.local = {Cidr::parse("10.10.10.10/32").value()};
  for (const char* file : {kInbound[0], kInbound[1], kInbound[2], kInbound[3]}) {
    INFO(file);
    bool told = false;
    for (const auto& [incident, event] : test::last_revisions(test::run_captures({abnormal(file)}, options)))
      told = told || (event["data"]["activity"] == "harm.suffered" && event["subject"] == "ip:10.10.10.10");
    CHECK(told);
  }
}
