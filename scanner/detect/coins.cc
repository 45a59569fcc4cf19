#include "scanner/detect/coins.h"

#include "scanner/model/letters.h"
#include "scanner/signature/wallet.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

struct Coin {
  std::string_view ticker, name, algorithm;
};

// Only coins with one algorithm. Ethereum's entry serves captures from before the Merge.
constexpr std::array kCoins{
    Coin{"BTC", "bitcoin", "sha256d"},     Coin{"BCH", "bitcoincash", "sha256d"}, Coin{"BSV", "bitcoinsv", "sha256d"},
    Coin{"NMC", "namecoin", "sha256d"},    Coin{"LTC", "litecoin", "scrypt"},     Coin{"DOGE", "dogecoin", "scrypt"},
    Coin{"XMR", "monero", "randomx"},      Coin{"ZEPH", "zephyr", "randomx"},     Coin{"WOW", "wownero", "randomx"},
    Coin{"ETC", "ethereumclassic", "etchash"}, Coin{"ETH", "ethereum", "ethash"}, Coin{"ETHW", "ethereumpow", "ethash"},
    Coin{"UBQ", "ubiq", "ubqhash"},        Coin{"ZEC", "zcash", "equihash"},      Coin{"ZEN", "horizen", "equihash"},
    Coin{"BTG", "bitcoingold", "equihash144"}, Coin{"RVN", "ravencoin", "kawpow"}, Coin{"FIRO", "firo", "firopow"},
    Coin{"KAS", "kaspa", "kheavyhash"},    Coin{"DASH", "dash", "x11"},           Coin{"ERG", "ergo", "autolykos2"},
    Coin{"BEAM", "beam", "beamhash3"},     Coin{"CKB", "nervos", "eaglesong"},    Coin{"RTM", "raptoreum", "ghostrider"},
    Coin{"GRS", "groestlcoin", "groestl"}, Coin{"VTC", "vertcoin", "verthash"},   Coin{"DCR", "decred", "blake3"},
};

const Coin* find_coin(std::string_view name) {
  const auto found = std::find_if(kCoins.begin(), kCoins.end(), [&](const Coin& c) { return same_letters(name, c.ticker) || same_letters(name, c.name); });
  return found == kCoins.end() ? nullptr : &*found;
}

}  // namespace

std::string algorithm_of_coin(std::string_view coin) {
  const Coin* found = find_coin(coin);
  return found == nullptr ? "" : std::string(found->algorithm);
}

std::string ticker_of(std::string_view listed) {
  constexpr std::string_view kListPrefix = "mps:";
  if (listed.starts_with(kListPrefix)) listed.remove_prefix(kListPrefix.size());
  const Coin* found = find_coin(listed);
  return std::string(found == nullptr ? listed : found->ticker);
}

double hashes_per_difficulty(std::string_view algorithm) {
  if (algorithm == "sha256d") return 4294967296.0;
  if (algorithm == "scrypt") return 65536.0;
  return 0;
}

std::string coin_of_worker(std::string_view worker) {
  const auto wallets = find_wallets(worker.substr(0, 256));
  if (wallets.empty() || wallets.front().weak || wallets.front().coins.size() != 1) return "";
  return wallets.front().coins.front();
}

}  // namespace scanner
