#include "scanner/protocol/tls.h"

#include <algorithm>
#include <string>

namespace scanner::tls {
namespace {

constexpr std::size_t kMaxNames = 64, kMaxText = 255;

constexpr std::uint8_t kBoolean = 0x01, kOctetString = 0x04, kObjectId = 0x06, kBmpString = 0x1e, kSequence = 0x30,
                       kSet = 0x31;
constexpr std::uint8_t kVersion = 0xa0, kExtensions = 0xa3;  // [0] and [3], explicit
constexpr std::uint8_t kDnsName = 0x82;                      // GeneralName [2], implicit

constexpr std::uint8_t kCommonName[] = {0x55, 0x04, 0x03};
constexpr std::uint8_t kOrganisation[] = {0x55, 0x04, 0x0a};
constexpr std::uint8_t kAlternativeNames[] = {0x55, 0x1d, 0x11};

bool equal(Bytes a, Bytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

// Walks the elements of one level of DER (X.690): tag, definite length, value. What does not
// fit ends the walk and clears ok().
class Elements {
 public:
  explicit Elements(Bytes bytes) : cursor_(bytes) {}

  bool ok() const { return ok_; }
  std::uint8_t tag() const { return tag_; }
  Bytes value() const { return value_; }
  Bytes whole() const { return whole_; }  // with tag and length

  bool next() {
    if (cursor_.remaining() == 0) return false;
    Cursor ahead = cursor_;
    tag_ = ahead.u8();
    std::size_t length = ahead.u8();
    if (length > 0x80 && length <= 0x84) {
      std::size_t octets = length - 0x80;
      for (length = 0; octets > 0; --octets) length = length << 8 | ahead.u8();
    } else if (length >= 0x80) {
      return ok_ = false;
    }
    const std::size_t header = ahead.position() - cursor_.position();
    value_ = ahead.take(length);
    if (!ahead.ok()) return ok_ = false;
    whole_ = cursor_.take(header + length);
    return true;
  }
  // The next element has this tag.
  bool next(std::uint8_t wanted) {
    if (!next() || tag_ != wanted) ok_ = false;
    return ok_;
  }

 private:
  Cursor cursor_;
  bool ok_ = true;
  std::uint8_t tag_ = 0;
  Bytes value_, whole_;
};

std::string text_of(std::uint8_t tag, Bytes value) {
  std::string text;
  if (tag != kBmpString) return std::string(as_text(value.first(std::min(value.size(), kMaxText))));
  for (std::size_t i = 0; i + 1 < value.size() && text.size() < kMaxText; i += 2)
    text += value[i] == 0 && value[i + 1] < 0x80 ? static_cast<char>(value[i + 1]) : '?';
  return text;
}

// The first attribute of that type in a distinguished name.
std::string attribute(Bytes name, Bytes type) {
  for (Elements sets(name); sets.next();) {
    if (sets.tag() != kSet) continue;
    for (Elements pairs(sets.value()); pairs.next();) {
      Elements pair(pairs.value());
      if (pair.next(kObjectId) && equal(pair.value(), type) && pair.next()) return text_of(pair.tag(), pair.value());
    }
  }
  return {};
}

void add_name(std::string name, TlsCertificate& certificate) {
  auto& names = certificate.names;
  if (name.empty() || names.size() == kMaxNames || std::find(names.begin(), names.end(), name) != names.end()) return;
  names.push_back(std::move(name));
}

void add_alternative_names(Bytes extensions, TlsCertificate& certificate) {
  Elements list(extensions);
  if (!list.next(kSequence)) return;
  for (Elements each(list.value()); each.next();) {
    Elements extension(each.value());
    if (!extension.next(kObjectId) || !equal(extension.value(), kAlternativeNames) || !extension.next()) continue;
    if (extension.tag() == kBoolean && !extension.next()) continue;  // "critical"
    if (extension.tag() != kOctetString) continue;
    Elements content(extension.value());
    if (!content.next(kSequence)) continue;
    for (Elements names(content.value()); names.next();)
      if (names.tag() == kDnsName) add_name(text_of(names.tag(), names.value()), certificate);
  }
}

}  // namespace

std::optional<TlsCertificate> parse_certificate(Bytes der) {
  Elements outer(der);
  if (!outer.next(kSequence)) return std::nullopt;
  Elements signed_part(outer.value());
  if (!signed_part.next(kSequence)) return std::nullopt;

  Elements fields(signed_part.value());
  fields.next();
  if (fields.tag() == kVersion) fields.next();
  fields.next(kSequence);  // behind the serial number: the signature's algorithm
  fields.next(kSequence);
  const Bytes issuer = fields.value();
  fields.next(kSequence);  // validity
  fields.next(kSequence);
  const Bytes subject = fields.value();
  if (!fields.ok()) return std::nullopt;

  TlsCertificate certificate;
  certificate.issuer = attribute(issuer, kCommonName);
  if (certificate.issuer.empty()) certificate.issuer = attribute(issuer, kOrganisation);
  certificate.self_signed = equal(issuer, subject);
  add_name(attribute(subject, kCommonName), certificate);
  while (fields.next())
    if (fields.tag() == kExtensions) add_alternative_names(fields.value(), certificate);
  return certificate;
}

}  // namespace scanner::tls
