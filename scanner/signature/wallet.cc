#include "scanner/signature/wallet.h"

#include "scanner/model/letters.h"
#include "scanner/signature/address_codes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace scanner {
namespace {

constexpr std::size_t kShortest = 14;  // the shortest segwit address
constexpr std::size_t kLongest = 128;

// A version that coins put before an address's payload. `coins` is comma-separated.
struct Version {
  std::uint64_t tag;
  std::string_view coins, network, kind;
};

// One byte, then 20 of hash. From the coins' chain parameters.
constexpr Version kBase58Versions[] = {
    {0, "BTC,BCH,BSV", "mainnet", "p2pkh"},    {5, "BTC,BCH,LTC", "mainnet", "p2sh"},
    {16, "DASH", "mainnet", "p2sh"},           {22, "DOGE", "mainnet", "p2sh"},
    {23, "BTG", "mainnet", "p2sh"},            {30, "DOGE,DGB,PIVX", "mainnet", "p2pkh"},
    {33, "EVR", "mainnet", "p2pkh"},           {38, "BTG,NEOX", "mainnet", "p2pkh"},
    {48, "LTC", "mainnet", "p2pkh"},           {50, "LTC,MONA", "mainnet", ""},
    {52, "NMC", "mainnet", "p2pkh"},           {53, "XNA", "mainnet", "p2pkh"},
    {58, "QTUM", "mainnet", "p2pkh"},          {60, "RVN,RTM,VRSC,KMD", "mainnet", "p2pkh"},
    {63, "DGB", "mainnet", "p2sh"},            {65, "TRX", "mainnet", "account"},
    {71, "VTC", "mainnet", "p2pkh"},           {76, "DASH", "mainnet", "p2pkh"},
    {82, "FIRO", "mainnet", "p2pkh"},          {111, "BTC,LTC,BCH", "testnet", "p2pkh"},
    {122, "RVN", "mainnet", "p2sh"},           {196, "BTC,LTC,BCH", "testnet", "p2sh"},
};

// Two bytes, then 20 of hash.
constexpr Version kBase58WideVersions[] = {
    {0x1cb8, "ZEC,FLUX", "mainnet", "p2pkh"}, {0x1cbd, "ZEC,FLUX", "mainnet", "p2sh"}, {0x1d25, "ZEC", "testnet", "p2pkh"},
    {0x1cba, "ZEC", "testnet", "p2sh"},       {0x2089, "ZEN", "mainnet", "p2pkh"},     {0x2096, "ZEN", "mainnet", "p2sh"},
};

// CryptoNote: a varint, then two keys of 32 bytes, and 8 of payment id where integrated.
constexpr Version kCryptonoteTags[] = {
    {18, "XMR", "mainnet", "standard"},        {19, "XMR", "mainnet", "integrated"},    {42, "XMR", "mainnet", "subaddress"},
    {53, "XMR", "testnet", "standard"},        {54, "XMR", "testnet", "integrated"},    {63, "XMR", "testnet", "subaddress"},
    {24, "XMR", "stagenet", "standard"},       {25, "XMR", "stagenet", "integrated"},   {36, "XMR", "stagenet", "subaddress"},
    {4146, "WOW", "mainnet", "standard"},      {6810, "WOW", "mainnet", "integrated"},  {12208, "WOW", "mainnet", "subaddress"},
    {0x7ad4, "CCX", "mainnet", "standard"},    {0x2bb39a, "SUMO", "mainnet", "standard"},
    {0x3bbb1d, "TRTL", "mainnet", "standard"}, {0x3ef318, "SAL", "mainnet", "standard"},
    {0x55ef318, "SAL", "mainnet", "integrated"}, {0xf5ef318, "SAL", "mainnet", "subaddress"},
};

// Human-readable parts of segregated witness addresses.
struct WitnessPrefix {
  std::string_view prefix, coin, network;
};
constexpr WitnessPrefix kWitnessPrefixes[] = {
    {"bc", "BTC", "mainnet"},   {"tb", "BTC", "testnet"},   {"bcrt", "BTC", "regtest"}, {"ltc", "LTC", "mainnet"},
    {"tltc", "LTC", "testnet"}, {"vtc", "VTC", "mainnet"},  {"dgb", "DGB", "mainnet"},  {"btg", "BTG", "mainnet"},
    {"mona", "MONA", "mainnet"}, {"nc", "NMC", "mainnet"},  {"fc", "FTC", "mainnet"},
};

struct ColonPrefix {
  std::string_view prefix, coin, network;
  bool kaspa;
};
constexpr ColonPrefix kColonPrefixes[] = {
    {"bitcoincash", "BCH", "mainnet", false}, {"bchtest", "BCH", "testnet", false},     {"bchreg", "BCH", "regtest", false},
    {"ecash", "XEC", "mainnet", false},       {"kaspa", "KAS", "mainnet", true},        {"kaspatest", "KAS", "testnet", true},
    {"kaspadev", "KAS", "regtest", true},     {"kaspasim", "KAS", "regtest", true},
};

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Wallet wallet_of(std::string_view coins, std::string_view network, std::string_view kind) {
  Wallet wallet;
  wallet.network = network;
  wallet.kind = kind;
  while (!coins.empty()) {
    const std::size_t comma = coins.find(',');
    wallet.coins.emplace_back(coins.substr(0, comma));
    coins = comma == std::string_view::npos ? std::string_view() : coins.substr(comma + 1);
  }
  return wallet;
}

template <std::size_t N>
Wallet wallet_of(const Version (&versions)[N], std::uint64_t tag) {
  for (const Version& version : versions)
    if (version.tag == tag) return wallet_of(version.coins, version.network, version.kind);
  return {};
}

std::optional<Wallet> base58check_wallet(std::string_view text) {
  if (text.size() < 25 || text.size() > 36) return std::nullopt;
  const auto payload = base58check_decode(text);
  if (!payload) return std::nullopt;
  if (payload->size() == 21) return wallet_of(kBase58Versions, (*payload)[0]);
  // Other lengths are not all addresses: a wallet's private key has the same form.
  if (payload->size() != 22) return std::nullopt;
  Wallet wallet = wallet_of(kBase58WideVersions, std::uint64_t{(*payload)[0]} << 8 | (*payload)[1]);
  return wallet.coins.empty() ? std::nullopt : std::optional(std::move(wallet));
}

std::optional<Wallet> cryptonote_wallet(std::string_view text) {
  if (text.size() < 90 || text.size() > 120) return std::nullopt;
  const auto payload = cryptonote_base58_decode(text);
  if (!payload) return std::nullopt;
  std::uint64_t tag = 0;
  std::size_t used = 0;
  for (unsigned shift = 0; used < payload->size() && shift < 63; shift += 7) {
    const std::uint8_t byte = (*payload)[used++];
    tag |= std::uint64_t{byte & 0x7fu} << shift;
    if (!(byte & 0x80)) break;
  }
  const std::size_t keys = payload->size() - used;
  if (keys != 64 && keys != 72) return std::nullopt;
  Wallet wallet = wallet_of(kCryptonoteTags, tag);
  // The length must be the kind's.
  if (!wallet.kind.empty() && (wallet.kind == "integrated") != (keys == 72)) return std::nullopt;
  return wallet;
}

std::optional<Wallet> bech32_wallet(std::string_view text) {
  const std::size_t separator = text.rfind('1');
  if (separator == std::string_view::npos || separator < 2 || separator > 4) return std::nullopt;
  const std::string_view prefix = text.substr(0, separator);
  const bool sapling = equals_lowered(prefix, "zs");
  const auto witness = std::find_if(std::begin(kWitnessPrefixes), std::end(kWitnessPrefixes),
                                    [&](const WitnessPrefix& p) { return equals_lowered(prefix, p.prefix); });
  if (!sapling && witness == std::end(kWitnessPrefixes)) return std::nullopt;
  const auto decoded = bech32_decode(text);
  if (!decoded || decoded->symbols.empty()) return std::nullopt;
  if (sapling) {
    const auto bytes = bytes_of_symbols(decoded->symbols);
    if (!bytes || bytes->size() != 43 || decoded->kind != Bech32Kind::Bech32) return std::nullopt;
    return wallet_of("ZEC", "mainnet", "shielded");
  }
  // BIP 350, "Addresses for segregated witness outputs".
  const std::uint8_t version = decoded->symbols[0];
  const auto program = bytes_of_symbols(std::span(decoded->symbols).subspan(1));
  if (version > 16 || !program || program->size() < 2 || program->size() > 40) return std::nullopt;
  if (version == 0 && program->size() != 20 && program->size() != 32) return std::nullopt;
  if ((version == 0) != (decoded->kind == Bech32Kind::Bech32)) return std::nullopt;
  return wallet_of(witness->coin, witness->network, version == 1 && program->size() == 32 ? "taproot" : "segwit");
}

// The version byte's top bit is zero, its next four the type, its last three the hash size.
std::optional<std::string_view> cashaddr_kind(std::span<const std::uint8_t> bytes) {
  constexpr std::array<std::size_t, 8> kSizes{20, 24, 28, 32, 40, 48, 56, 64};
  if (bytes.empty() || (bytes[0] & 0x80) || bytes.size() - 1 != kSizes[bytes[0] & 7]) return std::nullopt;
  switch (bytes[0] >> 3) {
    case 0: case 2: return "p2pkh";
    case 1: case 3: return "p2sh";
  }
  return std::nullopt;
}

std::optional<std::string_view> kaspa_kind(std::span<const std::uint8_t> bytes) {
  if (bytes.size() == 33 && bytes[0] == 0) return "pubkey";
  if (bytes.size() == 34 && bytes[0] == 1) return "pubkey";
  if (bytes.size() == 33 && bytes[0] == 8) return "p2sh";
  return std::nullopt;
}

std::optional<Wallet> colon_wallet(const ColonPrefix& form, std::string_view payload) {
  const auto symbols = cashaddr_decode(form.prefix, payload);
  if (!symbols) return std::nullopt;
  const auto bytes = bytes_of_symbols(*symbols);
  if (!bytes) return std::nullopt;
  const auto kind = form.kaspa ? kaspa_kind(*bytes) : cashaddr_kind(*bytes);
  if (!kind) return std::nullopt;
  return wallet_of(form.coin, form.network, *kind);
}

std::optional<Wallet> prefixed_wallet(std::string_view prefix, std::string_view payload) {
  for (const ColonPrefix& form : kColonPrefixes)
    if (equals_lowered(prefix, form.prefix)) return colon_wallet(form, payload);
  return std::nullopt;
}

std::optional<Wallet> evm_wallet(std::string_view text) {
  if (text.size() != 42 || !text.starts_with("0x")) return std::nullopt;
  const std::string_view hex = text.substr(2);
  bool any_lower = false, any_upper = false;
  for (const char c : hex) {
    any_lower |= c >= 'a' && c <= 'f';
    any_upper |= c >= 'A' && c <= 'F';
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return std::nullopt;
  }
  Wallet wallet = wallet_of("ETC,ETH,ETHW", "mainnet", "account");
  wallet.weak = !(any_lower && any_upper);
  if (!wallet.weak && !has_eip55_case(hex)) return std::nullopt;
  return wallet;
}

std::optional<Wallet> wallet_in(std::string_view word) {
  if (word.size() < kShortest || word.size() > kLongest) return std::nullopt;
  if (auto wallet = evm_wallet(word)) return wallet;
  if (auto wallet = base58check_wallet(word)) return wallet;
  if (auto wallet = bech32_wallet(word)) return wallet;
  // Bitcoin Cash's prefix may be left out: 20 bytes of hash are 42 characters then.
  if (word.size() == 42)
    if (auto wallet = colon_wallet(kColonPrefixes[0], word)) return wallet;
  return cryptonote_wallet(word);
}

}  // namespace

std::vector<Wallet> find_wallets(std::string_view text, std::size_t limit) {
  std::vector<Wallet> found;
  std::string_view before;     // the word before the last one separator, for "kaspa:"
  std::size_t before_end = 0;
  for (std::size_t i = 0; i < text.size() && found.size() < limit;) {
    if (!is_alnum(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && is_alnum(text[i])) ++i;
    const std::string_view word = text.substr(begin, i - begin);
    std::optional<Wallet> wallet;
    std::size_t whole = begin;
    if (before_end + 1 == begin && begin > 0 && text[begin - 1] == ':') {
      wallet = prefixed_wallet(before, word);
      if (wallet) whole = begin - before.size() - 1;
    }
    if (!wallet) wallet = wallet_in(word);
    if (wallet) {
      wallet->begin = whole;
      wallet->end = i;
      found.push_back(std::move(*wallet));
    }
    before = word;
    before_end = i;
  }
  return found;
}

}  // namespace scanner
