// The way in which a pool names its hosts, e.g. "{coin}-{region}{n}.pool.example": labels of
// plain text and placeholders in front of the pool's own domain.
//
//   {coin}    a letter, then 1 to 9 letters or digits
//   {region}  2 to 12 letters, and perhaps a hyphen and 1 to 8 letters: "eu", "us-east"
//   {n}       up to 3 digits, or none
//
// Anchored at both ends: a whole name fits or does not. No placeholder crosses a dot.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

class HostTemplate {
 public:
  static constexpr std::size_t kMaxParts = 16;

  // Nothing where `text` is no template: an unknown placeholder, none at all, one in the
  // domain (the last two labels at least), characters that no host has, more than kMaxParts.
  static std::optional<HostTemplate> parse(std::string_view text);

  // What stands behind the last dot that follows a placeholder: lower-case, two labels or more.
  std::string_view domain() const { return domain_; }
  // Does the part of a lower-case name in front of ".domain" fit? {coin} and {region} stand for
  // none of `not_words` (sorted). Linear in the name for each placeholder; allocates nothing.
  bool fits(std::string_view prefix, std::span<const std::string> not_words) const;

 private:
  enum class Kind : std::uint8_t { Text, Coin, Region, Number };
  struct Part {
    Kind kind = Kind::Text;
    std::string text;
  };
  std::vector<Part> parts_;
  std::string domain_;
};

}  // namespace scanner
