// Wallets in any text: each stands in the text, in order, and is found again on its own.
#include "scanner/signature/wallet.h"

#include <cstdint>
#include <cstdlib>

using namespace scanner;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t last = 0;
  for (const Wallet& wallet : find_wallets(text)) {
    if (wallet.begin < last || wallet.end <= wallet.begin || wallet.end > text.size()) std::abort();
    last = wallet.end;
    const auto alone = find_wallets(text.substr(wallet.begin, wallet.end - wallet.begin));
    if (alone.size() != 1 || alone[0].coins != wallet.coins || alone[0].kind != wallet.kind) std::abort();
  }
  return 0;
}
