#include "scanner/io/minisign.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace scanner;

namespace {

// Signatures over "test" that others publish, in both of the format's forms.
constexpr const char* kKnownKey = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
constexpr const char* kKnownPrehashed =
    "untrusted comment: signature from minisign secret key\n"
    "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n"
    "trusted comment: timestamp:1633700835\tfile:test\tprehashed\n"
    "wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n";
constexpr const char* kKnownLegacy =
    "untrusted comment: signature from minisign secret key\n"
    "RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=\n"
    "trusted comment: timestamp:1555779966\tfile:test\n"
    "QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==\n";

// Keys that minisign 0.11 made for this test: one without a passphrase, one with "opensesame".
constexpr const char* kPlainSecret =
    "untrusted comment: minisign encrypted secret key\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAdvRET9tvgkdcedcqmWLa/JAZOHmG2JT3O/cKSSH/e+Mnfj3aIfH2UVhpAEbXPb0KH93ZDWRq/2eCJKS8mi7MsCCb"
    "Jm8Nu3JCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
constexpr const char* kPlainPublic = "untrusted comment: minisign public key 47826FDB4F44F476\nRWR29ERP22+CR1hpAEbXPb0KH93ZDWRq/2eCJKS8mi7MsCCbJm8Nu3JC\n";
constexpr const char* kEncryptedSecret =
    "untrusted comment: minisign encrypted secret key\n"
    "RWRTY0IydRKRW0+n9tSkPb4kVTADUzEnLbbi8F1qf8GyGMcjbmEAAAACAAAAAAAAAEAAAAAAihVauMXkjcPkpLMVw4g8xb00m+DIZ2qQyJUw+t/7emdN/kyQMnTxWDbPB3LmmUpvDBPUuYiWN9SMQswa1jxFAe/t"
    "koYWsqddrZt6ImwjGjkmDExxbBJlwWzCFvy8KavkC1rcEV8IWPs=\n";
constexpr const char* kEncryptedPublic = "RWRP75wIigrC+/LkYsVm9ArXS0XzUx8p4aLPVf6loW5kkGjR0HOf/fou";

const MinisignSecretKey::Passphrase kUnasked = [] () -> Result<std::string> { return fail("nobody is to be asked"); };

std::string problem_of(std::string_view content, std::string_view signature, const std::vector<MinisignPublicKey>& trusted) {
  const auto proof = check_minisign(as_bytes(content), signature, trusted);
  return proof ? "" : proof.error().message;
}

}  // namespace

TEST_CASE("signatures that others publish are good here, in both forms", "[io][minisign]") {
  const std::vector trusted{parse_minisign_public_key(kKnownKey).value()};
  const auto prehashed = check_minisign(as_bytes("test"), kKnownPrehashed, trusted);
  REQUIRE(prehashed);
  CHECK(prehashed->trusted_comment == "timestamp:1633700835\tfile:test\tprehashed");
  CHECK(to_text(prehashed->key) == "E7620F1842B4E81F");
  CHECK(check_minisign(as_bytes("test"), kKnownLegacy, trusted));
  CHECK_FALSE(check_minisign(as_bytes("Test"), kKnownLegacy, trusted));
  CHECK_FALSE(check_minisign(as_bytes("Test"), kKnownPrehashed, trusted));
}

TEST_CASE("every character of a signature file but the untrusted comment is guarded", "[io][minisign]") {
  const std::vector trusted{parse_minisign_public_key(kKnownKey).value()};
  const std::string whole = kKnownPrehashed;
  const std::size_t first = whole.find('\n') + 1;
  std::size_t refused = 0;
  for (std::size_t i = first; i + 1 < whole.size(); ++i) {
    std::string altered = whole;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    const bool good = check_minisign(as_bytes("test"), altered, trusted).has_value();
    // A line's end that became a letter still fails; nothing may pass.
    CHECK_FALSE(good);
    refused += !good;
  }
  CHECK(refused == whole.size() - first - 1);
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) CHECK_FALSE(check_minisign(as_bytes("test"), whole.substr(0, size), trusted));
}

TEST_CASE("a refusal says whether it is the key, the content or the comment", "[io][minisign]") {
  const std::vector trusted{parse_minisign_public_key(kKnownKey).value()};
  CHECK(problem_of("test", kKnownPrehashed, {parse_minisign_public_key(kPlainPublic).value()}) == "signed by key E7620F1842B4E81F, which is not one of the 1 trusted keys");
  CHECK(problem_of("tess", kKnownPrehashed, trusted) == "the signature is not of this content: one of them was altered after key E7620F1842B4E81F signed");
  std::string comment = kKnownPrehashed;
  comment.replace(comment.find("1633700835"), 10, "1733700835");
  CHECK(problem_of("test", comment, trusted) == "the trusted comment of the signature was altered");
  CHECK(problem_of("test", "hello", trusted).find("its first line is no untrusted comment") != std::string::npos);
}

TEST_CASE("a key that minisign made without a passphrase signs what its public half checks", "[io][minisign]") {
  const auto secret = MinisignSecretKey::parse(kPlainSecret, kUnasked);
  REQUIRE(secret);
  const auto key = parse_minisign_public_key(kPlainPublic);
  REQUIRE(key);
  CHECK(secret->public_key() == *key);
  CHECK(to_key_file(*key) == kPlainPublic);
  const auto signature = secret->sign(as_bytes("content"), "what it is");
  REQUIRE(signature);
  const std::vector trusted{*key};
  const auto proof = check_minisign(as_bytes("content"), *signature, trusted);
  REQUIRE(proof);
  CHECK(proof->trusted_comment == "what it is");
  CHECK_FALSE(secret->sign(as_bytes("content"), "two\nlines"));
  std::string altered = kPlainSecret;
  altered[150] = altered[150] == 'a' ? 'b' : 'a';
  CHECK_FALSE(MinisignSecretKey::parse(altered, kUnasked));
}

TEST_CASE("a key that minisign encrypted opens with its passphrase and with no other", "[io][minisign][slow]") {
  const auto secret = MinisignSecretKey::parse(kEncryptedSecret, [] { return Result<std::string>("opensesame"); });
  if (!secret && secret.error().message.find("memory") != std::string::npos) {
    WARN("skipped: there is no gibibyte for scrypt here");
    return;
  }
  REQUIRE(secret);
  CHECK(to_base64_line(secret->public_key()) == kEncryptedPublic);
  const auto wrong = MinisignSecretKey::parse(kEncryptedSecret, [] { return Result<std::string>("opensesami"); });
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message == "the passphrase is wrong");
}

TEST_CASE("a key that was made here is read back, and no two are alike", "[io][minisign]") {
  const auto one = MinisignSecretKey::generate(), other = MinisignSecretKey::generate();
  REQUIRE(one);
  REQUIRE(other);
  CHECK_FALSE(one->public_key() == other->public_key());
  const auto file = one->to_file("");
  REQUIRE(file);
  const auto again = MinisignSecretKey::parse(*file, kUnasked);
  REQUIRE(again);
  CHECK(again->public_key() == one->public_key());
  CHECK(parse_minisign_public_key(to_key_file(one->public_key())).value() == one->public_key());
}

TEST_CASE("what is no key of minisign's is refused", "[io][minisign]") {
  for (const char* text : {"", "RW", "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO", "untrusted comment: x\n", "QWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"}) CHECK_FALSE(parse_minisign_public_key(text));
  CHECK_FALSE(MinisignSecretKey::parse(kKnownKey, kUnasked));
  // A file that asks for all memory there is, is not tried.
  std::string greedy = kEncryptedSecret;
  greedy.replace(greedy.find("AAAEAAAAAA"), 10, "AAAEAAAAA/");
  const auto refused = MinisignSecretKey::parse(greedy, [] { return Result<std::string>("x"); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "asks for more work or memory than a key of minisign's does");
}
