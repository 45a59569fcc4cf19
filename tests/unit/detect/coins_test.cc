#include "scanner/detect/coins.h"

#include <catch2/catch.hpp>

using namespace scanner;

TEST_CASE("coins are known by ticker and by the names that lists use", "[detect]") {
  CHECK(algorithm_of_coin("XMR") == "randomx");
  CHECK(algorithm_of_coin("Litecoin") == "scrypt");
  CHECK(algorithm_of_coin("nothing").empty());
  CHECK(ticker_of("mps:monero") == "XMR");
  CHECK(ticker_of("etc") == "ETC");
  CHECK(ticker_of("mps:unknowncoin") == "unknowncoin");
}

TEST_CASE("a difficulty of one stands for different work in different algorithms", "[detect]") {
  CHECK(hashes_per_difficulty("sha256d") == 4294967296.0);
  CHECK(hashes_per_difficulty("scrypt") == 65536.0);
  CHECK(hashes_per_difficulty("randomx") == 0);
}

TEST_CASE("a worker's wallet names the coin only where its format is one coin's own", "[detect]") {
  CHECK(coin_of_worker("46WNbmwXpYxiBpkbHjAgjC65cyzAxtaaBQjcGpAZquhBKw2r8NtPQniEgMJcwFMCZzSBrEJtmPsTR54MoGBDbjTi2W1XmgM.rig1") == "XMR");
  CHECK(coin_of_worker("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2").empty());  // Bitcoin's and Bitcoin Cash's
  CHECK(coin_of_worker("user.worker1").empty());
  CHECK(coin_of_worker("").empty());
}
