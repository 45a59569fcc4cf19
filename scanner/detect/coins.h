// What a coin's name tells: its algorithm, and how much work a difficulty of 1 stands for.
#pragma once

#include <string>
#include <string_view>

namespace scanner {

// Lower-case algorithm ("sha256d", "scrypt", "randomx", …), or "" where the coin is not known
// or is mined with several. `coin`: a ticker or name as data sets and dialects write it.
std::string algorithm_of_coin(std::string_view coin);

// The ticker of a coin that a list names: "mps:monero" → "XMR", "etc" → "ETC"; a name that is
// not known comes back as it is, without the list's prefix.
std::string ticker_of(std::string_view listed);

// Expected hashes of a share of difficulty 1: 2^32 for SHA-256d (Bitcoin's difficulty 1
// target), 2^16 for scrypt pools (their difficulty 1 is 1/65536 of it). 0: not known.
double hashes_per_difficulty(std::string_view algorithm);

// The coin of the wallet that a worker's name begins with, by format and checksum; "" where
// there is none or several coins share the format.
std::string coin_of_worker(std::string_view worker);

}  // namespace scanner
