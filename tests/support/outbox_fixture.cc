#include "tests/support/outbox_fixture.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace scanner::test {

std::string numbered_event(std::uint64_t number, const std::string& type, std::size_t padding, const std::string& subject) {
  const std::string digits = std::to_string(number);
  return "{\"specversion\":\"1.0\",\"id\":\"" + std::string(32 - digits.size(), '0') + digits + "\",\"source\":\"urn:aupscan:test\",\"type\":\"" + type +
         "\",\"subject\":\"" + subject + "\",\"time\":\"2026-01-02T12:00:00.000000000Z\",\"datacontenttype\":\"application/json\",\"data\":{\"number\":" + digits +
         ",\"padding\":\"" + std::string(padding, 'x') + "\"}}";
}

std::uint64_t number_of(const std::string& event_json) {
  const auto json = nlohmann::json::parse(event_json, nullptr, false);
  if (!json.is_object() || !json.contains("data")) return 0;
  return json["data"].value("number", std::uint64_t{0});
}

OutboxWorld OutboxSurroundings::world(Disk& disk, const SigningKey* key, Reclaim* reclaim) {
  return {&disk, key, reclaim, [this] { return now; }, [this](const std::string& text) { said.push_back(text); }};
}

bool OutboxSurroundings::heard(const std::string& part) const {
  return std::any_of(said.begin(), said.end(), [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

OutboxOptions outbox_options(const std::string& directory) {
  OutboxOptions options;
  options.directory = directory;
  options.frame = {"urn:aupscan:agent:test", "host:test"};
  return options;
}

SigningKey test_key() { return SigningKey::from_seed(as_bytes(std::string(32, 's'))).value(); }

std::vector<OutboxRecord> all_records(Outbox& outbox) {
  OutboxReader reader(outbox, 1);
  std::vector<OutboxRecord> all;
  for (;;) {
    auto some = reader.read(100, 1 << 20).value();
    if (some.empty()) return all;
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
}

std::vector<std::uint64_t> numbers(const std::vector<OutboxRecord>& records) {
  std::vector<std::uint64_t> out;
  for (const OutboxRecord& record : records)
    if (record.kind == RecordKind::Event || record.kind == RecordKind::Held) out.push_back(number_of(record.body));
  return out;
}

std::vector<std::string> notes(const std::vector<OutboxRecord>& records) {
  std::vector<std::string> out;
  for (const OutboxRecord& record : records)
    if (record.kind == RecordKind::Note || record.kind == RecordKind::Checkpoint) out.push_back(nlohmann::json::parse(record.body)["data"]["what"]);
  return out;
}

}  // namespace scanner::test
