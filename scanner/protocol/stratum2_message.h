// The messages of Stratum V2 as they travel unencrypted (stratum-mining/sv2-spec, chapters 3,
// 5, 6, 7 and 8): a header of six bytes, then a payload of fields without names.
//
// Nothing in a message says that it is one, so layout is checked strictly: lengths that
// follow from the fields, text without control characters, numbers that can be.
#pragma once

#include "scanner/model/bytes.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace scanner::stratum2 {

enum class Type : std::uint8_t {
  SetupConnection = 0x00, SetupConnectionSuccess = 0x01, SetupConnectionError = 0x02, ChannelEndpointChanged = 0x03, Reconnect = 0x04,
  // Mining protocol
  OpenStandardMiningChannel = 0x10, OpenStandardMiningChannelSuccess = 0x11, OpenMiningChannelError = 0x12,
  OpenExtendedMiningChannel = 0x13, OpenExtendedMiningChannelSuccess = 0x14, NewMiningJob = 0x15, UpdateChannel = 0x16,
  UpdateChannelError = 0x17, CloseChannel = 0x18, SetExtranoncePrefix = 0x19, SubmitSharesStandard = 0x1a, SubmitSharesExtended = 0x1b,
  SubmitSharesSuccess = 0x1c, SubmitSharesError = 0x1d, NewExtendedMiningJob = 0x1f, SetNewPrevHash = 0x20, SetTarget = 0x21,
  SetCustomMiningJob = 0x22, SetCustomMiningJobSuccess = 0x23, SetCustomMiningJobError = 0x24, SetGroupChannel = 0x25,
  // Job declaration protocol
  AllocateMiningJobToken = 0x50, AllocateMiningJobTokenSuccess = 0x51, IdentifyTransactions = 0x53, IdentifyTransactionsSuccess = 0x54,
  ProvideMissingTransactions = 0x55, ProvideMissingTransactionsSuccess = 0x56, DeclareMiningJob = 0x57, DeclareMiningJobSuccess = 0x58,
  DeclareMiningJobError = 0x59, PushSolution = 0x60,
  // Template distribution protocol
  CoinbaseOutputConstraints = 0x70, NewTemplate = 0x71, TemplateSetNewPrevHash = 0x72, RequestTransactionData = 0x73,
  RequestTransactionDataSuccess = 0x74, RequestTransactionDataError = 0x75, SubmitSolution = 0x76,
};

enum class Sender : std::uint8_t { Client, Server, Either };

struct TypeFacts {
  Type type;
  std::string_view name;     // as the specification writes it
  Sender sender;
  std::uint32_t min, max;    // bytes of payload
};

// Null where the specification knows no such type.
const TypeFacts* find_type(std::uint8_t type);

inline constexpr std::size_t kHeaderBytes = 6;
// A payload of at most this many bytes is read whole; of a longer one the beginning tells enough.
inline constexpr std::size_t kReadBytes = 1400;

struct Header {
  std::uint16_t extension = 0;  // without the bit that marks messages of a channel
  std::uint8_t type = 0;
  std::uint32_t length = 0;     // of the payload
};
Header read_header(Bytes six);

// What matters of a payload. Texts point into it.
struct Message {
  const TypeFacts* facts = nullptr;
  std::uint32_t channel = 0, group = 0;
  std::uint32_t request = 0;          // request id, or a share's (last) sequence number
  std::uint64_t job = 0;              // job or template id
  std::uint32_t count = 0;            // shares that SubmitShares.Success accepts
  std::uint16_t protocol = 0;         // SetupConnection: 0 mining, 1 job declaration, 2 templates
  std::string_view text;              // user, host or error code
  std::string_view vendor, firmware;  // SetupConnection
  double hashrate = 0;                // hashes per second, as the client claims
  double target_hashes = 0;           // expected hashes a share; 0: no target told
};

// Reads a payload of `length` bytes of which `head` is the beginning (all of it, up to
// kReadBytes; less where only a probe's bytes are at hand). Nothing where the layout of this
// type contradicts what is there.
std::optional<Message> read_message(const TypeFacts& facts, Bytes head, std::uint32_t length);

// Could a message start here, where nothing is known of what came before? `bytes` begins
// with a whole header. Only types that a conversation begins with, or that are frequent in
// its middle; a block version that is none (BIP 9) or a time before 2016 rules it out.
bool is_start(Bytes bytes);

// Expected hashes for a hash at most `target` (32 bytes, little-endian); 0: target 0.
double hashes_of(Bytes target);

}  // namespace scanner::stratum2
