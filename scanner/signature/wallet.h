// Addresses of wallets in text, found by format and proved by checksum.
//
// A proven address says whom somebody wants to be paid as. It is no proof of mining: wallets,
// donation lines and block explorers hold addresses too. Addresses are personal data: they
// leave the engine as keyed hashes only.
//
// Known forms: base58check (Bitcoin and its relatives), bech32 and bech32m (BIP 173, 350),
// Zcash t- and Sapling addresses, CryptoNote base58 with Keccak (Monero and others), EVM
// accounts (EIP-55), CashAddr, Kaspa.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct Wallet {
  std::size_t begin = 0, end = 0;  // the whole address in the text, with a prefix like "kaspa:"
  // Tickers, the likeliest first. Several where coins share the format ("1…" is Bitcoin's
  // and Bitcoin Cash's); none where the checksum holds but the version is not known.
  std::vector<std::string> coins;
  std::string network;  // "mainnet", "testnet", "stagenet", "regtest"; "" where not known
  std::string kind;     // "p2pkh", "p2sh", "segwit", "taproot", "standard", "subaddress",
                        // "integrated", "account", "shielded", "pubkey"; "" where not known
  bool weak = false;    // the form carries no checksum (an EVM address in one case)
};

// In the order of the text, at most `limit`. An address stands alone: letters or digits
// beside it make it none. Time is linear in the text, whatever it holds.
std::vector<Wallet> find_wallets(std::string_view text, std::size_t limit = 16);

}  // namespace scanner
