#include "scanner/protocol/tls_secrets.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace scanner {
namespace {

constexpr std::pair<std::string_view, TlsSecretKind> kLabels[] = {
    {"CLIENT_RANDOM", TlsSecretKind::Master},
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", TlsSecretKind::ClientHandshake},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", TlsSecretKind::ServerHandshake},
    {"CLIENT_TRAFFIC_SECRET_0", TlsSecretKind::ClientTraffic},
    {"SERVER_TRAFFIC_SECRET_0", TlsSecretKind::ServerTraffic},
};

// Known to key logs, of no use here.
constexpr std::string_view kPassedOver[] = {"CLIENT_EARLY_TRAFFIC_SECRET", "EARLY_EXPORTER_SECRET", "EXPORTER_SECRET",
                                            "ECH_SECRET", "ECH_CONFIG", "RSA"};

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The octets that `text` writes, all of it; how many, or nothing where it is no such text.
std::optional<std::size_t> read_hex(std::string_view text, std::span<std::uint8_t> into) {
  if (text.size() % 2 != 0 || text.size() / 2 > into.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    into[i / 2] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return text.size() / 2;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// The next word of `line`, which loses it.
std::string_view next_word(std::string_view& line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  std::size_t size = 0;
  while (size < line.size() && !is_blank(line[size])) ++size;
  const std::string_view word = line.substr(0, size);
  line.remove_prefix(size);
  return word;
}

void wipe(void* memory, std::size_t size) {
  volatile std::uint8_t* octets = static_cast<std::uint8_t*>(memory);
  for (std::size_t i = 0; i < size; ++i) octets[i] = 0;
}

}  // namespace

TlsSecrets::~TlsSecrets() {
  for (auto& [random, session] : sessions_)
    for (TlsSecret& secret : session.of_kind) wipe(secret.octets.data(), secret.octets.size());
}

void TlsSecrets::read_key_log(Bytes text, std::uint64_t position) {
  std::string_view rest = as_text(text);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    read_line(rest.substr(0, end), position);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void TlsSecrets::read_line(std::string_view line, std::uint64_t position) {
  const std::string_view label = next_word(line);
  if (label.empty() || label.front() == '#' || label.front() == '\0') return;
  for (const std::string_view name : kPassedOver)
    if (label == name) return;
  const std::string_view random_text = next_word(line), secret_text = next_word(line);
  const auto* known = std::find_if(std::begin(kLabels), std::end(kLabels), [&](const auto& one) { return one.first == label; });
  TlsRandom random;
  TlsSecret secret;
  const auto random_size = read_hex(random_text, random);
  const auto secret_size = read_hex(secret_text, secret.octets);
  const bool right = known != std::end(kLabels) && random_size == random.size() && (secret_size == 32 || secret_size == 48) &&
                     (known->second != TlsSecretKind::Master || secret_size == 48) && next_word(line).empty();
  if (!right) {
    ++unreadable_;
    return;
  }
  secret.size = static_cast<std::uint8_t>(*secret_size);
  secret.known_from = position;
  if (sessions_.size() >= kMaxSessions && !sessions_.contains(random)) {
    ++refused_;
    return;
  }
  TlsSecret& place = sessions_[random].of_kind[static_cast<std::size_t>(known->second)];
  if (place.size == 0) place = secret;
}

bool TlsSecrets::find(Bytes client_random, std::uint64_t position, TlsSessionSecrets& found) const {
  TlsRandom random;
  if (client_random.size() != random.size()) return false;
  std::copy(client_random.begin(), client_random.end(), random.begin());
  const auto session = sessions_.find(random);
  if (session == sessions_.end()) return false;
  bool any = false;
  for (std::size_t kind = 0; kind < kTlsSecretKinds; ++kind) {
    const TlsSecret& secret = session->second.of_kind[kind];
    if (secret.size == 0 || secret.known_from > position) continue;
    found.of_kind[kind] = secret;
    any = true;
  }
  return any;
}

}  // namespace scanner
