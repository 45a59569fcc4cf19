#include "scanner/io/evidence_seal.h"

#include "scanner/io/signing_key.h"

#include <algorithm>
#include <sodium.h>

namespace scanner {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic{'A', 'U', 'P', 'S', 'E', 'A', 'L', 1};
constexpr std::size_t kChunk = 64 * 1024;  // of content, in each but the last chunk
constexpr std::size_t kKey = crypto_secretstream_xchacha20poly1305_KEYBYTES;
constexpr std::size_t kSealedKey = crypto_box_SEALBYTES + kKey;
constexpr std::size_t kTagged = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t kStreamHeader = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
static_assert(crypto_box_PUBLICKEYBYTES == 32 && crypto_box_SECRETKEYBYTES == 32 && kKey == 32);

using Buffer = std::vector<std::uint8_t>;

// A key that does not stay in memory.
struct FileKey {
  std::array<std::uint8_t, kKey> bytes{};
  ~FileKey() { sodium_memzero(bytes.data(), bytes.size()); }
};

void append(Buffer& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_le32(Buffer& out, std::size_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

bool ready() { return sodium_init() >= 0; }

void push_content(Bytes plain, const FileKey& key, Buffer& out) {
  const Buffer header = out;  // what the first chunk authenticates
  crypto_secretstream_xchacha20poly1305_state state;
  std::array<std::uint8_t, kStreamHeader> stream_header;
  crypto_secretstream_xchacha20poly1305_init_push(&state, stream_header.data(), key.bytes.data());
  append(out, stream_header);
  bool first = true;
  do {
    const Bytes chunk = plain.first(std::min(plain.size(), kChunk));
    plain = plain.subspan(chunk.size());
    const std::uint8_t tag = plain.empty() ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0;
    const std::size_t at = out.size();
    out.resize(at + chunk.size() + kTagged);
    crypto_secretstream_xchacha20poly1305_push(&state, out.data() + at, nullptr, chunk.data(), chunk.size(),
                                               first ? header.data() : nullptr, first ? header.size() : 0, tag);
    first = false;
  } while (!plain.empty());
  sodium_memzero(&state, sizeof state);
}

Result<Buffer> pull_content(Bytes header, Cursor& cursor, const FileKey& key) {
  const auto damaged = [] { return fail("the sealed file is damaged or was changed"); };
  crypto_secretstream_xchacha20poly1305_state state;
  const Bytes stream_header = cursor.take(kStreamHeader);
  if (!cursor.ok() || crypto_secretstream_xchacha20poly1305_init_pull(&state, stream_header.data(), key.bytes.data()) != 0) return damaged();
  Buffer plain;
  for (bool first = true;; first = false) {
    const Bytes chunk = cursor.take(std::min(cursor.remaining(), kChunk + kTagged));
    if (chunk.size() < kTagged) return damaged();
    const std::size_t at = plain.size();
    plain.resize(at + chunk.size() - kTagged);
    std::uint8_t tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&state, plain.data() + at, nullptr, &tag, chunk.data(), chunk.size(),
                                                   first ? header.data() : nullptr, first ? header.size() : 0) != 0)
      return damaged();
    if (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL) break;
  }
  if (cursor.remaining() != 0) return damaged();
  return plain;
}

}  // namespace

std::optional<RecipientKey> parse_recipient(std::string_view text) {
  RecipientKey key;
  std::size_t size = 0;
  const char* end = nullptr;
  if (text.size() == 64 && sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end) == 0 &&
      size == key.size() && end == text.data() + text.size())
    return key;
  for (const int variant : {sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING})
    if (sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end, variant) == 0 && size == key.size() &&
        end == text.data() + text.size())
      return key;
  return std::nullopt;
}

std::string to_text(const RecipientKey& key) {
  std::array<char, 65> text{};
  sodium_bin2hex(text.data(), text.size(), key.data(), key.size());
  return text.data();
}

Result<Identity> load_identity(const std::string& path) {
  auto text = read_secret_file(path, "a recipient's secret key", 32, 65);
  if (!text) return tl::unexpected(text.error());
  Identity identity;
  if (text->size() == 65 && text->back() == '\n') text->pop_back();
  if (text->size() == identity.secret.size()) {
    std::copy(text->begin(), text->end(), identity.secret.begin());
  } else {
    const auto key = parse_recipient(*text);
    if (!key) return fail(path + ": a recipient's secret key is 32 bytes or 64 hexadecimal digits");
    identity.secret = *key;
  }
  if (!ready() || crypto_scalarmult_base(identity.public_key.data(), identity.secret.data()) != 0) return fail(path + ": is no usable key");
  return identity;
}

Result<Buffer> seal(Bytes plain, std::span<const RecipientKey> recipients) {
  if (recipients.empty()) return fail("there is nobody to seal evidence for");
  if (recipients.size() > kMaxRecipients) return fail("evidence can be sealed for " + std::to_string(kMaxRecipients) + " recipients at most");
  if (!ready()) return fail("the system gives no random numbers to seal evidence with");
  FileKey key;
  crypto_secretstream_xchacha20poly1305_keygen(key.bytes.data());
  Buffer out(kMagic.begin(), kMagic.end());
  append_le32(out, kChunk);
  append_le32(out, recipients.size());
  for (const RecipientKey& recipient : recipients) {
    std::array<std::uint8_t, kSealedKey> sealed;
    if (crypto_box_seal(sealed.data(), key.bytes.data(), kKey, recipient.data()) != 0) return fail("recipient " + to_text(recipient) + " is no usable key");
    append(out, recipient);
    append(out, sealed);
  }
  push_content(plain, key, out);
  return out;
}

Result<Buffer> open_sealed(Bytes sealed, const RecipientKey& public_key, const std::array<std::uint8_t, 32>& secret_key) {
  if (!ready()) return fail("libsodium cannot be started");
  Cursor cursor(sealed);
  const Bytes magic = cursor.take(kMagic.size());
  const std::uint32_t chunk = cursor.le32(), recipients = cursor.le32();
  if (!cursor.ok() || !std::equal(magic.begin(), magic.end(), kMagic.begin()) || chunk != kChunk || recipients > kMaxRecipients)
    return fail("this is no sealed evidence file");
  FileKey key;
  bool mine = false;
  for (std::uint32_t i = 0; i < recipients; ++i) {
    const Bytes recipient = cursor.take(public_key.size());
    const Bytes sealed_key = cursor.take(kSealedKey);
    if (!cursor.ok()) return fail("this is no sealed evidence file");
    if (mine || !std::equal(recipient.begin(), recipient.end(), public_key.begin())) continue;
    mine = crypto_box_seal_open(key.bytes.data(), sealed_key.data(), sealed_key.size(), public_key.data(), secret_key.data()) == 0;
  }
  if (!mine) return fail("the file is not sealed for this key");
  return pull_content(sealed.first(cursor.position()), cursor, key);
}

}  // namespace scanner
