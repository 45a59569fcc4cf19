#include "scanner/signature/signature.h"

#include <array>

namespace scanner {
namespace {

constexpr std::array<std::string_view, kFieldCount> kFieldNames{
    "stream.client", "stream.server", "dns.name",     "tls.sni",            "tls.certificate",
    "tls.ja4",       "http.host",     "http.path",    "http.user_agent",    "http.header", "socks.host",
    "process.name",  "process.executable", "process.cmdline", "process.cwd", "process.environment_keys",
    "process.image_string", "process.traits",
};

}  // namespace

std::string_view to_string(Field field) { return kFieldNames[static_cast<std::size_t>(field)]; }

std::optional<Field> field_from(std::string_view text) {
  for (std::size_t i = 0; i < kFieldNames.size(); ++i)
    if (kFieldNames[i] == text) return static_cast<Field>(i);
  return std::nullopt;
}

std::string_view to_string(SignatureStatus status) {
  switch (status) {
    case SignatureStatus::Experimental: return "experimental";
    case SignatureStatus::Shadow: return "shadow";
    case SignatureStatus::Active: return "active";
    case SignatureStatus::Deprecated: return "deprecated";
  }
  return "";
}

}  // namespace scanner
