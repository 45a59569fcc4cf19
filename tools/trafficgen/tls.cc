#include "tools/trafficgen/tls.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
#include <stdexcept>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxRecord = 16384;
constexpr char kChangeCipherSpec = 20, kHandshake = 22, kApplicationData = 23;

std::string be(std::uint64_t value, std::size_t octets) {
  std::string text(octets, '\0');
  for (std::size_t i = octets; i-- > 0; value >>= 8) text[i] = static_cast<char>(value);
  return text;
}

std::string record(char type, const std::string& body, int version = 0x0303) {
  return type + be(static_cast<std::uint64_t>(version), 2) + be(body.size(), 2) + body;
}
std::string message(char type, const std::string& body) { return type + be(body.size(), 3) + body; }
std::string extension(std::uint16_t type, const std::string& data) { return be(type, 2) + be(data.size(), 2) + data; }
std::string sized(const std::string& text, std::size_t octets) { return be(text.size(), octets) + text; }

// A suite's parts, and its number in each version.
struct Suite {
  const EVP_CIPHER* cipher;
  const EVP_MD* hash;
  std::size_t key, hash_size;
  std::uint16_t number12, number13;
};

Suite suite_of(TlsSuite suite) {
  switch (suite) {
    case TlsSuite::Aes128Gcm:
      return {EVP_aes_128_gcm(), EVP_sha256(), 16, 32, 0xc02f, 0x1301};
    case TlsSuite::Aes256Gcm:
      return {EVP_aes_256_gcm(), EVP_sha384(), 32, 48, 0xc030, 0x1302};
    case TlsSuite::ChaCha20Poly1305:
      return {EVP_chacha20_poly1305(), EVP_sha256(), 32, 32, 0xcca8, 0x1303};
  }
  return {};
}

std::string hmac(const Suite& suite, const std::string& key, const std::string& text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(suite.hash, key.data(), static_cast<int>(key.size()), as_bytes(text).data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
  out.resize(size);
  return out;
}

// RFC 8446 section 7.1; at most one block of the hash is asked for.
std::string expand_label(const Suite& suite, const std::string& secret, const std::string& label, std::size_t size) {
  const std::string info = be(size, 2) + sized("tls13 " + label, 1) + be(0, 1);
  return hmac(suite, secret, info + '\x01').substr(0, size);
}

// RFC 5246 section 5.
std::string prf(const Suite& suite, const std::string& secret, const std::string& seed, std::size_t size) {
  std::string out, a = seed;
  while (out.size() < size) {
    a = hmac(suite, secret, a);
    out += hmac(suite, secret, a + seed);
  }
  return out.substr(0, size);
}

// One direction's sealing.
class Sealer {
 public:
  Sealer(const Suite& suite, bool tls13, std::string key, std::string iv) : suite_(suite), tls13_(tls13), key_(std::move(key)), iv_(std::move(iv)) {}

  static Sealer of_traffic_secret(const Suite& suite, const std::string& secret) {
    return {suite, true, expand_label(suite, secret, "key", suite.key), expand_label(suite, secret, "iv", 12)};
  }

  std::string seal(char type, const std::string& content) {
    const std::uint64_t number = number_++;
    const bool explicit_nonce = iv_.size() == 4;
    const std::string inner = tls13_ ? content + type : content;
    std::string nonce = explicit_nonce ? iv_ + be(number, 8) : iv_;
    const std::string xored = be(number, 8);
    if (!explicit_nonce)
      for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] = static_cast<char>(nonce[4 + i] ^ xored[i]);
    const char outer = tls13_ ? kApplicationData : type;
    const std::string extra = tls13_ ? outer + be(0x0303, 2) + be(inner.size() + 16, 2) : be(number, 8) + type + be(0x0303, 2) + be(inner.size(), 2);
    return record(outer, (explicit_nonce ? be(number, 8) : "") + encrypt(nonce, extra, inner));
  }

 private:
  std::string encrypt(const std::string& nonce, const std::string& extra, const std::string& text) const {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::string out(text.size() + 16, '\0'), tag(16, '\0');
    int size = 0;
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    const bool done = EVP_EncryptInit_ex(context.get(), suite_.cipher, nullptr, as_bytes(key_).data(), as_bytes(nonce).data()) == 1 &&
                      EVP_EncryptUpdate(context.get(), nullptr, &size, as_bytes(extra).data(), static_cast<int>(extra.size())) == 1 &&
                      EVP_EncryptUpdate(context.get(), to, &size, as_bytes(text).data(), static_cast<int>(text.size())) == 1 &&
                      EVP_EncryptFinal_ex(context.get(), to + size, &size) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1;
    if (!done) throw std::runtime_error("OpenSSL cannot seal a record");
    return out.replace(text.size(), 16, tag);
  }

  Suite suite_;
  bool tls13_;
  std::string key_, iv_;
  std::uint64_t number_ = 0;
};

// One session as it is written down.
class Session {
 public:
  Session(const Conversation& conversation, Random random)
      : tls_(*conversation.tls), round_trip_(conversation.network.round_trip), suite_(suite_of(tls_.suite)), random_(random),
        client_random_(random_.bytes(32)), server_random_(random_.bytes(32)), id_(random_.bytes(32)) {}

  std::vector<Turn> carry(const std::vector<Turn>& turns) {
    tls_.version == TlsVersion::V13 ? begin_13() : begin_12();
    for (const Turn& turn : turns)
      for (std::size_t at = 0; at < turn.bytes.size(); at += kMaxRecord)
        say(kTlsLead + turn.at, turn.from, sealer(turn.from).seal(kApplicationData, turn.bytes.substr(at, kMaxRecord)));
    return std::move(turns_);
  }

  const std::string& key_log() const { return key_log_; }

 private:
  void begin_13() {
    say(0ns, Side::Client, record(kHandshake, client_hello(), 0x0301));
    const std::string share = be(0x001d, 2) + sized(random_.bytes(32), 2);
    const std::string chosen = extension(0x0033, share) + extension(0x0029, be(0, 2)) + extension(0x002b, be(0x0304, 2));
    const std::string handshake[2] = {secret("CLIENT_HANDSHAKE_TRAFFIC_SECRET"), secret("SERVER_HANDSHAKE_TRAFFIC_SECRET")};
    const std::string traffic[2] = {secret("CLIENT_TRAFFIC_SECRET_0"), secret("SERVER_TRAFFIC_SECRET_0")};
    Sealer client = Sealer::of_traffic_secret(suite_, handshake[0]), server = Sealer::of_traffic_secret(suite_, handshake[1]);
    const std::string finished = message(20, random_.bytes(suite_.hash_size));
    say(round_trip_, Side::Server,
        record(kHandshake, server_hello(suite_.number13, chosen)) + record(kChangeCipherSpec, "\x01") +
            server.seal(kHandshake, message(8, be(0, 2)) + finished));
    say(round_trip_ + 1ms, Side::Client, record(kChangeCipherSpec, "\x01") + client.seal(kHandshake, message(20, random_.bytes(suite_.hash_size))));
    for (const std::string& one : traffic) sealers_.push_back(Sealer::of_traffic_secret(suite_, one));
  }

  void begin_12() {
    say(0ns, Side::Client, record(kHandshake, client_hello(), 0x0301));
    const std::string master = secret("CLIENT_RANDOM", 48);
    const std::size_t salt = tls_.suite == TlsSuite::ChaCha20Poly1305 ? 12 : 4;
    const std::string block = prf(suite_, master, "key expansion" + server_random_ + client_random_, 2 * (suite_.key + salt));
    for (const std::size_t side : {0U, 1U})
      sealers_.emplace_back(suite_, false, block.substr(side * suite_.key, suite_.key), block.substr(2 * suite_.key + side * salt, salt));
    const auto finish = [&](Side side) { return record(kChangeCipherSpec, "\x01") + sealer(side).seal(kHandshake, message(20, random_.bytes(12))); };
    say(round_trip_, Side::Server, record(kHandshake, server_hello(suite_.number12, extension(0xff01, be(0, 1)))) + finish(Side::Server));
    say(round_trip_ + 1ms, Side::Client, finish(Side::Client));
  }

  std::string client_hello() {
    const bool tls13 = tls_.version == TlsVersion::V13;
    std::string extensions;
    if (!tls_.name.empty()) extensions += extension(0x0000, sized(be(0, 1) + sized(tls_.name, 2), 2));
    extensions += extension(0x000a, sized(be(0x001d, 2), 2)) + extension(0x000d, sized(be(0x04030804, 4), 2));
    if (tls13)
      extensions += extension(0x002b, sized(be(0x0304, 2), 1)) + extension(0x0033, sized(be(0x001d, 2) + sized(random_.bytes(32), 2), 2)) +
                    extension(0x002d, sized(be(1, 1), 1)) +
                    extension(0x0029, sized(sized(random_.bytes(32), 2) + random_.bytes(4), 2) + sized(sized(random_.bytes(suite_.hash_size), 1), 2));
    const std::string suites = be(tls13 ? suite_.number13 : suite_.number12, 2);
    return message(1, be(0x0303, 2) + client_random_ + sized(id_, 1) + sized(suites, 2) + sized(be(0, 1), 1) + sized(extensions, 2));
  }

  std::string server_hello(std::uint16_t number, const std::string& extensions) const {
    return message(2, be(0x0303, 2) + server_random_ + sized(id_, 1) + be(number, 2) + be(0, 1) + sized(extensions, 2));
  }

  // Draws one and writes it down, or another one, or nothing.
  std::string secret(const std::string& label, std::size_t size = 0) {
    std::string drawn = random_.bytes(size == 0 ? suite_.hash_size : size);
    const std::string other = random_.bytes(drawn.size());
    if (tls_.keys != TlsKeysGiven::None)
      key_log_ += label + " " + to_hex(as_bytes(client_random_)) + " " + to_hex(as_bytes(tls_.keys == TlsKeysGiven::Wrong ? other : drawn)) + "\n";
    return drawn;
  }

  void say(Duration at, Side from, std::string bytes) { turns_.push_back({at, from, std::move(bytes)}); }
  Sealer& sealer(Side side) { return sealers_[static_cast<std::size_t>(side)]; }

  const TlsWrap& tls_;
  Duration round_trip_;
  Suite suite_;
  Random random_;
  std::string client_random_, server_random_, id_;
  std::string key_log_;
  std::vector<Sealer> sealers_;  // by Side
  std::vector<Turn> turns_;
};

}  // namespace

std::vector<Turn> seal(const Conversation& conversation, const std::vector<Turn>& turns, Random random, std::string& key_log) {
  Session session(conversation, random);
  std::vector<Turn> sealed = session.carry(turns);
  key_log += session.key_log();
  return sealed;
}

}  // namespace scanner::trafficgen
