#include "scanner/signature/wallet.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace scanner;

namespace {

struct Known {
  const char* address;
  const char* coins;
  const char* network;
  const char* kind;
};

// From the BIPs, the EIP, the CashAddr specification, the coins' own tests and pages that
// publish addresses for donations.
const Known kKnown[] = {
    {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "BTC,BCH,BSV", "mainnet", "p2pkh"},
    {"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "BTC,BCH,BSV", "mainnet", "p2pkh"},
    {"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "BTC,BCH,LTC", "mainnet", "p2sh"},
    {"mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "BTC,LTC,BCH", "testnet", "p2pkh"},
    {"LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9", "LTC", "mainnet", "p2pkh"},
    {"DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", "DOGE,DGB,PIVX", "mainnet", "p2pkh"},
    {"XpESxaUmonkq8RaLLp46Brx2K39ggQe226", "DASH", "mainnet", "p2pkh"},
    {"t1VShHAhsQc5RVndQLyM1ZbQXLHKd35GkG1", "ZEC,FLUX", "mainnet", "p2pkh"},
    {"t3Vz22vK5z2LcKEdg16Yv4FFneEL1zg9ojd", "ZEC,FLUX", "mainnet", "p2sh"},
    {"RXBurnXXXXXXXXXXXXXXXXXXXXXXWUo9FV", "RVN,RTM,VRSC,KMD", "mainnet", "p2pkh"},
    {"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TRX", "mainnet", "account"},
    {"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "BTC", "mainnet", "segwit"},
    {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "BTC", "mainnet", "segwit"},
    {"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "BTC", "testnet", "segwit"},
    {"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", "BTC", "mainnet", "segwit"},
    {"BC1SW50QGDZ25J", "BTC", "mainnet", "segwit"},
    {"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "BTC", "mainnet", "segwit"},
    {"tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy", "BTC", "testnet", "segwit"},
    {"tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c", "BTC", "testnet", "taproot"},
    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "BTC", "mainnet", "taproot"},
    {"bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "BCH", "mainnet", "p2pkh"},
    {"qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "BCH", "mainnet", "p2pkh"},
    {"BITCOINCASH:QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A", "BCH", "mainnet", "p2pkh"},
    {"bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq", "BCH", "mainnet", "p2sh"},
    {"kaspa:qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqkx9awp4e", "KAS", "mainnet", "pubkey"},
    {"kaspa:qp0l70zd5x85ttwd6jv7g3s3a8llzj96d8dncn4zmhv4tlzx5k2jyqh70xmfj", "KAS", "mainnet", "pubkey"},
    {"kaspa:qypyrhxkfd055qulcvu6zccq4qe63qajrzgf7t4u4uusveguw6zzc3grrceeuex", "KAS", "mainnet", "pubkey"},
    {"kaspatest:qxaqrlzlf6wes72en3568khahq66wf27tuhfxn5nytkd8tcep2c0vrse6gdmpks", "KAS", "testnet", "pubkey"},
    {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ETC,ETH,ETHW", "mainnet", "account"},
    {"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "ETC,ETH,ETHW", "mainnet", "account"},
    {"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "ETC,ETH,ETHW", "mainnet", "account"},
    {"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", "ETC,ETH,ETHW", "mainnet", "account"},
    {"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A", "XMR", "mainnet", "standard"},
    {"888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H", "XMR", "mainnet", "subaddress"},
    {"4LL9oSLmtpccfufTMvppY6JwXNouMBzSkbLYfpAV5Usx3skxNgYeYTRj5UzqtReoS44qo9mtmXCqY45DJ852K5Jv2bYXZKKQePHES9khPK", "XMR",
     "mainnet", "integrated"},
    {"SaLvdZR6w1A21sf2Wh6jYEh1wzY4GSbT7RX6FjyPsnLsffWLrzFQeXUXJcmBLRWDzZC2YXeYe5t7qKsnrg9FpmxmEcxPHsEYfqA", "SAL", "mainnet",
     "standard"},
};

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& item : list) out += (out.empty() ? "" : ",") + item;
  return out;
}

}  // namespace

TEST_CASE("published addresses are recognised with coin, network and kind", "[signature]") {
  for (const Known& known : kKnown) {
    INFO(known.address);
    const std::string text = std::string("user \"") + known.address + ".rig1\" ";
    const auto wallets = find_wallets(text);
    REQUIRE(wallets.size() == 1);
    CHECK(text.substr(wallets[0].begin, wallets[0].end - wallets[0].begin) == known.address);
    CHECK(joined(wallets[0].coins) == known.coins);
    CHECK(wallets[0].network == known.network);
    CHECK(wallets[0].kind == known.kind);
    CHECK_FALSE(wallets[0].weak);
  }
}

TEST_CASE("an address with one character changed is none", "[signature]") {
  const std::string alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0Ol";
  for (const Known& known : kKnown) {
    const std::string address = known.address;
    for (std::size_t i = 0; i < address.size(); ++i) {
      for (const char c : alphabet) {
        if (c == address[i]) continue;
        std::string changed = address;
        changed[i] = c;
        const auto wallets = find_wallets(changed);
        // EIP-55 is a checksum of the letters' case: a changed digit stays unseen in 1 of
        // 4,000 cases, and an address in one case has none.
        const bool proven = std::any_of(wallets.begin(), wallets.end(), [](const Wallet& w) { return !w.weak; });
        const bool evm = address.starts_with("0x");
        // The checksum of an address with the prefix broken may still be that of its payload.
        const bool prefix = address.find(':') != std::string::npos && i <= address.find(':');
        INFO(changed);
        if (!evm && !prefix) CHECK_FALSE(proven);
        if (evm && i < 2) CHECK(wallets.empty());
      }
    }
  }
}

TEST_CASE("few EVM addresses with a digit changed pass their checksum", "[signature]") {
  const std::string address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  std::size_t passed = 0, tried = 0;
  for (std::size_t i = 2; i < address.size(); ++i)
    for (const char c : std::string("0123456789abcdefABCDEF")) {
      if (c == address[i]) continue;
      std::string changed = address;
      changed[i] = c;
      ++tried;
      passed += find_wallets(changed).size();
    }
  REQUIRE(tried > 800);
  REQUIRE(passed <= 3);
}

TEST_CASE("BIP 350's invalid addresses are refused", "[signature]") {
  for (const char* text : {
           "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
           "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
           "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
           "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
           "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
           "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
           "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
           "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
           "bc1pw5dgrnzv",
           "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
           "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
           "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
           "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
           "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
           "bc1gmk9yu",
       }) {
    INFO(text);
    CHECK(find_wallets(text).empty());
  }
}

TEST_CASE("an EVM address in one case carries no checksum and is weak", "[signature]") {
  for (const char* text : {"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED"}) {
    const auto wallets = find_wallets(text);
    REQUIRE(wallets.size() == 1);
    REQUIRE(wallets[0].weak);
  }
  REQUIRE(find_wallets("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed00").empty());
  REQUIRE(find_wallets("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed").empty());
}

TEST_CASE("a private key, a hash and an identifier are no address", "[signature]") {
  for (const char* text : {"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", "KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617",
                           "da39a3ee5e6b4b0d3255bfef95601890afd80709", "550e8400-e29b-41d4-a716-446655440000",
                           "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}) {
    INFO(text);
    CHECK(find_wallets(text).empty());
  }
}

TEST_CASE("several addresses are told in order, up to the limit", "[signature]") {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa,";
  REQUIRE(find_wallets(text).size() == 16);
  const auto two = find_wallets(text, 2);
  REQUIRE(two.size() == 2);
  REQUIRE(two[1].begin == 35);
  REQUIRE(find_wallets("x1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa").empty());
  REQUIRE(find_wallets("").empty());
}

TEST_CASE("an address whose version is not known has no coin", "[signature]") {
  // Version 0x7f, which no coin is known to use.
  const auto wallets = find_wallets("t6vdFpSDWFtkC1mZAy1uBMDL2kTKDHcESw");
  REQUIRE(wallets.size() == 1);
  REQUIRE(wallets[0].coins.empty());
  REQUIRE_FALSE(wallets[0].weak);
}
