#include "tools/aupsig/shrink.h"

#include "scanner/protocol/json_frame.h"
#include "tools/aupsig/text_secrets.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace scanner {
namespace {

using Holds = std::function<bool(const PacketModel&)>;

// Bytes of one stream that go or stay together.
struct Unit {
  std::uint32_t connection = 0;
  std::uint8_t side = 0;
  std::int64_t begin = 0, end = 0;
};

bool is_lines(const std::string& stream) {
  const std::size_t first = stream.find_first_not_of(" \r\n\t");
  return first != std::string::npos && (stream[first] == '{' || stream[first] == '[');
}

// Turns: what a side sent until the other spoke; of conversations in lines, each line.
std::vector<Unit> units_of(const PacketModel& model) {
  std::vector<Unit> units;
  for (std::uint32_t c = 0; c < model.connections.size(); ++c) {
    const Connection& connection = model.connections[c];
    const bool lines[2] = {is_lines(connection.stream[0]), is_lines(connection.stream[1])};
    std::int64_t done[2] = {0, 0};
    const auto take = [&](std::uint8_t side, std::int64_t end) {
      if (end <= done[side]) return;
      const std::string& stream = connection.stream[side];
      while (lines[side] && done[side] < end) {
        const std::size_t line = stream.find('\n', static_cast<std::size_t>(done[side]));
        if (line == std::string::npos || static_cast<std::int64_t>(line) + 1 >= end) break;
        units.push_back({c, side, done[side], static_cast<std::int64_t>(line) + 1});
        done[side] = static_cast<std::int64_t>(line) + 1;
      }
      // A line that goes on in the next packet is taken there.
      const bool open = lines[side] && end < static_cast<std::int64_t>(stream.size()) && stream[static_cast<std::size_t>(end) - 1] != '\n' && stream.find('\n', static_cast<std::size_t>(end)) != std::string::npos;
      if (open || done[side] == end) return;
      units.push_back({c, side, done[side], end});
      done[side] = end;
    };
    std::int64_t said[2] = {0, 0};
    std::uint8_t last = 0;
    for (const Carrier& carrier : connection.carriers) {
      if (carrier.end <= carrier.begin) continue;
      const bool datagram = connection.tuple.protocol == IpProtocol::Udp;
      if (carrier.side != last || datagram || lines[last]) take(last, said[last]);
      last = carrier.side;
      said[last] = std::max(said[last], carrier.end);
    }
    for (const std::uint8_t side : {std::uint8_t{0}, std::uint8_t{1}}) take(side, static_cast<std::int64_t>(connection.stream[side].size()));
  }
  return units;
}

PacketModel with_units(const PacketModel& model, const std::vector<Unit>& units, const std::vector<std::size_t>& kept) {
  std::vector<bool> stays(units.size(), false);
  for (const std::size_t unit : kept) stays[unit] = true;
  std::map<std::pair<std::uint32_t, int>, std::vector<StreamEdit>> edits;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (!stays[i]) edits[{units[i].connection, units[i].side}].push_back({units[i].begin, units[i].end, ""});
  PacketModel made = model;
  for (auto& [where, list] : edits) edit(made, where.first, where.second, std::move(list));
  drop_emptied(made);
  return made;
}

void shrink_connections(PacketModel& model, std::size_t& budget, const Holds& holds) {
  const auto kept_model = [&](const std::vector<std::size_t>& kept) {
    PacketModel made = model;
    const std::set<std::size_t> stays(kept.begin(), kept.end());
    keep_only(made, [&](std::uint32_t connection, std::uint32_t) { return stays.contains(connection); });
    return made;
  };
  const auto kept = smallest_subset(model.connections.size(), budget, [&](const auto& subset) { return holds(kept_model(subset)); });
  model = kept_model(kept);
}

void shrink_units(PacketModel& model, std::size_t& budget, const Holds& holds) {
  const std::vector<Unit> units = units_of(model);
  const auto kept = smallest_subset(units.size(), budget, [&](const auto& subset) { return holds(with_units(model, units, subset)); });
  model = with_units(model, units, kept);
}

// Acknowledgements, keep-alives, FIN and RST; SYN stays, since it says that the start was seen.
void shrink_bare_packets(PacketModel& model, std::size_t& budget, const Holds& holds) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> bare;
  for (const auto& [connection, carrier] : model.order) {
    const Carrier& c = model.connections[connection].carriers[carrier];
    if (c.begin == c.end && !c.syn && c.cut == 0) bare.emplace_back(connection, carrier);
  }
  const auto without = [&](const std::vector<std::size_t>& kept) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> gone(bare.begin(), bare.end());
    for (const std::size_t i : kept) gone.erase(bare[i]);
    PacketModel made = model;
    keep_only(made, [&](std::uint32_t connection, std::uint32_t carrier) { return !gone.contains({connection, carrier}); });
    return made;
  };
  const auto kept = smallest_subset(bare.size(), budget, [&](const auto& subset) { return holds(without(subset)); });
  model = without(kept);
}

// Hex of blobs, coinbases and branches says nothing that a dialect reads beyond its beginning.
void shrink_texts(PacketModel& model, std::size_t& budget, const Holds& holds) {
  constexpr std::size_t kLong = 40, kShort = 16;
  std::vector<Unit> texts;
  for (std::uint32_t c = 0; c < model.connections.size(); ++c)
    for (const std::uint8_t side : {std::uint8_t{0}, std::uint8_t{1}}) {
      const std::string& stream = model.connections[c].stream[side];
      if (model.connections[c].tuple.protocol != IpProtocol::Tcp || !is_lines(stream)) continue;
      for (std::size_t at = 0; at < stream.size();) {
        if (stream[at] != '{' && stream[at] != '[') {
          ++at;
          continue;
        }
        JsonFramer frame;
        const std::string_view rest = std::string_view(stream).substr(at);
        const std::size_t size = std::max<std::size_t>(frame.take(as_bytes(rest)), 1);
        if (frame.state() == JsonFramer::State::Closed)
          for (const JsonTextValue& value : json_text_values(rest.substr(0, size))) {
            const std::string_view text = rest.substr(value.begin, value.end - value.begin);
            if (text.size() >= kLong && std::all_of(text.begin(), text.end(), [](unsigned char x) { return std::isxdigit(x) != 0; }))
              texts.push_back({c, side, static_cast<std::int64_t>(at + value.begin + kShort), static_cast<std::int64_t>(at + value.end)});
          }
        at += size;
      }
    }
  const auto kept = smallest_subset(texts.size(), budget, [&](const auto& subset) { return holds(with_units(model, texts, subset)); });
  model = with_units(model, texts, kept);
}

}  // namespace

std::vector<std::size_t> smallest_subset(std::size_t count, std::size_t& budget, const std::function<bool(const std::vector<std::size_t>&)>& holds) {
  std::vector<std::size_t> kept(count);
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  const auto ask = [&](const std::vector<std::size_t>& subset) {
    if (budget == 0) return false;
    --budget;
    return holds(subset);
  };
  if (count == 0) return kept;
  if (ask({})) return {};
  // Pieces are taken out, larger ones first, from the end: what comes late is needed least.
  for (std::size_t size = (kept.size() + 1) / 2; size > 0 && budget > 0;) {
    bool taken = false;
    for (std::size_t end = kept.size(); end > 0 && budget > 0;) {
      const std::size_t begin = end > size ? end - size : 0;
      std::vector<std::size_t> rest(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(begin));
      rest.insert(rest.end(), kept.begin() + static_cast<std::ptrdiff_t>(end), kept.end());
      if (ask(rest)) {
        kept = std::move(rest);
        taken = true;
      }
      end = begin;
    }
    if (kept.empty()) break;
    // Once more with the finest pieces where they still gave something.
    if (size == 1 && !taken) break;
    size = size == 1 ? 1 : std::max<std::size_t>(1, std::min(size, kept.size()) / 2);
  }
  return kept;
}

void shrink(PacketModel& model, std::size_t& budget, const Holds& holds) {
  shrink_connections(model, budget, holds);
  shrink_bare_packets(model, budget, holds);
  shrink_units(model, budget, holds);
  shrink_bare_packets(model, budget, holds);
  shrink_texts(model, budget, holds);
}

}  // namespace scanner
