// A stand-in for the agent: puts numbered events through Delivery as fast as the disk takes
// them, and says on standard output which of them are durable. Made to be killed.
//
// usage: outbox_probe CONFIG FIRST COUNT [GRACE_MS [ATTEMPTS]]
//   ATTEMPTS: of each sink, delivered or not, before it stops
//   then "durable N" for each flush, "stopped" at the end; messages on standard error
#include "scanner/app/config.h"
#include "scanner/io/delivery.h"
#include "scanner/model/digest.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <random>
#include <string>
#include <thread>

namespace {

using namespace scanner;

std::string event_of(std::uint64_t number, const std::string& id) {
  return "{\"specversion\":\"1.0\",\"id\":\"" + id + "\",\"source\":\"urn:aupscan:agent:probe\",\"type\":\"aupscan.breach.v1\",\"subject\":\"ip:192.0.2." +
         std::to_string(number % 200) + "\",\"time\":\"2026-01-02T12:00:00.000000000Z\",\"datacontenttype\":\"application/json\",\"data\":{\"incident\":\"" + id +
         "\",\"number\":" + std::to_string(number) + ",\"padding\":\"" + std::string(number * 37 % 900, 'x') + "\"}}";
}

Timestamp wall_clock() { return {std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count()}; }

bool attempted(const Delivery& delivery, std::uint64_t attempts) {
  const auto sinks = delivery.status().sinks;
  return std::all_of(sinks.begin(), sinks.end(), [&](const SinkStatus& sink) { return sink.delivered + sink.retries >= attempts; });
}

int complain(const std::string& what) {
  std::cerr << "outbox_probe: " << what << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return complain("usage: outbox_probe CONFIG FIRST COUNT [GRACE_MS]");
  const std::uint64_t first = std::stoull(argv[2]), count = std::stoull(argv[3]);
  Diagnostics diagnostics;
  const auto config = load_config(argv[1], diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!config) return complain(config.error().message);
  DeliveryOptions options = delivery_options(*config, {"urn:aupscan:agent:probe", "host:probe"}, first);
  options.backoff = {std::chrono::milliseconds(5), std::chrono::milliseconds(100)};
  std::optional<SigningKey> key;
  if (auto loaded = SigningKey::from_seed(as_bytes(config->delivery.signing_seed))) key.emplace(std::move(*loaded));
  const OutboxWorld world{&system_disk(), key ? &*key : nullptr, nullptr, wall_clock, [](const std::string& text) { std::cerr << text + "\n"; }};
  auto delivery = Delivery::open(options, world);
  if (!delivery) return complain(delivery.error().message);
  (*delivery)->start();
  std::mt19937_64 random(first);
  for (std::uint64_t number = first; number < first + count; ++number) {
    const Sha256 hash = sha256(as_bytes("probe " + std::to_string(number)));
    const std::string id = to_hex(Bytes(hash).first(16));
    if (auto added = (*delivery)->add({event_of(number, id), id, id, "ip:192.0.2." + std::to_string(number % 200), wall_clock()}); !added) return complain(added.error().message);
    if (random() % 3 != 0 && number + 1 < first + count) continue;
    if ((*delivery)->flush(wall_clock())) std::printf("durable %llu\n", static_cast<unsigned long long>(number));
    std::fflush(stdout);
  }
  const std::uint64_t attempts = argc > 5 ? std::stoull(argv[5]) : 0;
  while (!attempted(**delivery, attempts)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto stopped = (*delivery)->stop(std::chrono::milliseconds(argc > 4 ? std::stoull(argv[4]) : 10'000));
  if (!stopped) return complain(stopped.error().message);
  std::puts("stopped");
  return 0;
}
