// Long-lived conversations of other trades, the near twins of mining among them: whoever reports
// events and is told "yes" each time, and gets news in between.
#include "tools/bench/shapes/session.h"

namespace shapes {
namespace {

constexpr auto kClient = Direction::FromInitiator, kServer = Direction::FromResponder;
using enum Rhythm;

// The client asks, the server answers.
Stream ask(Rhythm rhythm, Range gap, Size size, Range service, Size answer, double present = 1, double answered = 1) {
  return {.from = kClient, .rhythm = rhythm, .gap = gap, .size = size, .answered = answered, .service = service, .answer = answer, .present = present};
}
// The server speaks unasked; the client may answer.
Stream push(Rhythm rhythm, Range gap, Size size, double present = 1, double answered = 0, Range service = {0.1, 20}, Size answer = {{4, 60}}) {
  return {.from = kServer, .rhythm = rhythm, .gap = gap, .size = size, .answered = answered, .service = service, .answer = answer, .present = present};
}
// The client speaks and gets no answer.
Stream tell(Rhythm rhythm, Range gap, Size size, double present = 1) { return ask(rhythm, gap, size, {1, 1}, {}, present, 0); }
// The server hands out work; the client hands in the result and is thanked.
Stream work(Rhythm rhythm, Range gap, Size order, double taken, Range seconds, Size result, Size thanks, double present = 1) {
  return {.from = kServer, .rhythm = rhythm, .gap = gap, .size = order, .answered = taken, .service = {0.1, 20}, .answer = thanks, .present = present, .work = seconds, .result = result};
}
// Keep-alives by the client, answered.
Stream ping(Range gap, Range bytes, Range answer, double present = 1) { return ask(Clock, gap, {bytes}, {0.1, 10}, {answer}, present); }

}  // namespace

const std::vector<Kind>& benign_kinds() {
  static const std::vector<Kind> kKinds{
      {"MQTT sensor, quality 0", {tell(Clock, {1, 120}, {{20, 400}, 0.1}), ping({15, 300}, {2, 2}, {2, 2})}},
      {"MQTT sensor, quality 1", {ask(Clock, {1, 120}, {{20, 400}, 0.1}, {0.5, 30}, {{4, 6}}), ping({15, 300}, {2, 2}, {2, 2}), push(Uneven, {60, 3600}, {{30, 400}, 0.4}, 0.5, 1, {0.5, 30}, {{4, 6}})}},
      {"MQTT alarms, quality 1", {ask(Chance, {5, 240}, {{60, 500}, 0.15}, {0.5, 30}, {{4, 6}}), push(Chance, {20, 600}, {{40, 500}, 0.3}, 0.7, 0.5, {0.5, 30}, {{4, 6}}), ping({15, 120}, {2, 2}, {2, 2})}},
      {"MQTT display", {push(Chance, {0.5, 60}, {{20, 600}, 0.4, 4}), ping({15, 120}, {2, 2}, {2, 2})}},
      {"XMPP, idle", {push(Uneven, {30, 600}, {{120, 700}, 0.5}), ping({30, 300}, {60, 160}, {60, 140}), tell(Uneven, {120, 1800}, {{80, 300}, 0.4})}},
      {"XMPP, talking", {tell(Person, {5, 30}, {{150, 500}, 0.4}), push(Person, {5, 30}, {{150, 700}, 0.5}), ping({30, 300}, {60, 160}, {60, 140})}},
      {"IMAP, waiting", {push(Uneven, {30, 1800}, {{15, 80}, 0.2}, 1, 0.7, {1, 200}, {{20, 200}, 0.5}), ask(Clock, {540, 1740}, {{15, 30}}, {1, 60}, {{30, 80}}), push(Clock, {110, 130}, {{15, 30}}, 0.6)}},
      {"WebSocket chat", {tell(Person, {4, 40}, {{60, 400}, 0.5}), push(Chance, {2, 60}, {{100, 800}, 0.5}), ping({20, 60}, {2, 40}, {2, 40})}},
      {"WebSocket chat, acknowledged", {ask(Person, {4, 60}, {{100, 400}, 0.4}, {2, 150}, {{50, 300}, 0.1}), push(Chance, {3, 120}, {{120, 900}, 0.5}), ping({20, 60}, {10, 60}, {10, 60})}},
      {"WebSocket ticker", {push(Chance, {0.1, 5}, {{60, 500}, 0.15, 3}), ping({15, 60}, {2, 30}, {2, 30}, 0.8)}},
      {"WebSocket dashboard", {push(Clock, {1, 30}, {{200, 4000}, 0.1}), ask(Person, {5, 60}, {{80, 400}, 0.3}, {5, 400}, {{200, 9000}, 0.8})}},
      {"chat gateway", {push(Chance, {0.3, 30}, {{100, 900}, 0.7}), ask(Clock, {30, 45}, {{12, 40}}, {1, 20}, {{10, 30}}), tell(Uneven, {60, 900}, {{60, 200}, 0.4}, 0.6)}},
      {"team messenger", {push(Uneven, {3, 120}, {{90, 900}, 0.7}), ask(Clock, {5, 30}, {{30, 60}}, {5, 60}, {{30, 70}}), ask(Person, {10, 120}, {{80, 400}, 0.4}, {10, 100}, {{60, 200}, 0.2}, 0.7)}},
      {"messenger, mobile", {push(Uneven, {10, 600}, {{80, 700}, 0.6}, 1, 0.9, {1, 100}, {{60, 140}, 0.2}), ask(Uneven, {20, 600}, {{80, 500}, 0.5}, {5, 100}, {{60, 200}, 0.3}), ping({30, 120}, {60, 120}, {60, 120})}},
      {"push notifications", {push(Uneven, {60, 3600}, {{100, 2000}, 0.7}, 1, 1, {1, 50}, {{20, 60}}), ping({60, 900}, {15, 40}, {15, 40})}},
      {"sync by long polls", {ask(Chain, {0.01, 0.2}, {{200, 900}, 0.02}, {2000, 30000}, {{150, 2500}, 0.8})}},
      {"gRPC, server streams", {push(Chance, {0.2, 60}, {{40, 1500}, 0.4}), ping({10, 60}, {17, 17}, {17, 17}, 0.7)}},
      {"gRPC, calls", {ask(Chance, {0.2, 30}, {{60, 900}, 0.3, 3}, {0.5, 100}, {{30, 1500}, 0.4, 3}), ping({10, 60}, {17, 17}, {17, 17}, 0.5)}},
      {"gRPC, both ways", {tell(Chance, {0.5, 60}, {{40, 800}, 0.4}), push(Chance, {0.5, 60}, {{40, 800}, 0.4}), ping({10, 60}, {17, 17}, {17, 17}, 0.7)}},
      {"gRPC, reports and commands", {ask(Clock, {5, 60}, {{100, 900}, 0.1}, {0.5, 40}, {{20, 80}}), push(Uneven, {20, 900}, {{60, 1500}, 0.6}, 1, 0.5, {1, 100}, {{30, 100}, 0.2})}},
      {"AMQP consumer", {push(Chance, {0.3, 60}, {{150, 3000}, 0.5}, 1, 1, {1, 2000}, {{21, 21}}), ping({10, 60}, {8, 8}, {8, 8})}},
      {"AMQP publisher, confirmed", {ask(Chance, {0.5, 60}, {{150, 2000}, 0.4}, {0.3, 20}, {{21, 21}}), ping({10, 60}, {8, 8}, {8, 8})}},
      {"AMQP, both", {ask(Chance, {2, 120}, {{150, 1500}, 0.3}, {0.3, 20}, {{21, 21}}), push(Chance, {2, 120}, {{150, 1500}, 0.4}, 1, 0.95, {1, 500}, {{21, 21}}), ping({10, 60}, {8, 8}, {8, 8})}},
      {"Redis publish and subscribe", {push(Chance, {0.2, 60}, {{40, 900}, 0.5}), ping({15, 60}, {14, 20}, {7, 20})}},
      {"Redis cache", {ask(Chance, {0.1, 20}, {{30, 200}, 0.2, 3}, {0.05, 2}, {{5, 3000}, 0.8, 3})}},
      {"PostgreSQL pool", {ask(Chance, {0.5, 60}, {{60, 600}, 0.4, 4}, {0.2, 50}, {{40, 6000}, 0.8, 4})}},
      {"PostgreSQL, listening", {push(Chance, {5, 300}, {{30, 400}, 0.3}), ask(Clock, {5, 60}, {{14, 40}}, {0.2, 10}, {{20, 70}}), ask(Chance, {20, 200}, {{60, 500}, 0.4}, {0.3, 50}, {{20, 1500}, 0.7}, 0.5)}},
      {"MySQL pool with checks", {ask(Clock, {5, 60}, {{5, 20}}, {0.1, 5}, {{11, 60}}), ask(Chance, {1, 60}, {{50, 500}, 0.4, 4}, {0.3, 50}, {{60, 8000}, 0.9, 4})}},
      {"MongoDB monitor", {ask(Chain, {0.001, 0.01}, {{250, 400}}, {9500, 10100}, {{300, 700}})}},
      {"MongoDB, calls", {ask(Chance, {0.3, 40}, {{120, 900}, 0.3, 3}, {0.3, 40}, {{60, 4000}, 0.7, 3})}},
      {"Cassandra client", {ask(Chance, {0.3, 40}, {{60, 600}, 0.3, 3}, {0.3, 20}, {{20, 2000}, 0.6, 3}), ping({25, 35}, {9, 9}, {9, 60}), push(Uneven, {120, 3600}, {{40, 90}}, 0.5)}},
      {"Kubernetes watch", {push(Uneven, {1, 120}, {{400, 6000}, 0.6}), ping({15, 45}, {17, 17}, {17, 17})}},
      {"Kubernetes node", {ask(Clock, {9.5, 10.5}, {{500, 1200}, 0.02}, {1, 30}, {{600, 1500}, 0.02}), push(Uneven, {5, 300}, {{500, 6000}, 0.5}), ask(Uneven, {10, 120}, {{400, 2500}, 0.4}, {1, 60}, {{300, 2500}, 0.4})}},
      {"etcd watch and lease", {ask(Clock, {1, 20}, {{30, 60}}, {0.3, 5}, {{40, 80}}), push(Uneven, {2, 120}, {{100, 1500}, 0.5}), ping({15, 60}, {17, 17}, {17, 17}, 0.5)}},
      {"Consul, blocking queries", {ask(Chain, {0.01, 1}, {{150, 400}, 0.02}, {5000, 60000}, {{200, 4000}, 0.1})}},
      {"ZooKeeper client", {ask(Clock, {3, 15}, {{12, 12}}, {0.2, 5}, {{20, 20}}), push(Uneven, {60, 1800}, {{40, 120}, 0.2}, 0.7, 1, {0.5, 20}, {{30, 120}, 0.2}), ask(Uneven, {30, 300}, {{40, 300}, 0.4}, {0.5, 20}, {{40, 900}, 0.5}, 0.6)}},
      {"Kafka consumer", {ask(Chain, {0.001, 0.05}, {{80, 200}, 0.02}, {400, 600}, {{30, 3000}, 0.9}), ping({2.9, 3.1}, {60, 120}, {16, 30})}},
      {"Kafka producer", {ask(Chance, {0.1, 30}, {{200, 6000}, 0.5}, {0.5, 30}, {{50, 90}}), ask(Clock, {240, 320}, {{40, 80}}, {0.5, 10}, {{200, 2000}})}},
      {"NATS client", {push(Chance, {0.3, 60}, {{40, 900}, 0.5}), tell(Chance, {0.5, 120}, {{40, 900}, 0.5}, 0.7), ping({15, 120}, {6, 6}, {6, 6}), push(Clock, {110, 130}, {{6, 6}}, 1, 1, {0.1, 3}, {{6, 6}})}},
      {"STOMP with receipts", {ask(Chance, {2, 120}, {{100, 700}, 0.2}, {0.5, 30}, {{40, 80}}), push(Chance, {5, 200}, {{150, 900}, 0.3}), tell(Clock, {10, 30}, {{1, 1}}), push(Clock, {10, 30}, {{1, 1}})}},
      {"metrics scrape", {ask(Clock, {10, 60}, {{150, 300}}, {2, 200}, {{4000, 90000}, 0.05})}},
      {"metrics, pushed", {ask(Clock, {10, 60}, {{300, 5000}, 0.1}, {1, 60}, {{20, 200}})}},
      {"log shipper", {ask(Chance, {1, 60}, {{300, 8000}, 0.8}, {0.5, 60}, {{6, 6}})}},
      {"syslog in TLS", {tell(Uneven, {0.5, 60}, {{80, 500}, 0.5})}},
      {"traces, exported", {ask(Clock, {1, 10}, {{400, 9000}, 0.7}, {1, 40}, {{10, 60}})}},
      {"monitoring agent", {ask(Clock, {30, 60}, {{100, 900}, 0.2}, {1, 40}, {{40, 120}}), ask(Clock, {100, 130}, {{60, 120}}, {1, 40}, {{200, 2000}})}},
      {"endpoint protection", {ask(Uneven, {10, 120}, {{200, 1500}, 0.6}, {5, 100}, {{60, 250}, 0.1}), push(Uneven, {60, 1200}, {{100, 3000}, 0.8}, 1, 0.6, {2, 200}, {{80, 400}, 0.3}), ping({30, 90}, {20, 60}, {20, 60})}},
      {"remote management", {ask(Clock, {30, 120}, {{150, 500}, 0.05}, {1, 60}, {{60, 200}}), push(Uneven, {60, 1800}, {{150, 2500}, 0.6}, 1, 1, {2, 300}, {{60, 300}, 0.3})}},
      {"SSH, typing", {ask(Person, {0.15, 0.6}, {{36, 52}}, {0.3, 10}, {{36, 200}, 0.6})}},
      {"SSH, left open", {push(Clock, {15, 60}, {{36, 60}}, 1, 1, {0.1, 3}, {{36, 52}}), ask(Person, {0.3, 3}, {{36, 52}}, {0.3, 10}, {{36, 400}, 0.8}, 0.4)}},
      {"SSH, watching a screen", {push(Clock, {1, 10}, {{100, 3000}, 0.3}), push(Clock, {15, 60}, {{52, 52}}, 0.5, 1, {0.1, 3}, {{36, 52}})}},
      {"SSH tunnel of calls", {ask(Chance, {1, 60}, {{90, 700}, 0.3, 3}, {0.5, 60}, {{80, 2000}, 0.5, 3}), ping({15, 60}, {52, 52}, {36, 36}, 0.6)}},
      {"VPN over TCP, idle", {tell(Uneven, {1, 30}, {{80, 200}, 0.3, 3}), push(Uneven, {1, 30}, {{80, 200}, 0.3, 3}), tell(Clock, {9, 11}, {{50, 60}}), push(Clock, {9, 11}, {{50, 60}})}},
      {"VPN over TCP, in use", {ask(Person, {0.5, 10}, {{90, 900}, 0.6}, {5, 200}, {{100, 20000}, 1.2}), tell(Clock, {9, 11}, {{50, 60}}), push(Clock, {9, 11}, {{50, 60}})}},
      {"game, turn by turn", {ask(Person, {3, 30}, {{30, 120}, 0.2}, {1, 60}, {{20, 150}, 0.2}), push(Chance, {3, 60}, {{40, 400}, 0.4}), ping({5, 30}, {10, 20}, {10, 20})}},
      {"game, live", {tell(Clock, {0.05, 0.3}, {{30, 100}, 0.2}), push(Clock, {0.05, 0.3}, {{60, 500}, 0.3})}},
      {"game, lobby", {push(Uneven, {2, 120}, {{60, 900}, 0.7}), ping({10, 60}, {12, 40}, {12, 40}), ask(Uneven, {30, 300}, {{40, 300}, 0.4}, {5, 100}, {{60, 2000}, 0.8})}},
      {"SIP in TLS", {tell(Clock, {20, 120}, {{4, 4}}), push(Clock, {20, 120}, {{2, 2}}), ask(Clock, {60, 600}, {{500, 900}, 0.02}, {5, 60}, {{400, 700}, 0.02}), push(Uneven, {120, 3600}, {{600, 1200}, 0.2}, 0.7, 1, {5, 100}, {{350, 700}, 0.1})}},
      {"update checks", {ask(Clock, {60, 900}, {{200, 700}}, {20, 500}, {{200, 5000}, 0.3})}},
      {"health checks", {ask(Clock, {1, 30}, {{80, 250}}, {0.5, 50}, {{100, 400}})}},
      {"web, one connection", {ask(Person, {0.3, 20}, {{300, 1500}, 0.4}, {20, 500}, {{300, 200000}, 1.6})}},
      {"server-sent events", {push(Uneven, {1, 60}, {{60, 900}, 0.6}), push(Clock, {15, 30}, {{3, 20}})}},
      {"model that writes answers", {ask(Person, {20, 200}, {{800, 9000}, 0.7}, {300, 2000}, {{80, 300}, 0.2}), push(Person, {0.03, 0.15}, {{80, 300}, 0.2})}},
      {"trading, orders", {ask(Uneven, {2, 120}, {{150, 260}, 0.08, 2}, {0.2, 20}, {{180, 320}, 0.08, 2}), push(Uneven, {5, 300}, {{180, 330}, 0.08, 2}), tell(Clock, {29, 31}, {{80, 95}}), push(Clock, {29, 31}, {{80, 95}})}},
      {"trading, quotes", {push(Uneven, {0.05, 5}, {{150, 700}, 0.2, 3}), ping({29, 31}, {80, 95}, {80, 95})}},
      {"payment terminals", {ask(Chance, {10, 300}, {{180, 420}, 0.1, 2}, {60, 1500}, {{120, 300}, 0.1, 2}), ping({30, 120}, {40, 90}, {40, 90}), push(Clock, {60, 300}, {{40, 90}}, 0.5, 1, {1, 20}, {{40, 90}})}},
      {"wallet server", {ping({50, 65}, {50, 70}, {40, 55}), push(Chance, {120, 700}, {{230, 290}}), ask(Uneven, {30, 900}, {{90, 160}, 0.2}, {10, 200}, {{60, 2500}, 0.9}, 0.7), push(Uneven, {60, 900}, {{150, 190}}, 0.5)}},
      {"coin node, quiet", {push(Chance, {0.5, 20}, {{60, 400}, 0.7}, 1, 0.5, {1, 100}, {{60, 300}, 0.6}), tell(Chance, {0.5, 20}, {{60, 400}, 0.7}), ping({90, 130}, {32, 32}, {32, 32})}},
      {"work queue, one result each", {work(Chance, {4, 90}, {{150, 900}, 0.2}, 0.3, {0.2, 20}, {{80, 600}, 0.3}, {{20, 80}}), ping({10, 60}, {8, 40}, {8, 40})}},
      {"work queue, long jobs", {work(Chance, {20, 200}, {{300, 2000}, 0.3}, 0.5, {5, 120}, {{100, 1500}, 0.4}, {{20, 80}}), ask(Clock, {5, 30}, {{60, 200}, 0.05}, {0.5, 30}, {{20, 80}})}},
      {"build agent", {work(Uneven, {60, 900}, {{800, 9000}, 0.6}, 1, {10, 300}, {{300, 4000}, 0.6}, {{30, 90}}), tell(Person, {0.5, 5}, {{200, 4000}, 0.8}), ping({15, 60}, {20, 60}, {20, 60})}},
      {"job controller", {push(Uneven, {10, 600}, {{100, 900}, 0.4}, 1, 1, {1, 100}, {{80, 300}, 0.3}), ask(Clock, {10, 60}, {{60, 200}}, {1, 30}, {{30, 120}}), tell(Uneven, {5, 120}, {{100, 900}, 0.5}, 0.5)}},
      {"volunteer computing", {ask(Uneven, {60, 600}, {{600, 4000}, 0.4}, {50, 500}, {{800, 9000}, 0.5}), ask(Clock, {120, 600}, {{300, 900}, 0.1}, {50, 300}, {{200, 700}})}},
      {"home automation", {push(Uneven, {0.5, 60}, {{150, 900}, 0.5}), ask(Person, {5, 120}, {{80, 250}, 0.2}, {2, 100}, {{60, 200}, 0.1}), ping({25, 60}, {20, 40}, {20, 60})}},
      {"vehicle or meter, reports", {ask(Clock, {5, 120}, {{60, 400}, 0.05}, {1, 60}, {{10, 40}}), push(Uneven, {120, 3600}, {{40, 300}, 0.3}, 0.7, 1, {1, 200}, {{20, 80}, 0.2})}},
      {"alarm panel", {ask(Clock, {10, 90}, {{40, 160}}, {1, 60}, {{20, 60}}), ask(Chance, {60, 900}, {{80, 260}, 0.1}, {1, 60}, {{20, 60}}), push(Clock, {60, 600}, {{30, 120}}, 0.7, 0.5, {1, 60}, {{20, 60}})}},
      {"control network, polled", {ask(Clock, {0.5, 10}, {{12, 40}}, {1, 60}, {{13, 260}}), push(Uneven, {10, 900}, {{20, 200}, 0.3}, 0.4, 1, {1, 20}, {{6, 20}})}},
      {"substation, telecontrol", {push(Uneven, {2, 120}, {{16, 120}, 0.3}, 1, 0.4, {1, 500}, {{6, 6}}), ping({15, 30}, {6, 6}, {6, 6}), ask(Clock, {60, 900}, {{14, 20}}, {2, 60}, {{30, 200}, 0.2})}},
      {"routing session", {tell(Clock, {30, 60}, {{19, 19}}), push(Clock, {30, 60}, {{19, 19}}), push(Uneven, {1, 120}, {{40, 900}, 0.7}), tell(Uneven, {5, 300}, {{40, 600}, 0.7}, 0.5)}},
      {"directory, kept open", {ask(Chance, {2, 120}, {{60, 250}, 0.2, 2}, {0.5, 30}, {{50, 1500}, 0.6, 2}), ask(Clock, {30, 300}, {{40, 90}}, {0.5, 10}, {{30, 80}})}},
      {"remote screen, idle", {push(Uneven, {0.5, 30}, {{60, 2500}, 0.9}), tell(Person, {0.05, 2}, {{20, 80}, 0.2}), ping({5, 60}, {10, 50}, {10, 50}, 0.6)}},
      {"remote support, waiting", {ping({5, 60}, {20, 90}, {20, 90}), push(Uneven, {30, 600}, {{60, 400}, 0.3}), ask(Uneven, {30, 600}, {{60, 400}, 0.3}, {5, 100}, {{40, 300}, 0.3}, 0.7)}},
      {"file share, idle", {ask(Uneven, {2, 120}, {{100, 250}, 0.15, 4}, {0.3, 20}, {{100, 400}, 0.3, 4}), push(Uneven, {60, 1800}, {{100, 160}}, 0.4)}},
      {"relay chat", {push(Chance, {1, 60}, {{60, 300}, 0.4}), tell(Person, {10, 120}, {{30, 200}, 0.5}), push(Clock, {60, 240}, {{20, 40}}, 1, 1, {0.5, 20}, {{20, 40}})}},
      {"onion relay circuit", {ask(Person, {0.5, 30}, {{514, 514}}, {50, 800}, {{514, 20000}, 1}), tell(Chance, {5, 15}, {{514, 514}}), push(Chance, {5, 15}, {{514, 514}})}},
      {"editor's language server", {ask(Person, {0.3, 10}, {{150, 1500}, 0.6}, {2, 400}, {{80, 6000}, 1}), push(Person, {1, 30}, {{150, 3000}, 0.8})}},
      {"shared document", {ask(Person, {0.5, 10}, {{150, 900}, 0.4}, {20, 200}, {{60, 250}, 0.1}), push(Person, {1, 60}, {{120, 1200}, 0.5}), ping({10, 40}, {10, 60}, {10, 60})}},
      {"live location", {ask(Clock, {1, 15}, {{80, 240}, 0.03}, {5, 100}, {{20, 90}}), push(Uneven, {5, 120}, {{80, 500}, 0.3})}},
      {"courier's terminal", {ask(Uneven, {5, 120}, {{120, 400}, 0.2}, {5, 150}, {{40, 120}, 0.05}), push(Chance, {20, 300}, {{200, 900}, 0.2}), ping({20, 60}, {10, 60}, {10, 60})}},
      {"sports scores", {push(Chance, {2, 60}, {{80, 600}, 0.3}), ping({20, 60}, {10, 40}, {10, 40}), ask(Person, {10, 120}, {{80, 250}, 0.2}, {5, 100}, {{100, 2500}, 0.7}, 0.5)}},
      {"auction, bids", {ask(Person, {2, 60}, {{90, 260}, 0.1}, {2, 150}, {{50, 180}, 0.05}), push(Chance, {1, 60}, {{90, 500}, 0.2}), ping({15, 60}, {10, 40}, {10, 40})}},
      {"console of a plant", {push(Clock, {0.5, 20}, {{150, 2500}, 0.05}), ask(Person, {5, 120}, {{60, 300}, 0.2}, {2, 200}, {{80, 2500}, 0.5})}},
      {"wall of graphs", {push(Clock, {5, 60}, {{300, 6000}, 0.03, 2}), ask(Uneven, {20, 300}, {{90, 500}, 0.3}, {5, 400}, {{200, 9000}, 0.8}), ping({20, 60}, {10, 60}, {10, 60}, 0.6)}},
      {"broker's screen", {push(Clock, {0.5, 10}, {{100, 1200}, 0.1, 2}), ask(Person, {4, 90}, {{120, 350}, 0.1}, {2, 120}, {{80, 500}, 0.2})}},
      {"meter gateway", {ask(Clock, {10, 120}, {{60, 300}, 0.02}, {1, 60}, {{15, 90}}), push(Clock, {30, 300}, {{40, 200}}), ask(Chance, {60, 600}, {{80, 400}, 0.1}, {1, 60}, {{15, 90}}, 0.7)}},
      {"door controller", {ask(Chance, {10, 300}, {{50, 180}, 0.05}, {1, 80}, {{16, 60}}), ask(Clock, {15, 60}, {{24, 80}}, {1, 60}, {{16, 60}}), push(Clock, {30, 300}, {{24, 120}}), push(Uneven, {60, 900}, {{40, 400}, 0.3}, 0.6, 0.8, {1, 80}, {{16, 60}})}},
      {"lift and fire alarms", {ask(Clock, {5, 60}, {{30, 160}}, {1, 80}, {{20, 70}}), push(Chance, {60, 900}, {{30, 200}, 0.1}), ask(Chance, {90, 900}, {{60, 260}, 0.1}, {1, 80}, {{20, 70}})}},
      {"fleet tracker", {ask(Clock, {2, 60}, {{70, 260}, 0.02}, {5, 200}, {{12, 60}}), push(Uneven, {20, 600}, {{60, 500}, 0.2}), ping({30, 120}, {4, 30}, {4, 30}, 0.5)}},
      {"ride offers", {ask(Clock, {3, 15}, {{90, 300}, 0.03}, {5, 150}, {{20, 120}, 0.03}), push(Chance, {10, 240}, {{150, 900}, 0.15}), ask(Uneven, {60, 600}, {{90, 300}, 0.1}, {5, 200}, {{60, 400}, 0.3}, 0.6)}},
      {"auction, many lots", {ask(Uneven, {5, 120}, {{100, 280}, 0.06}, {2, 150}, {{50, 160}, 0.03}), push(Uneven, {0.5, 30}, {{90, 400}, 0.1, 3}), ping({15, 60}, {10, 40}, {10, 40})}},
      {"telephony events", {push(Chance, {2, 120}, {{200, 900}, 0.4}), ask(Clock, {10, 60}, {{40, 90}}, {0.5, 20}, {{40, 100}}), ask(Chance, {20, 300}, {{100, 300}, 0.3}, {1, 40}, {{60, 200}, 0.2}, 0.7)}},
  };
  return kKinds;
}

}  // namespace shapes
