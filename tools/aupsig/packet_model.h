// A capture as its conversations: ordered streams with the segments that carried them, so that
// bytes can be exchanged or taken out and packets be built anew with right numbers and checksums.
//
// Kept are TCP and UDP, innermost addresses, order, times, TCP flags and numbers (relative),
// segmentation, losses. Not kept: encapsulation, fragments, link layers, TCP options, everything
// that is neither TCP nor UDP.
#pragma once

#include "scanner/model/event.h"
#include "scanner/model/flow_ref.h"
#include "scanner/model/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scanner {

// One packet. Positions count in the stream's bytes, 0 at its first; negative: before it.
struct Carrier {
  Timestamp at;
  std::uint8_t side = 0;  // 0: from tuple.source
  bool syn = false, ack = false, fin = false, rst = false, psh = false;
  std::uint16_t window = 0;
  std::int64_t begin = 0, end = 0;  // TCP: of the sender's stream; UDP: of `stream` as well
  std::int64_t acknowledged = 0;    // position in the other side's stream
  std::uint32_t cut = 0;            // payload bytes behind `end` that were not captured
  bool emptied = false;             // an edit took all its payload, and it has no SYN, FIN or RST
};

struct Connection {
  FiveTuple tuple;            // source: who sent the first packet
  std::string stream[2];      // by side; a hole in it is filled with zeros that no carrier carries
  std::vector<Carrier> carriers;
};

struct PacketModel {
  std::vector<Connection> connections;
  struct Place {
    std::uint32_t connection = 0, carrier = 0;
  };
  std::vector<Place> order;       // of the packets in the capture
  std::uint64_t left_out = 0;     // packets of other protocols, or not decoded
  bool encapsulated = false;      // some packet stood in a tunnel, which is not kept
};

// An Error where one stream is larger than 64 MiB.
Result<PacketModel> model_of(std::span<const EventBatch> batches);

// Bytes [begin, end) of a stream become `text`.
struct StreamEdit {
  std::int64_t begin = 0, end = 0;
  std::string text;
};

// Edits of one stream do not overlap; they are sorted here. Positions, also of what follows and of
// acknowledgements, move along. Carriers that lose all their payload are marked.
void edit(PacketModel& model, std::uint32_t connection, int side, std::vector<StreamEdit> edits);

// Takes out the marked ones. Connections are numbered anew.
void drop_emptied(PacketModel& model);

// Keeps the connections and carriers for which `keep` says so, and numbers them anew.
void keep_only(PacketModel& model, const std::function<bool(std::uint32_t connection, std::uint32_t carrier)>& keep);

// The packets, Ethernet frames with made-up link addresses; they belong to the batch.
EventBatch packets_of(const PacketModel& model);

}  // namespace scanner
