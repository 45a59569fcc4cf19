#include "tools/trafficgen/wallet_like.h"

#include "scanner/model/bytes.h"
#include "scanner/signature/address_codes.h"
#include "tools/trafficgen/address_text.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <utility>
#include <vector>

namespace scanner::trafficgen {
namespace {

using Symbols = std::vector<std::uint8_t>;  // five bits each

std::string bytes_of(const std::vector<std::uint8_t>& bytes) { return std::string(as_text(Bytes(bytes))); }

// Leading symbols that say the version stay; the last one's padding stays zero.
void redraw(Symbols& symbols, std::size_t kept, Random& random) {
  for (std::size_t i = kept; i < symbols.size(); ++i) symbols[i] = static_cast<std::uint8_t>(random.below(32));
}

void clear_padding(Symbols& symbols, std::size_t version_symbols) {
  const std::size_t padding = (symbols.size() - version_symbols) * 5 % 8;
  if (!symbols.empty()) symbols.back() = static_cast<std::uint8_t>(symbols.back() >> padding << padding);
}

std::optional<std::string> base58check_like(std::string_view address, Random& random) {
  const auto payload = base58check_decode(address);
  if (!payload || payload->size() < 21 || payload->size() > 22) return std::nullopt;
  const std::string version = bytes_of({payload->begin(), payload->end() - 20});
  // Another number may need a digit less.
  for (int tries = 0; tries < 10'000; ++tries) {
    std::string text = base58check_text(version + random.bytes(20));
    if (text.size() == address.size() && text != address) return text;
  }
  return std::nullopt;
}

std::optional<std::string> cryptonote_like(std::string_view address, Random& random) {
  const auto payload = cryptonote_base58_decode(address);
  if (!payload || payload->size() < 65) return std::nullopt;
  std::size_t version = 1;
  while (version < payload->size() && ((*payload)[version - 1] & 0x80) != 0) ++version;
  const std::string tag = bytes_of({payload->begin(), payload->begin() + static_cast<std::ptrdiff_t>(version)});
  const std::string out = cryptonote_text(tag + random.bytes(payload->size() - version));
  return out.size() == address.size() ? std::optional(out) : std::nullopt;
}

std::optional<std::string> bech32_like(std::string_view address, Random& random) {
  auto decoded = bech32_decode(address);
  if (!decoded || decoded->symbols.size() < 2) return std::nullopt;
  std::string prefix(decoded->prefix_as_written);
  const bool upper = std::any_of(prefix.begin(), prefix.end(), [](unsigned char c) { return std::isupper(c) != 0; });
  std::transform(prefix.begin(), prefix.end(), prefix.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t version = prefix == "zs" ? 0 : 1;  // Sapling has none
  redraw(decoded->symbols, version, random);
  clear_padding(decoded->symbols, version);
  std::string out = bech32_text(prefix, decoded->symbols, decoded->kind);
  if (upper) std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

std::optional<std::string> cashaddr_like(std::string_view address, Random& random) {
  const std::size_t colon = address.find(':');
  const std::string_view prefix = colon == std::string_view::npos ? std::string_view("bitcoincash") : address.substr(0, colon);
  const std::string_view payload = colon == std::string_view::npos ? address : address.substr(colon + 1);
  auto symbols = cashaddr_decode(prefix, payload);
  if (!symbols || symbols->size() < 3) return std::nullopt;
  const std::uint8_t second = (*symbols)[1];
  redraw(*symbols, 1, random);
  // The version is a byte: the first symbol and three bits of the second.
  (*symbols)[1] = static_cast<std::uint8_t>((second & 0x1c) | ((*symbols)[1] & 3));
  clear_padding(*symbols, 0);
  return std::string(address.substr(0, colon == std::string_view::npos ? 0 : colon + 1)) + cashaddr_text(prefix, *symbols);
}

std::optional<std::string> evm_like(std::string_view address, Random& random) {
  if (address.size() != 42 || !address.starts_with("0x")) return std::nullopt;
  const std::string_view digits = address.substr(2);
  const auto is = [&](int (*kind)(int)) { return std::any_of(digits.begin(), digits.end(), [kind](unsigned char c) { return kind(c) != 0; }); };
  if (!std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isxdigit(c) != 0; })) return std::nullopt;
  std::string made = random.hex(40);
  if (is(std::islower) && is(std::isupper)) {
    made = eip55_text(std::move(made));
  } else if (is(std::isupper)) {
    std::transform(made.begin(), made.end(), made.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  return "0x" + made;
}

}  // namespace

std::optional<std::string> make_up_like(std::string_view address, Random& random) {
  if (auto made = evm_like(address, random)) return made;
  if (auto made = base58check_like(address, random)) return made;
  if (auto made = bech32_like(address, random)) return made;
  if (auto made = cashaddr_like(address, random)) return made;
  return cryptonote_like(address, random);
}

}  // namespace scanner::trafficgen
