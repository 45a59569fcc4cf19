#include "scanner/protocol/stratum2_message.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace scanner::stratum2 {
namespace {

constexpr std::uint32_t kSmall = 1200, kLarge = 200'000, kHuge = 0xffffff;
constexpr std::uint32_t kTarget = 32, kText = 256;  // U256; STR0_255 at its longest
constexpr std::uint16_t kVersion = 2;
constexpr std::uint32_t kEarliestTime = 1451606400, kLatestTime = 0x7fffffff;  // 2016 to 2038
constexpr double kMaxHashrate = 1e24;  // a thousand times what all of Bitcoin has

constexpr std::array kTypes{
    TypeFacts{Type::SetupConnection, "SetupConnection", Sender::Client, 16, 11 + 5 * kText},
    TypeFacts{Type::SetupConnectionSuccess, "SetupConnection.Success", Sender::Server, 6, 6},
    TypeFacts{Type::SetupConnectionError, "SetupConnection.Error", Sender::Server, 5, 4 + kText},
    TypeFacts{Type::ChannelEndpointChanged, "ChannelEndpointChanged", Sender::Either, 4, 4},
    TypeFacts{Type::Reconnect, "Reconnect", Sender::Server, 3, 2 + kText},
    TypeFacts{Type::OpenStandardMiningChannel, "OpenStandardMiningChannel", Sender::Client, 41, 40 + kText},
    TypeFacts{Type::OpenStandardMiningChannelSuccess, "OpenStandardMiningChannel.Success", Sender::Server, 45, 77},
    TypeFacts{Type::OpenMiningChannelError, "OpenMiningChannel.Error", Sender::Server, 5, 4 + kText},
    TypeFacts{Type::OpenExtendedMiningChannel, "OpenExtendedMiningChannel", Sender::Client, 43, 42 + kText},
    TypeFacts{Type::OpenExtendedMiningChannelSuccess, "OpenExtendedMiningChannel.Success", Sender::Server, 43, 79},
    TypeFacts{Type::NewMiningJob, "NewMiningJob", Sender::Server, 45, 49},
    TypeFacts{Type::UpdateChannel, "UpdateChannel", Sender::Client, 40, 40},
    TypeFacts{Type::UpdateChannelError, "UpdateChannel.Error", Sender::Server, 5, 4 + kText},
    TypeFacts{Type::CloseChannel, "CloseChannel", Sender::Either, 5, 4 + kText},
    TypeFacts{Type::SetExtranoncePrefix, "SetExtranoncePrefix", Sender::Server, 5, 37},
    TypeFacts{Type::SubmitSharesStandard, "SubmitSharesStandard", Sender::Client, 24, 24},
    TypeFacts{Type::SubmitSharesExtended, "SubmitSharesExtended", Sender::Client, 25, 57},
    TypeFacts{Type::SubmitSharesSuccess, "SubmitShares.Success", Sender::Server, 20, 20},
    TypeFacts{Type::SubmitSharesError, "SubmitShares.Error", Sender::Server, 9, 8 + kText},
    TypeFacts{Type::NewExtendedMiningJob, "NewExtendedMiningJob", Sender::Server, 19, kLarge},
    TypeFacts{Type::SetNewPrevHash, "SetNewPrevHash", Sender::Server, 48, 48},
    TypeFacts{Type::SetTarget, "SetTarget", Sender::Server, 36, 36},
    TypeFacts{Type::SetCustomMiningJob, "SetCustomMiningJob", Sender::Client, 60, kLarge},
    TypeFacts{Type::SetCustomMiningJobSuccess, "SetCustomMiningJob.Success", Sender::Server, 12, 12},
    TypeFacts{Type::SetCustomMiningJobError, "SetCustomMiningJob.Error", Sender::Server, 9, 8 + kText},
    TypeFacts{Type::SetGroupChannel, "SetGroupChannel", Sender::Server, 6, 6 + 4 * 0xffff},
    TypeFacts{Type::AllocateMiningJobToken, "AllocateMiningJobToken", Sender::Client, 5, 4 + kText},
    TypeFacts{Type::AllocateMiningJobTokenSuccess, "AllocateMiningJobToken.Success", Sender::Server, 7, kLarge},
    TypeFacts{Type::IdentifyTransactions, "IdentifyTransactions", Sender::Server, 4, kSmall},
    TypeFacts{Type::IdentifyTransactionsSuccess, "IdentifyTransactions.Success", Sender::Client, 4, kHuge},
    TypeFacts{Type::ProvideMissingTransactions, "ProvideMissingTransactions", Sender::Server, 6, kLarge},
    TypeFacts{Type::ProvideMissingTransactionsSuccess, "ProvideMissingTransactions.Success", Sender::Client, 6, kHuge},
    TypeFacts{Type::DeclareMiningJob, "DeclareMiningJob", Sender::Client, 17, kHuge},
    TypeFacts{Type::DeclareMiningJobSuccess, "DeclareMiningJob.Success", Sender::Server, 5, 4 + kText},
    TypeFacts{Type::DeclareMiningJobError, "DeclareMiningJob.Error", Sender::Server, 7, kLarge},
    TypeFacts{Type::PushSolution, "PushSolution", Sender::Client, 49, 81},
    TypeFacts{Type::CoinbaseOutputConstraints, "CoinbaseOutputConstraints", Sender::Client, 4, 6},
    TypeFacts{Type::NewTemplate, "NewTemplate", Sender::Server, 41, kLarge},
    TypeFacts{Type::TemplateSetNewPrevHash, "SetNewPrevHash", Sender::Server, 80, 80},
    TypeFacts{Type::RequestTransactionData, "RequestTransactionData", Sender::Client, 8, 8},
    TypeFacts{Type::RequestTransactionDataSuccess, "RequestTransactionData.Success", Sender::Server, 12, kHuge},
    TypeFacts{Type::RequestTransactionDataError, "RequestTransactionData.Error", Sender::Server, 9, 8 + kText},
    TypeFacts{Type::SubmitSolution, "SubmitSolution", Sender::Client, 22, 22 + 0xffff},
};

constexpr auto kByType = [] {
  std::array<std::uint8_t, 0x77> table{};
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    table[static_cast<std::size_t>(kTypes[i].type)] = static_cast<std::uint8_t>(i + 1);
  return table;
}();

// Reads fields one after another. Past the end of a part of a payload nothing is known, so
// nothing contradicts; past the end of a whole one something does.
class Fields {
 public:
  Fields(Bytes head, std::uint32_t length) : cursor_(head), whole_(head.size() == length) {}

  std::uint8_t u8() { return cursor_.u8(); }
  std::uint16_t u16() { return cursor_.le16(); }
  std::uint32_t u32() { return cursor_.le32(); }
  std::uint64_t u64() { return cursor_.le64(); }

  std::string_view text() {
    const Bytes bytes = counted();
    const bool plain = std::none_of(bytes.begin(), bytes.end(), [](std::uint8_t c) { return c < 0x20 || c == 0x7f; });
    require(plain);
    return as_text(bytes);
  }
  Bytes counted() { return take(u8()); }
  Bytes short_bytes() {  // B0_32
    const std::uint8_t size = u8();
    require(size <= 32);
    return take(size);
  }
  double hashrate() {
    const auto value = static_cast<double>(std::bit_cast<float>(u32()));
    require(value >= 0 && value <= kMaxHashrate);
    return cursor_.ok() ? value : 0;
  }
  double target() { return hashes_of(cursor_.take(kTarget)); }
  void block_version() { strange_ = strange_ || (cursor_.le32() >> 29 != 1 && cursor_.ok()); }
  void time() {
    const std::uint32_t seconds = cursor_.le32();
    strange_ = strange_ || (cursor_.ok() && (seconds < kEarliestTime || seconds > kLatestTime));
  }
  void optional_time() {
    const std::uint8_t present = u8();
    require(present <= 1);
    if (present == 1) time();
  }
  void skip(std::size_t size) { cursor_.skip(size); }
  void hash() { skip(32); }
  void rest() { open_ended_ = true; }
  void require(bool holds) { contradicted_ = contradicted_ || (cursor_.ok() && !holds); }

  bool fit() const {
    if (contradicted_) return false;
    return !whole_ || (cursor_.ok() && (open_ended_ || cursor_.remaining() == 0));
  }
  bool strange() const { return strange_; }

 private:
  Bytes take(std::size_t size) { return cursor_.take(size); }

  Cursor cursor_;
  bool whole_, contradicted_ = false, open_ended_ = false;
  bool strange_ = false;  // unlikely in a block that is being mined, yet no contradiction
};

void read_setup(Fields& fields, Message& message) {
  message.protocol = fields.u8();
  fields.require(message.protocol <= 3);
  fields.require(fields.u16() == kVersion);  // lowest and highest version: there is but one
  fields.require(fields.u16() == kVersion);
  fields.u32();  // flags
  message.text = fields.text();
  fields.u16();  // port
  message.vendor = fields.text();
  fields.text();  // hardware
  message.firmware = fields.text();
  fields.text();  // device
}

void read_open(Fields& fields, Message& message, bool extended) {
  message.request = fields.u32();
  message.text = fields.text();
  message.hashrate = fields.hashrate();
  message.target_hashes = fields.target();
  if (extended) fields.u16();  // least extranonce
}

void read_opened(Fields& fields, Message& message, std::uint32_t length, bool extended) {
  message.request = fields.u32();
  message.channel = fields.u32();
  message.target_hashes = fields.target();
  const std::uint32_t fixed = extended ? 43 : 41;
  if (extended) fields.u16();  // extranonce size
  const auto prefix = static_cast<std::uint32_t>(fields.short_bytes().size());
  // The group came into the extended answer with a later edition.
  if (!extended || length == fixed + prefix + 4) message.group = fields.u32();
}

void read_share(Fields& fields, Message& message, bool extended) {
  message.channel = fields.u32();
  message.request = fields.u32();
  message.job = fields.u32();
  fields.u32();  // nonce
  fields.time();
  fields.block_version();
  if (extended) fields.short_bytes();
}

void read_error(Fields& fields, Message& message, bool with_sequence) {
  (with_sequence ? message.channel : message.request) = fields.u32();
  if (with_sequence) message.request = fields.u32();
  message.text = fields.text();
}

void read_job(Fields& fields, Message& message, bool extended) {
  message.channel = fields.u32();
  message.job = fields.u32();
  fields.optional_time();
  fields.block_version();
  if (!extended) return fields.hash();  // merkle root
  fields.require(fields.u8() <= 1);
  for (std::uint8_t branches = fields.u8(); branches > 0; --branches) fields.hash();
  fields.skip(fields.u16());  // coinbase, before and behind the extranonce
  fields.skip(fields.u16());
}

void read_previous(Fields& fields, Message& message) {
  message.channel = fields.u32();
  message.job = fields.u32();
  fields.hash();
  fields.time();
  fields.u32();  // nbits
}

void read_mining(Fields& fields, Message& message, Type type, std::uint32_t length) {
  switch (type) {
    case Type::OpenStandardMiningChannel:
    case Type::OpenExtendedMiningChannel:
      return read_open(fields, message, type == Type::OpenExtendedMiningChannel);
    case Type::OpenStandardMiningChannelSuccess:
    case Type::OpenExtendedMiningChannelSuccess:
      return read_opened(fields, message, length, type == Type::OpenExtendedMiningChannelSuccess);
    case Type::NewMiningJob:
    case Type::NewExtendedMiningJob:
      return read_job(fields, message, type == Type::NewExtendedMiningJob);
    case Type::SubmitSharesStandard:
    case Type::SubmitSharesExtended:
      return read_share(fields, message, type == Type::SubmitSharesExtended);
    case Type::SubmitSharesSuccess:
      message.channel = fields.u32();
      message.request = fields.u32();
      message.count = fields.u32();
      fields.u64();  // sum of their difficulties
      return;
    case Type::SubmitSharesError:
    case Type::SetCustomMiningJobError:
      return read_error(fields, message, true);
    case Type::UpdateChannel:
      message.channel = fields.u32();
      message.hashrate = fields.hashrate();
      message.target_hashes = fields.target();
      return;
    case Type::UpdateChannelError:
    case Type::CloseChannel:
      message.channel = fields.u32();
      message.text = fields.text();
      return;
    case Type::SetExtranoncePrefix:
      message.channel = fields.u32();
      fields.short_bytes();
      return;
    case Type::SetNewPrevHash:
      return read_previous(fields, message);
    case Type::SetTarget:
      message.channel = fields.u32();
      message.target_hashes = fields.target();
      return;
    default:
      return fields.rest();
  }
}

void read_others(Fields& fields, Message& message, Type type) {
  switch (type) {
    case Type::AllocateMiningJobToken:
      message.text = fields.text();
      message.request = fields.u32();
      return;
    case Type::AllocateMiningJobTokenSuccess:
    case Type::DeclareMiningJob:
    case Type::DeclareMiningJobSuccess:
    case Type::DeclareMiningJobError:
      message.request = fields.u32();
      return fields.rest();
    case Type::NewTemplate:
    case Type::SubmitSolution:
      message.job = fields.u64();
      if (type == Type::NewTemplate) fields.require(fields.u8() <= 1);
      fields.block_version();
      return fields.rest();
    case Type::TemplateSetNewPrevHash:
      message.job = fields.u64();
      fields.hash();
      fields.time();
      fields.u32();  // nbits
      fields.hash();
      return;
    default:
      return fields.rest();
  }
}

void read_common(Fields& fields, Message& message, Type type) {
  switch (type) {
    case Type::SetupConnection:
      return read_setup(fields, message);
    case Type::SetupConnectionSuccess:
      fields.require(fields.u16() == kVersion);
      fields.u32();  // flags
      return;
    case Type::SetupConnectionError:
    case Type::OpenMiningChannelError:
      return read_error(fields, message, false);
    case Type::Reconnect:
      message.text = fields.text();
      fields.u16();  // port
      return;
    default:
      return fields.rest();
  }
}

void read_fields(Fields& fields, Message& message, Type type, std::uint32_t length) {
  if (type < Type::OpenStandardMiningChannel || type == Type::OpenMiningChannelError)
    return read_common(fields, message, type);
  if (type >= Type::AllocateMiningJobToken) return read_others(fields, message, type);
  read_mining(fields, message, type, length);
}

// Is this a type that a search may find, and does its payload hold more than its layout asks?
bool may_start(Type type, const Message& message) {
  switch (type) {
    case Type::SetupConnection:
    case Type::SetupConnectionSuccess:
    case Type::OpenStandardMiningChannelSuccess:
    case Type::OpenExtendedMiningChannelSuccess:
    case Type::NewMiningJob:
    case Type::NewExtendedMiningJob:
    case Type::SubmitSharesStandard:
    case Type::SubmitSharesExtended:
    case Type::SetNewPrevHash:
    case Type::TemplateSetNewPrevHash:
      return true;
    case Type::SetupConnectionError:
    case Type::OpenStandardMiningChannel:
    case Type::OpenExtendedMiningChannel:
    case Type::SubmitSharesError:
      return message.text.size() >= 3;
    case Type::SubmitSharesSuccess:
      return message.count > 0 && message.count < (1u << 20);
    default:
      return false;
  }
}

}  // namespace

const TypeFacts* find_type(std::uint8_t type) {
  if (type >= kByType.size() || kByType[type] == 0) return nullptr;
  return &kTypes[kByType[type] - 1u];
}

Header read_header(Bytes six) {
  Cursor cursor(six);
  Header header;
  header.extension = cursor.le16() & 0x7fff;
  header.type = cursor.u8();
  header.length = cursor.le24();
  return header;
}

std::optional<Message> read_message(const TypeFacts& facts, Bytes head, std::uint32_t length) {
  Message message;
  message.facts = &facts;
  Fields fields(head, length);
  read_fields(fields, message, facts.type, length);
  if (!fields.fit()) return std::nullopt;
  return message;
}

bool is_start(Bytes bytes) {
  const Header header = read_header(bytes);
  const TypeFacts* facts = find_type(header.type);
  if (header.extension != 0 || !facts || header.length < facts->min || header.length > facts->max) return false;
  Message message;
  Fields fields(bytes.subspan(kHeaderBytes, std::min<std::size_t>(bytes.size() - kHeaderBytes, header.length)),
                header.length);
  read_fields(fields, message, facts->type, header.length);
  return fields.fit() && !fields.strange() && may_start(facts->type, message);
}

double hashes_of(Bytes target) {
  double value = 0;  // as a fraction of 2^256
  for (std::size_t i = 0; i < target.size(); ++i) value = (value + target[i]) / 256;
  return value > 0 ? 1 / value : 0;
}

}  // namespace scanner::stratum2
