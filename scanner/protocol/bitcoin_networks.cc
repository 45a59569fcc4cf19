// Sources, by the letter behind each line:
//   a  the coin's own chain parameters (chainparams.cpp, wire/protocol.go)
//   b  trezor/blockbook, bchain/coins: written there as a little-endian number, here as on the wire
//   d  the coin's documentation
//   p  p2pool/p2pool, p2pool/networks
#include "scanner/protocol/bitcoin_networks.h"

#include <array>
#include <cstring>

namespace scanner {
namespace {

constexpr BitcoinNetwork kNetworks[] = {
    {{0xf9, 0xbe, 0xb4, 0xd9}, "bitcoin-mainnet", "bitcoin"},                                        // a
    {{0x0b, 0x11, 0x09, 0x07}, "bitcoin-testnet3|groestlcoin-testnet", ""},                          // a, b
    {{0x1c, 0x16, 0x3f, 0x28}, "bitcoin-testnet4", "bitcoin"},                                       // a
    {{0x0a, 0x03, 0xcf, 0x40}, "bitcoin-signet", "bitcoin"},                                         // a
    {{0xfa, 0xbf, 0xb5, 0xda}, "bitcoin-regtest|litecoin-regtest|firo-regtest", ""},                 // a, b
    {{0xfb, 0xc0, 0xb6, 0xdb}, "litecoin-mainnet|monacoin-mainnet|gamecredits-mainnet", ""},         // a, b
    {{0xfd, 0xd2, 0xc8, 0xf1}, "litecoin-testnet|monacoin-testnet", ""},                             // a, b
    {{0xc0, 0xc0, 0xc0, 0xc0}, "dogecoin-mainnet", "dogecoin"},                                      // a, b
    {{0xfc, 0xc1, 0xb7, 0xdc}, "dogecoin-testnet|dash-regtest", ""},                                 // a, b
    {{0xbf, 0x0c, 0x6b, 0xbd}, "dash-mainnet|polis-mainnet|nuls-mainnet", ""},                       // b, d
    {{0xce, 0xe2, 0xca, 0xff}, "dash-testnet", "dash"},                                              // b, d
    {{0x24, 0xe9, 0x27, 0x64}, "zcash-mainnet", "zcash"},                                            // a, b
    {{0xfa, 0x1a, 0xf9, 0xbf}, "zcash-testnet|snowgem-testnet", ""},                                 // a, b
    {{0xaa, 0xe8, 0x3f, 0x5f}, "zcash-regtest|snowgem-regtest", ""},                                 // a, b
    {{0xe3, 0xe1, 0xf3, 0xe8}, "bitcoin-cash-mainnet", "bitcoin-cash"},                              // a
    {{0xf4, 0xe5, 0xf3, 0xf4}, "bitcoin-cash-testnet3|bitcoin-sv-testnet", ""},                      // a
    {{0xe2, 0xb7, 0xda, 0xaf}, "bitcoin-cash-testnet4", "bitcoin-cash"},                             // a
    {{0xc3, 0xaf, 0xe1, 0xa2}, "bitcoin-cash-scalenet", "bitcoin-cash"},                             // a
    {{0x52, 0x41, 0x56, 0x4e}, "ravencoin-mainnet", "ravencoin"},                                    // a
    {{0x52, 0x56, 0x4e, 0x54}, "ravencoin-testnet", "ravencoin"},                                    // a
    {{0x43, 0x52, 0x4f, 0x57}, "ravencoin-regtest", "ravencoin"},                                    // b, "CROW" as the two above
    {{0xe1, 0x47, 0x6d, 0x44}, "bitcoin-gold-mainnet", "bitcoin-gold"},                              // b
    {{0xe2, 0x48, 0x6e, 0x45}, "bitcoin-gold-testnet", "bitcoin-gold"},                              // b
    {{0xfa, 0xc3, 0xb6, 0xda}, "digibyte-mainnet", "digibyte"},                                      // b
    {{0xfb, 0xbf, 0xb5, 0xda}, "vertcoin-mainnet", "vertcoin"},                                      // b
    {{0x76, 0x65, 0x72, 0x74}, "vertcoin-testnet", "vertcoin"},                                      // b, "vert"
    {{0xf9, 0xbe, 0xb4, 0xd4}, "groestlcoin-mainnet", "groestlcoin"},                                // b
    {{0xf9, 0xbe, 0xb4, 0xfe}, "namecoin-mainnet", "namecoin"},                                      // a, b
    {{0x0b, 0x11, 0x09, 0xfe}, "namecoin-testnet", "namecoin"},                                      // a: Bitcoin's, last byte fe
    {{0xf1, 0xfe, 0xd9, 0xe3}, "firo-mainnet", "firo"},                                              // b
    {{0xcf, 0xfc, 0xbe, 0xea}, "firo-testnet", "firo"},                                              // a
    {{0xf9, 0x00, 0xb4, 0xd9}, "decred-mainnet", "decred"},                                          // a
    {{0x75, 0xaa, 0x94, 0xb1}, "decred-testnet3", "decred"},                                         // a
    {{0x16, 0x1c, 0x14, 0x12}, "decred-simnet", "decred"},                                           // a
    {{0xfa, 0x00, 0xb5, 0xda}, "decred-regnet", "decred"},                                           // a
    {{0xf1, 0xcf, 0xa6, 0xd3}, "qtum-mainnet", "qtum"},                                              // a (b has it turned round)
    {{0x0d, 0x22, 0x15, 0x06}, "qtum-testnet", "qtum"},                                              // a
    {{0xfd, 0xdd, 0xc6, 0xe1}, "qtum-regtest", "qtum"},                                              // a
    {{0x90, 0xc4, 0xfd, 0xe9}, "pivx-mainnet", "pivx"},                                              // b
    {{0x45, 0x76, 0x65, 0xba}, "pivx-testnet", "pivx"},                                              // b
    {{0x4b, 0x6f, 0x74, 0x6f}, "koto-mainnet", "koto"},                                              // b, "Koto"
    {{0x54, 0x6f, 0x6b, 0x6f}, "koto-testnet", "koto"},                                              // b, "Toko"
    {{0x52, 0x65, 0x6b, 0x6f}, "koto-regtest", "koto"},                                              // b, "Reko"
    {{0x24, 0xc8, 0x27, 0x64}, "snowgem-mainnet", "snowgem"},                                        // b
};

constexpr PeerPool kPeerPools[] = {
    {{0x24, 0x72, 0xef, 0x18, 0x1e, 0xfc, 0xd3, 0x7b}, "p2pool-bitcoin", "bitcoin"},            // p, also by forks for other coins
    {{0x3f, 0x60, 0x57, 0xa1, 0x50, 0x36, 0xf4, 0x41}, "p2pool-bitcoin-testnet", "bitcoin"},    // p
    {{0x72, 0x08, 0xc1, 0xa5, 0x3e, 0xf6, 0x29, 0xb0}, "p2pool-litecoin", "litecoin"},          // p
    {{0xad, 0x96, 0x14, 0xf6, 0x46, 0x6a, 0x39, 0xcf}, "p2pool-litecoin-testnet", "litecoin"},  // p
};

// Most bytes that are asked about begin no magic.
constexpr auto kFirstBytes = [] {
  std::array<bool, 256> begins{};
  for (const BitcoinNetwork& network : kNetworks) begins[network.magic[0]] = true;
  return begins;
}();

}  // namespace

const BitcoinNetwork* find_bitcoin_network(Bytes four) {
  if (!kFirstBytes[four[0]]) return nullptr;
  for (const BitcoinNetwork& network : kNetworks)
    if (std::memcmp(network.magic, four.data(), sizeof network.magic) == 0) return &network;
  return nullptr;
}

const PeerPool* find_peer_pool(Bytes eight) {
  for (const PeerPool& pool : kPeerPools)
    if (std::memcmp(pool.prefix, eight.data(), sizeof pool.prefix) == 0) return &pool;
  return nullptr;
}

}  // namespace scanner
