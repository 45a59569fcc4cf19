#include "tools/bench/abuse/cases.h"

#include "tools/bench/abuse/scenario_text.h"

#include <utility>

namespace scanner::evasions {
namespace {

constexpr std::string_view kWeb = "script: [{from: client, text: \"GET / HTTP/1.0\\r\\n\\r\\n\"}, {from: server, after: 20ms, text: \"HTTP/1.0 200 OK\\r\\n\\r\\n\"}]";

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string milliseconds(std::uint64_t value) { return number(value) + "ms"; }

// Openings that nobody answers.
std::string silent(const std::string& server, std::uint64_t repeat, std::uint64_t every_ms, const std::string& over, const std::string& more = "") {
  return from_subject("script", "server: '" + server + "', opening: silent, repeat: " + number(repeat) + ", repeat_every: " + milliseconds(every_ms) +
                                    (over.empty() ? "" : ", repeat_over: " + over) + more);
}
// Pages, of hosts that are known to be there.
std::string known_good(std::uint64_t repeat, std::uint64_t every_ms) {
  return from_subject("script", "server: '203.0.113.1:80', at: 100ms, repeat: " + number(repeat) + ", repeat_every: " + milliseconds(every_ms) + ", repeat_over: servers, " + std::string(kWeb));
}

void add_scans(std::vector<Case>& all) {
  const auto add = [&](std::string name, std::string rate, const std::string& text, std::string why = "") {
    all.push_back({"abuse.scan", std::move(name), std::move(rate), scenario(text), std::move(why)});
  };
  const std::string mixed = "the walk goes back at each host that answers, and the plain count of 100 (padded_hosts) wants as many failures as answers";
  add("hosts, fast", "50 hosts/s", silent("198.51.100.1:23", 200, 20, "servers"));
  add("hosts, slow", "1 host/min", silent("198.51.100.1:23", 60, 60'000, "servers"));
  add("hosts, very slow", "1 host/31 min", silent("198.51.100.1:23", 60, 31 * 60'000, "servers"), "a scan is over after 30 minutes without a failure (quiet_seconds)");
  add("hosts, all reset", "5 hosts/s", from_subject("script", "server: '198.51.100.1:23', opening: refused, repeat: 200, repeat_every: 200ms, repeat_over: servers"));
  add("known-good hosts mixed in, 1:1", "2 hosts/s", silent("198.51.100.1:80", 200, 1000, "servers") + known_good(200, 1000));
  add("known-good hosts mixed in, 2:1", "3 hosts/s", silent("198.51.100.1:80", 120, 1000, "servers") + known_good(240, 500), mixed);
  add("hosts, on a port from 1024 on", "5 hosts/s", silent("198.51.100.1:8728", 200, 200, "servers"), "peers of file sharing fail there as well: 256 hosts are wanted (confirmed_hosts_unprivileged)");
  std::string each_its_port, few_ports;
  for (std::uint64_t i = 1; i <= 200; ++i) each_its_port += silent("198.51.100." + number(i) + ":" + number(100 + i), 1, 1000, "", ", at: " + milliseconds(200 * i));
  for (std::uint64_t i = 0; i < 8; ++i) few_ports += silent("198.51.100." + number(1 + 25 * i) + ":" + number(21 + i), 25, 1000, "servers", ", at: " + milliseconds(100 * i));
  add("each host on another port", "5 hosts/s", each_its_port, "no port fails at two hosts and no host at two ports: file sharing looks like this");
  add("hosts, over 8 ports", "8 hosts/s", few_ports);
  add("ports of one host", "20 ports/s", silent("198.51.100.9:1", 200, 50, "server-port"));
  add("ports of one host, slow", "1 port/2 min", silent("198.51.100.9:1", 100, 120'000, "server-port"));
}

void add_floods(std::vector<Case>& all) {
  const auto add = [&](std::string name, std::string rate, const std::string& text, std::string why = "") {
    all.push_back({"abuse.flood", std::move(name), std::move(rate), scenario(text), std::move(why)});
  };
  add("half-open connections", "500/s", silent("198.51.100.80:443", 5000, 2, ""));
  add("half-open, low and slow", "62/s", silent("198.51.100.80:443", 6000, 16, ""), "no second holds 200 (openings_peak)");
  add("half-open, below the drift", "17/s", silent("198.51.100.80:443", 3000, 58, ""), "20 a second are taken off (openings_drift): a busy client whose server is gone sends as much");
  std::string spread;
  for (std::uint64_t i = 1; i <= 30; ++i) spread += silent("198.51.100." + number(i) + ":443", 300, 58, "", ", at: " + milliseconds(2 * i));
  add("half-open, over 30 targets", "500/s", spread, "one target gets 17 a second, below the drift");
  add("forged sources", "1000/s", to_subject("[2001:db8:f::1]:2000", "server: '[2001:db8:1::80]:443', opening: silent, repeat: 3000, repeat_every: 1ms, repeat_over: clients"),
      "every packet has another source, and nobody is accused of what somebody else forged");
  add("datagrams one way", "20000/s", from_subject("script", "server: '198.51.100.80:9999', transport: udp, " + script(std::vector<Turn>(20'000, {true, "50us", "4141414141414141"}))),
      "this is one second of it; 100000 beyond the drift are wanted (datagrams_confirmed)");
  add("datagrams one way, below the drift", "900/s", from_subject("script", "server: '198.51.100.80:9999', transport: udp, " + script(std::vector<Turn>(9'000, {true, "1111us", "4141414141414141"}))),
      "1000 a second are taken off (datagrams_drift): media and measurements send as much");
}

// Log-ins at an FTP server: `count` passwords from `first` on.
std::string ftp(std::uint64_t first, std::uint64_t count, std::uint64_t every_ms, bool same_password = false) {
  std::vector<Turn> turns{{false, "0ms", hex_of("220 ftp.example.net ready\r\n")}};
  for (std::uint64_t i = 0; i < count; ++i) {
    turns.push_back({true, milliseconds(every_ms), hex_of("USER admin\r\nPASS word" + number(same_password ? 0 : first + i) + "\r\n")});
    turns.push_back({false, "20ms", hex_of("331 Password required\r\n530 Login incorrect.\r\n")});
  }
  return from_subject("script", "server: '198.51.100.21:21', " + script(turns));
}

std::string names_in_a_list(std::uint64_t count) {
  std::string list;
  for (std::uint64_t i = 0; i < count; ++i) list += (i == 0 ? "user" : ", user") + number(i);
  return list;
}

void add_guessing(std::vector<Case>& all) {
  const auto add = [&](std::string name, std::string rate, const std::string& text, std::string why = "") {
    all.push_back({"abuse.bruteforce", std::move(name), std::move(rate), scenario(text), std::move(why)});
  };
  const auto logs_in = [](std::string_view speaker, const std::string& keys, const std::string& log_in) {
    return from_subject(std::string(speaker) + "-log-in", "server: 198.51.100.80, " + keys + "log_in: {" + log_in + "}");
  };
  const std::string kUnreadable = "nobody sees whether it is another password: one name's refusals count from 300 in ten minutes on, and never as a breach";
  add("FTP, one password after the other", "2/s", ftp(0, 60, 500));
  add("FTP, the same password", "2/s", ftp(0, 60, 500, true), "one wrong password again and again is a job whose password was changed");
  add("FTP, slow", "1/25 s", ftp(0, 60, 25'000), "30 refusals within ten minutes are wanted (confirmed_refusals)");
  add("FTP, very slow", "1/90 s", ftp(0, 60, 90'000), "10 refusals within ten minutes are wanted (observed_refusals)");
  add("SSH, short sessions", "1/5 s", from_subject("script", "server: '198.51.100.22:22', repeat: 60, repeat_every: 5s, " +
                                                       script({{false, "0ms", hex_of("SSH-2.0-OpenSSH_9.2\r\n")}, {true, "20ms", hex_of("SSH-2.0-libssh_0.10\r\n")}, {true, "1s", "0000002c0614aabbccdd"}, {false, "1s", "0000002c0515aabbccdd"}})),
      "what is said in them cannot be read: 300 in ten minutes are wanted (confirmed_sessions)");
  add("HTTP, Basic", "4/s", logs_in("http", "", "tries: 60"));
  add("HTTP, Basic, each at another server", "1/s", logs_in("http", "repeat: 60, repeat_every: 1s, repeat_over: servers, ", ""));
  add("HTTP, Basic, X-Forwarded-For made up", "4/s", logs_in("http", "", "tries: 60, passed_on_for: 203.0.113.9"), "a proxy passes on what others try, and the header says that this is one");
  add("HTTP, Basic, each third let in on purpose", "4/s", logs_in("http", "", "tries: 120, accept_every: 3"), "where a fifth or more is let in there are users behind it");
  add("HTTP, Digest", "2/s", logs_in("http", "", "method: challenge, tries: 400, every: 400ms"), kUnreadable);
  add("HTTP, a form answered 401", "4/s", logs_in("http", "", "method: form, tries: 60"));
  add("HTTP, a form answered 200", "4/s", logs_in("http", "", "method: form, tries: 60, status: 200"), "whether a page lets somebody in cannot be told from its status");
  add("HTTP, tokens", "4/s", logs_in("http", "", "method: token, tries: 60"), "clients sign new tokens by themselves");
  add("stolen names, one password each", "4/s", logs_in("http", "", "method: json, names: [" + names_in_a_list(60) + "], passwords: [stolen], tries: 60"), "an application whose server forgot its users looks the same");
  add("PostgreSQL, clear text", "1/s", logs_in("postgresql", "repeat: 60, repeat_every: 1s, ", ""));
  add("MS SQL Server, not encrypted", "1/s", logs_in("mssql", "repeat: 60, repeat_every: 1s, ", ""));
  add("Redis", "4/s", logs_in("redis", "", "tries: 60"));
  add("MySQL, one name", "2/s", logs_in("mysql", "repeat: 400, repeat_every: 500ms, ", ""), kUnreadable);
  add("MySQL, one name, slow", "1/5 s", logs_in("mysql", "repeat: 200, repeat_every: 5s, ", ""), kUnreadable);
  add("MySQL, many names", "2/s", logs_in("mysql", "repeat: 100, repeat_every: 500ms, ", "names: [" + names_in_a_list(20) + "]"), "passwords are hidden, and an application whose server forgot its users looks the same");
}

void add_spam(std::vector<Case>& all) {
  const auto add = [&](std::string name, std::string rate, const std::string& keys, std::string why = "") {
    all.push_back({"abuse.spam", std::move(name), std::move(rate), scenario(from_subject("mail", keys)), std::move(why)});
  };
  add("straight to mail servers", "1 server/s", "server: '198.51.100.1:25', repeat: 200, repeat_every: 1s, repeat_over: servers");
  add("slow fan-out", "1 server/10 s", "server: '198.51.100.1:25', repeat: 200, repeat_every: 10s, repeat_over: servers", "100 servers within ten minutes are wanted (confirmed_servers)");
  add("very slow fan-out", "1 server/40 s", "server: '198.51.100.1:25', repeat: 100, repeat_every: 40s, repeat_over: servers", "20 servers within ten minutes are wanted (observed_servers): a mail server of one's own reaches as many");
  add("through one relay", "5 mails/s", "server: '198.51.100.25:587', repeat: 500, repeat_every: 200ms", "mail to one's own relay is its business: who gets it cannot be seen");
}

// Names below `domains` domains, `size` characters of them data, so much apart.
std::string names(std::uint64_t count, std::size_t size, std::uint64_t every_ms, std::uint64_t domains) {
  std::vector<Turn> turns;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string data = noise(i, size), name;
    for (std::size_t at = 0; at < data.size(); at += 60) name += data.substr(at, 60) + ".";
    name += "t" + number(i % domains) + "-example.net";
    turns.push_back({true, milliseconds(every_ms), dns_question(name)});
    turns.push_back({false, "20ms", dns_answer(name, "ok")});
  }
  return from_subject("script", "server: '198.51.100.53:53', transport: udp, " + script(turns));
}

// Echoes of `size` bytes whose replies carry something else.
std::string echoes(std::uint64_t count, std::size_t size, std::uint64_t every_ms) {
  std::vector<Turn> turns;
  for (std::uint64_t i = 0; i < count; ++i) {
    turns.push_back({true, milliseconds(every_ms), hex_of(noise(2 * i, size))});
    turns.push_back({false, "10ms", hex_of(noise(2 * i + 1, size))});
  }
  return from_subject("script", "server: 198.51.100.9, transport: icmp, " + script(turns));
}

void add_tunnels(std::vector<Case>& all) {
  const auto add = [&](std::string name, std::string rate, const std::string& text, std::string why = "") {
    all.push_back({"abuse.tunnel", std::move(name), std::move(rate), scenario(text), std::move(why)});
  };
  add("DNS, long names", "600 bytes/s", names(400, 150, 250, 1));
  add("DNS, short names", "30 bytes/s", names(400, 12, 400, 1), "12 characters carry too little each to be told from content networks and hashes");
  add("DNS, over 10 domains", "600 bytes/s", names(400, 150, 250, 10), "each domain counts by itself: its share reaches less");
  add("DNS, slow", "10 bytes/s", names(120, 150, 15'000, 1), "what ten minutes hold is below 60 names (confirmed_names)");
  add("ICMP, large", "1200 bytes/s", echoes(300, 600, 500));
  add("ICMP, as small as a ping", "110 bytes/s", echoes(300, 56, 500), "echoes of the usual size are not looked at");
  add("ICMP, slow", "20 bytes/s", echoes(60, 600, 30'000), "50000 bytes within ten minutes are wanted (confirmed_echo_bytes)");
}

// A service of the subject's answers `asked` bytes with `answered`.
std::string reflected(const std::string& client, std::uint64_t repeat, std::uint64_t every_us, std::size_t asked, std::size_t answered, const std::string& more = "") {
  return to_subject(client, "server: '" + std::string(kSubject) + ":123', transport: udp, repeat: " + number(repeat) + ", repeat_every: " + number(every_us) + "us, " + more +
                                script({{true, "0ms", hex_of(std::string(asked, '\x17'))}, {false, "5ms", hex_of(std::string(answered, 'A'))}}));
}

void add_amplification(std::vector<Case>& all) {
  const auto add = [&](std::string name, std::string rate, const std::string& text, std::string why = "") {
    all.push_back({"abuse.amplification", std::move(name), std::move(rate), scenario(text), std::move(why)});
  };
  add("NTP, 1400 for 8 bytes", "700 kB/s", reflected("203.0.113.9:1024", 20'000, 2000, 8, 1400));
  add("NTP, fewer", "28 kB/s", reflected("203.0.113.9:1024", 2000, 50'000, 8, 1400), "20 MB to one address within a minute are wanted (confirmed_bytes)");
  add("NTP, below 1 MB a minute", "14 kB/s", reflected("203.0.113.9:1024", 1200, 100'000, 8, 1400), "1 MB to one address within a minute is wanted (observed_bytes)");
  add("answers 6 times as large", "700 kB/s", reflected("203.0.113.9:1024", 6000, 2000, 230, 1400), "8 times as much is wanted (factor): wanted answers of DNS reach as much");
  add("over 200 victims", "700 kB/s", reflected("203.0.113.1:1024", 200, 2000, 8, 1400, "repeat_over: clients, ") + reflected("203.0.113.1:2024", 200, 2000, 8, 1400, "repeat_over: clients, at: 1s, "),
      "each requester counts by itself: no one gets 1 MB");
  add("forged requests, where they are sent", "200/s", to_subject("203.0.113.9:1024", "server: '198.51.100.1:123', transport: udp, repeat: 2000, repeat_every: 5ms, repeat_over: servers, " + script({{true, "0ms", "1717171717171717"}})),
      "nothing in the packets names the sender, and an interface's name does not prove who sent them");
  // Without that the forged address would be taken for somebody who scans.
  all.back().local = true;
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> all;
  add_scans(all);
  add_floods(all);
  add_guessing(all);
  add_spam(all);
  add_tunnels(all);
  add_amplification(all);
  return all;
}

}  // namespace scanner::evasions
