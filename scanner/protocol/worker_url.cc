#include "scanner/protocol/worker_url.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

using namespace std::string_view_literals;

constexpr std::array kNames = {"miner"sv, "worker"sv, "wallet"sv, "address"sv, "login"sv, "account"sv, "user"sv};
constexpr std::size_t kWalletDigits = 40;

bool is_hex(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

// "0x" and 40 hex digits: an Ethereum address, with what follows it up to the next part.
std::string_view ethereum_address(std::string_view target) {
  for (std::size_t at = target.find("0x"); at != target.npos; at = target.find("0x", at + 2)) {
    const std::string_view digits = target.substr(at + 2);
    const auto end = std::find_if_not(digits.begin(), digits.end(), is_hex);
    if (end - digits.begin() != static_cast<std::ptrdiff_t>(kWalletDigits)) continue;
    return target.substr(at, std::min(target.find_first_of("?&#", at), target.size()) - at);
  }
  return {};
}

}  // namespace

std::string worker_in_target(std::string_view target) {
  if (const std::string_view address = ethereum_address(target); !address.empty()) return std::string(address);
  const std::size_t query = target.find('?');
  if (query == target.npos) return {};
  std::string_view left = target.substr(query + 1);
  while (!left.empty()) {
    const std::string_view pair = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(pair.size() + 1, left.size()));
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos || equals + 1 == pair.size()) continue;
    if (std::find(kNames.begin(), kNames.end(), pair.substr(0, equals)) != kNames.end())
      return std::string(pair.substr(equals + 1));
  }
  return {};
}

}  // namespace scanner
