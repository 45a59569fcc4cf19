#include "tools/aupsig/anonymise.h"

#include "scanner/app/wording.h"
#include "scanner/protocol/json_frame.h"
#include "scanner/signature/wallet.h"
#include "tools/aupsig/dns_names.h"
#include "tools/aupsig/text_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace scanner {
namespace {

constexpr std::size_t kShortest = 4;  // a shorter secret is none, and stands everywhere

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_documentation(const IpAddress& address) {
  static const std::array<Cidr, 4> kRanges{*Cidr::parse("192.0.2.0/24"), *Cidr::parse("198.51.100.0/24"), *Cidr::parse("203.0.113.0/24"), *Cidr::parse("2001:db8::/32")};
  return std::any_of(kRanges.begin(), kRanges.end(), [&](const Cidr& range) { return range.contains(address); });
}

std::string binary(const IpAddress& address) {
  const auto* begin = address.octets.data() + (address.is_v4() ? 12 : 0);
  return {begin, address.octets.data() + 16};
}

// The dotted quad that begins at `at`, where one stands alone.
std::optional<IpAddress> quad_at(std::string_view text, std::size_t at, std::size_t& end) {
  if (std::isdigit(static_cast<unsigned char>(text[at])) == 0) return std::nullopt;
  if (at > 0 && (is_word(text[at - 1]) || text[at - 1] == '.')) return std::nullopt;
  end = at;
  while (end < text.size() && end - at < 16 && (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '.')) ++end;
  if (end < text.size() && is_word(text[end])) return std::nullopt;
  std::string_view quad = text.substr(at, end - at);
  if (quad.ends_with('.')) quad.remove_suffix(1), --end;
  if (std::count(quad.begin(), quad.end(), '.') != 3) return std::nullopt;
  return IpAddress::parse(quad);
}

// Every place where `secret` stands as a word of its own.
template <typename Take>
void each_word(std::string_view text, std::string_view secret, Take take) {
  for (std::size_t at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + 1)) {
    const std::size_t end = at + secret.size();
    const bool alone = (at == 0 || !is_word(text[at - 1]) || !is_word(secret.front())) && (end == text.size() || !is_word(text[end]) || !is_word(secret.back()));
    if (alone) take(at);
  }
}

}  // namespace

bool unmask_websocket(std::string& stream) {
  std::size_t at = stream.find("\r\n\r\n");
  if (at == std::string::npos) return true;
  for (at += 4; at + 2 <= stream.size();) {
    const auto first = static_cast<unsigned char>(stream[at]), second = static_cast<unsigned char>(stream[at + 1]);
    if ((first & 0x40) != 0) return false;
    std::uint64_t length = second & 0x7f;
    std::size_t head = 2;
    const std::size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (at + head + wide > stream.size()) return true;
    if (wide > 0) length = 0;
    for (std::size_t i = 0; i < wide; ++i) length = length << 8 | static_cast<unsigned char>(stream[at + head + i]);
    head += wide;
    const bool masked = (second & 0x80) != 0;
    if (masked) {
      if (at + head + 4 > stream.size()) return true;
      const std::string key = stream.substr(at + head, 4);
      for (std::size_t i = 0; i < 4; ++i) stream[at + head + i] = '\0';
      head += 4;
      for (std::size_t i = 0; i < length && at + head + i < stream.size(); ++i) stream[at + head + i] = static_cast<char>(stream[at + head + i] ^ key[i % 4]);
    }
    if (length > stream.size()) return true;
    at += head + static_cast<std::size_t>(length);
  }
  return true;
}

Anonymiser::Anonymiser(const Ruleset& ruleset, Known known, std::uint64_t seed) : ruleset_(ruleset), known_(std::move(known)), seed_(seed) {
  // Words of the protocols stay, though somebody may be called so.
  for (const char* word : {"true", "false", "null", "login", "pass", "worker", "user", "params", "result", "method", "error", "mining", "stratum", "agent", "jsonrpc", "http", "host"}) vocabulary_.insert(word);
  for (const Dialect& dialect : ruleset.dialects().dialects())
    for (const DialectMessage& message : dialect.messages) {
      vocabulary_.insert(message.method);
      vocabulary_.insert(message.method.substr(message.method.rfind('.') + 1));
    }
}

Result<void> Anonymiser::map_addresses(const PacketModel& model) {
  std::set<IpAddress> taken;
  std::vector<IpAddress> wanted;
  for (const auto& [connection, carrier] : model.order) {
    for (const Endpoint& end : {model.connections[connection].tuple.source, model.connections[connection].tuple.destination}) {
      if (addresses_.contains(end.address)) continue;
      const bool stays = is_documentation(end.address) || !end.address.can_be_subject();
      addresses_[end.address] = end.address;
      if (stays) taken.insert(end.address);
      else wanted.push_back(end.address);
    }
  }
  std::vector<IpAddress> free;
  for (const char* network : {"192.0.2.", "198.51.100.", "203.0.113."})
    for (int host = 1; host < 255; ++host) {
      const IpAddress address = *IpAddress::parse(network + std::to_string(host));
      if (!taken.contains(address)) free.push_back(address);
    }
  std::uint32_t next_v6 = 1;
  for (const IpAddress& original : wanted) {
    if (!original.is_v4()) {
      IpAddress made;
      do {
        made = *IpAddress::parse("2001:db8::" + std::to_string(next_v6));
        ++next_v6;
      } while (taken.contains(made) && next_v6 < 9999);
      taken.insert(made);
      addresses_[original] = made;
      continue;
    }
    if (free.empty()) return fail("there are more addresses (" + std::to_string(wanted.size()) + ") than the documentation ranges hold: choose one incident with --incident");
    // One whose text is as long, where there is one, so that text keeps its length.
    const std::size_t length = original.to_string().size();
    auto best = std::find_if(free.begin(), free.end(), [&](const IpAddress& a) { return a.to_string().size() == length; });
    if (best == free.end()) best = free.begin();
    addresses_[original] = *best;
    free.erase(best);
  }
  return {};
}

void Anonymiser::learn(const std::string& secret) {
  if (secret.size() < kShortest || texts_.contains(secret) || vocabulary_.contains(secret)) return;
  if (std::all_of(secret.begin(), secret.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }) && secret.size() < 6) return;
  std::size_t end = 0;
  if (const auto quad = quad_at(secret, 0, end); quad && end == secret.size()) return;  // an address is mapped as one
  texts_[secret] = made_up_like(secret, seed_);
}

void Anonymiser::learn_name(std::string_view name) {
  if (name.size() < kShortest || known_.kept_names.contains(std::string(name))) return;
  std::set<std::string> labels;
  for (const std::string& kept : known_.kept_names)
    for (std::size_t at = 0; at <= kept.size();) {
      const std::size_t dot = std::min(kept.find('.', at), kept.size());
      labels.insert(kept.substr(at, dot - at));
      at = dot + 1;
    }
  texts_.try_emplace(std::string(name), made_up_name(name, labels, seed_));
}

void Anonymiser::gather_from(std::string_view text) {
  for (const Wallet& wallet : find_wallets(text, 10'000)) learn(std::string(text.substr(wallet.begin, wallet.end - wallet.begin)));
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '{' || text[at] == '[') {
      JsonFramer frame;
      const std::size_t size = std::max<std::size_t>(frame.take(as_bytes(text.substr(at))), 1);
      if (frame.state() == JsonFramer::State::Closed)
        for (const std::string& secret : personal_texts(text.substr(at, size), ruleset_.dialects())) learn(secret);
      at += frame.state() == JsonFramer::State::Closed ? size : 1;
    } else if (text.compare(at, 5, "HTTP/") == 0 || text.compare(at, 5, "POST ") == 0 || text.compare(at, 4, "GET ") == 0) {
      const std::string_view head = text.substr(at, std::min(text.find("\r\n\r\n", at), text.size()) - at);
      for (const std::string& secret : personal_headers(head)) learn(secret);
      if (const std::string host = host_header(head); !host.empty()) learn_name(host);
      at += std::max<std::size_t>(head.size(), 1);
    } else {
      ++at;
    }
  }
}

void Anonymiser::gather(const PacketModel& model) {
  for (const std::string& worker : known_.workers) {
    learn(worker);
    // "wallet.rig" is two secrets: a share may name either alone.
    for (std::size_t at = 0; at < worker.size();) {
      const std::size_t end = std::min(worker.find_first_of("./+@", at), worker.size());
      if (end - at >= kShortest + 2 && end - at < worker.size()) learn(worker.substr(at, end - at));
      at = end + 1;
    }
  }
  for (const std::string& name : known_.names) learn_name(name);
  for (const Connection& connection : model.connections)
    for (const std::string& stream : connection.stream) gather_from(stream);
  for (const Connection& connection : model.connections) {
    if (connection.tuple.protocol != IpProtocol::Udp) continue;
    for (const Carrier& carrier : connection.carriers)
      for (const std::string& name : dns_names(std::string_view(connection.stream[carrier.side]).substr(static_cast<std::size_t>(carrier.begin), static_cast<std::size_t>(carrier.end - carrier.begin)))) learn_name(name);
  }
}

void Anonymiser::add_edits(std::string_view text, std::vector<StreamEdit>& edits) const {
  std::vector<StreamEdit> found;
  const auto add = [&](std::size_t begin, std::size_t size, std::string made) {
    found.push_back({static_cast<std::int64_t>(begin), static_cast<std::int64_t>(begin + size), std::move(made)});
  };
  for (const auto& [secret, made] : texts_) each_word(text, secret, [&](std::size_t at) { add(at, secret.size(), made); });
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t end = 0;
    const auto quad = quad_at(text, at, end);
    const auto mapped = quad ? addresses_.find(*quad) : addresses_.end();
    if (mapped != addresses_.end() && mapped->first != mapped->second) add(at, end - at, mapped->second.to_string());
  }
  for (const auto& [original, made] : addresses_) {
    if (original == made) continue;
    const std::string bytes = binary(original);
    if (!is_text(bytes))
      for (std::size_t at = text.find(bytes); at != std::string_view::npos; at = text.find(bytes, at + bytes.size())) add(at, bytes.size(), binary(made));
    if (original.is_v4()) continue;
    const std::string spelt = original.to_string();
    for (std::size_t at = text.find(spelt); at != std::string_view::npos; at = text.find(spelt, at + spelt.size())) add(at, spelt.size(), made.to_string());
  }
  // The longest of those that begin together; none may run into the next.
  std::sort(found.begin(), found.end(), [](const StreamEdit& a, const StreamEdit& b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; });
  std::int64_t behind = 0;
  for (StreamEdit& e : found) {
    if (e.begin < behind) continue;
    behind = e.end;
    edits.push_back(std::move(e));
  }
}

Result<void> Anonymiser::apply(PacketModel& model) {
  for (Connection& connection : model.connections) {
    const bool upgraded = connection.stream[0].find("pgrade: websocket") != std::string::npos || connection.stream[0].find("pgrade: WebSocket") != std::string::npos;
    for (std::string& stream : connection.stream) {
      if (upgraded && !unmask_websocket(stream)) return fail("a WebSocket in " + connection.tuple.source.to_string() + " to " + connection.tuple.destination.to_string() + " is compressed: what it hides cannot be exchanged");
      for (const char* coding : {"Content-Encoding: gzip", "Content-Encoding: deflate", "content-encoding: gzip", "content-encoding: deflate"})
        if (stream.find(coding) != std::string::npos) return fail("an HTTP body of " + connection.tuple.source.to_string() + " to " + connection.tuple.destination.to_string() + " is compressed: what it hides cannot be exchanged");
    }
  }
  if (auto mapped = map_addresses(model); !mapped) return mapped;
  gather(model);
  for (std::uint32_t c = 0; c < model.connections.size(); ++c)
    for (const int side : {0, 1}) {
      Connection& connection = model.connections[c];
      std::string& stream = connection.stream[side];
      if (connection.tuple.protocol == IpProtocol::Udp)
        for (const auto& [name, made] : texts_) rename_dns(stream, name, made);
      std::vector<StreamEdit> edits;
      add_edits(stream, edits);
      edit(model, c, side, std::move(edits));
    }
  for (Connection& connection : model.connections)
    for (Endpoint* end : {&connection.tuple.source, &connection.tuple.destination}) end->address = addresses_.at(end->address);
  return {};
}

std::string Anonymiser::subject(const std::string& id) const {
  if (!id.starts_with("ip:")) return id;
  const auto address = IpAddress::parse(id.substr(3));
  const auto found = address ? addresses_.find(*address) : addresses_.end();
  return found == addresses_.end() ? id : "ip:" + found->second.to_string();
}

std::vector<std::string> Anonymiser::leaks(const EventBatch& batch) const {
  std::set<std::string> found;
  std::string all;
  for (const Event& event : batch.events) {
    const std::string_view data = as_text(event.packet.data);
    all += data;
    all += '\0';
    for (const auto& [original, made] : addresses_) {
      if (original == made) continue;
      if (data.find(binary(original)) != std::string_view::npos) found.insert("the bytes of an original address stand in packet " + std::to_string(event.packet.frame));
      if (!original.is_v4() && data.find(original.to_string()) != std::string_view::npos) found.insert("an original address stands as text in packet " + std::to_string(event.packet.frame));
    }
    for (std::size_t at = 0; at < data.size(); ++at) {
      std::size_t end = 0;
      const auto quad = quad_at(data, at, end);
      const auto mapped = quad ? addresses_.find(*quad) : addresses_.end();
      if (mapped != addresses_.end() && mapped->first != mapped->second) found.insert("an original address stands as text in packet " + std::to_string(event.packet.frame));
    }
  }
  for (const auto& [secret, made] : texts_)
    if (secret != made && all.find(secret) != std::string::npos && !known_.kept_names.contains(secret)) {
      bool alone = false;
      each_word(all, secret, [&](std::size_t) { alone = true; });
      // Long ones must not even stand inside another word.
      if (alone || secret.size() >= 16) found.insert("a name that was to be exchanged still stands there (" + secret.substr(0, 4) + "…, " + plural(secret.size(), "byte", "bytes") + ")");
    }
  return {found.begin(), found.end()};
}

}  // namespace scanner
