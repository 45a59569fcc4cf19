#include "tools/trafficgen/speakers.h"

#include <algorithm>
#include <array>

namespace scanner::trafficgen {
namespace {

constexpr std::array kSpeakers{
    Speaker{"bitcoin-stratum", "Stratum v1 of the Bitcoin family", kMiner | kPool, 3333, false, speak_bitcoin_stratum},
    Speaker{"cryptonote", "Monero's log-in dialect", kMiner | kPool, 3333, false, speak_cryptonote},
    Speaker{"equihash", "Stratum for Zcash (ZIP 301)", kMiner | kPool, 3333, false, speak_equihash},
    Speaker{"kawpow", "Stratum for Ravencoin", kMiner | kPool, 3333, false, speak_kawpow},
    Speaker{"dns", "questions for one name", kContent, 53, true, speak_dns},
    Speaker{"web", "HTTP/1.1 requests for one page", kContent, 80, false, speak_web},
    Speaker{"tls", "a TLS 1.3 hello and records of noise", kContent, 443, false, speak_tls},
    Speaker{"mail", "one mail over SMTP", kContent, 25, false, speak_mail},
    Speaker{"log", "lines of syslog over TCP", kContent, 514, false, speak_log},
    Speaker{"sql", "a MySQL query and its rows", kContent, 3306, false, speak_sql},
    Speaker{"script", "what the scenario writes down", kScript, 9000, false, speak_script},
};

}  // namespace

std::span<const Speaker> speakers() { return kSpeakers; }

const Speaker* find_speaker(std::string_view name) {
  const auto found = std::find_if(kSpeakers.begin(), kSpeakers.end(), [&](const Speaker& speaker) { return speaker.name == name; });
  return found == kSpeakers.end() ? nullptr : &*found;
}

}  // namespace scanner::trafficgen
