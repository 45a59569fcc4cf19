// From when on usage is judged abnormal (clause 9.1 with 3.2): the thresholds of the abuse
// detectors, all of them in the configuration (`detectors`).
//
// Two stages: `observed` is an indicator, `confirmed` a breach. Counts are of one subject.
#pragma once

#include "scanner/model/time.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace scanner {

// abuse.scan. Hosts: different ones that did not answer on one port; ports: on one host. First
// contacts: trying the same again counts once.
struct ScanLimits {
  std::uint32_t observed_hosts = 8, confirmed_hosts = 25;
  // On ports of 1024 and more programs look for each other: peers of file sharing, games.
  std::uint32_t confirmed_hosts_unprivileged = 256;
  std::uint32_t padded_hosts = 100;  // enough where not more than as many others answered
  std::uint32_t observed_ports = 10, confirmed_ports = 30;
  Duration quiet = std::chrono::minutes(30);  // without a failure: it is over, what follows is another
};

// abuse.bruteforce. Refusals: log-ins that were refused in plain sight, within `window`;
// sessions: short ones of protocols that encrypt, which says less.
struct BruteforceLimits {
  std::uint32_t observed_refusals = 10, confirmed_refusals = 30;
  std::uint32_t confirmed_credentials = 10;  // different ones of one name; of many, but for the first of each
  std::uint32_t observed_sessions = 7, confirmed_sessions = 300;
  std::uint32_t session_bytes = 8192;  // of either side, at most
  Duration window = std::chrono::minutes(10);
};

// abuse.flood. CUSUM of what comes in a second beyond `drift`: `observed` and `confirmed` are
// its height, `peak` the least that the worst second must hold for a breach.
struct RateLimits {
  std::uint32_t drift = 0, observed = 0, confirmed = 0, peak = 0;
};
struct FloodLimits {
  RateLimits openings{20, 100, 3000, 200};              // unanswered, of one target
  RateLimits connections{200, 2000, 60000, 1000};       // answered
  RateLimits datagrams{1000, 10000, 100000, 10000};     // one way
  RateLimits echoes{50, 500, 10000, 1000};
};

// abuse.amplification: answers to one requester within a minute.
struct AmplificationLimits {
  std::uint32_t factor = 8;  // bytes out by bytes in
  std::uint64_t observed_bytes = 1'000'000, confirmed_bytes = 20'000'000;
};

// abuse.spam: different mail servers within `window`. Submission: ports 465 and 587.
struct SpamLimits {
  std::uint32_t observed_servers = 20, confirmed_servers = 100;
  std::uint32_t observed_submission = 15, confirmed_submission = 60;
  Duration window = std::chrono::minutes(10);
};

// abuse.tunnel: information moved through names below one registered domain, or in echoes whose
// replies are no echo, within `window`.
struct TunnelLimits {
  std::uint32_t observed_names = 40, confirmed_names = 60;  // different ones
  std::uint64_t observed_bytes = 2000, confirmed_bytes = 8000;  // of names, or of answers
  std::uint32_t echoes = 20;
  std::uint64_t observed_echo_bytes = 4000, confirmed_echo_bytes = 50000;
  Duration window = std::chrono::minutes(10);
};

// abuse.resource: cores beyond the subject's own baseline.
struct ResourceLimits {
  std::uint32_t floor_cores = 2;  // less is nobody's matter
  std::uint32_t deviations = 6;   // mean absolute ones
  Duration warm_up = std::chrono::minutes(60);
  Duration observed = std::chrono::minutes(30), confirmed = std::chrono::hours(6);
};

// harm.suffered: of a subject by anybody.
struct SufferedLimits {
  RateLimits openings{20, 80, 0, 0};  // unanswered, or answers that nobody asked for
  std::uint32_t scan_ports = 30;      // of the subject that one source tried
  std::uint32_t repeated_answers = 100;  // in 15 minutes, nobody asked for them; of flows with 8 or more alone
};

struct AbuseLimits {
  ScanLimits scan;
  BruteforceLimits bruteforce;
  FloodLimits flood;
  AmplificationLimits amplification;
  SpamLimits spam;
  TunnelLimits tunnel;
  ResourceLimits resource;
  SufferedLimits suffered;
  std::size_t subjects = 1024;  // that a detector keeps in mind at a time
};

// Ports where people log in: sessions there are told when they end.
std::shared_ptr<const std::bitset<65536>> login_ports();

}  // namespace scanner
