// abuse.tunnel over DNS: data carried in names below one registered domain, or in the answers.
//
// By information volume per registered domain (after Ozery, Nadler, Shabtai 2023): each name
// counts once, with the entropy of what stands before the domain; answers count with their data
// where they are neither addresses nor aliases. Services that ask for many short names (content
// networks), for hashes (virus scanners) or for addresses written backwards (block lists, routing
// data) stay below: few bits a name, no data in the answers, or left out.
//
// Without a list of public suffixes: the registered domain is the last two labels, or three where
// the last is a country's and the one before it has at most three letters.
//
// State: AbuseLimits::subjects askers, kDomains domains each (the one with the fewest names makes
// room), up to 2 KiB a domain.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/contact_set.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/few_of.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string_view>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.tunnel", kName = "dns-tunnel";
constexpr std::size_t kDomains = 8, kNames = 256;
constexpr std::uint64_t kPolled = 15;  // names
constexpr std::uint64_t kRich = 40, kSome = 15;  // bytes of information a name, on average

struct Domain {
  std::string name;
  ContactSet names{kNames};
  std::uint64_t distinct = 0, questions = 0;
  double information = 0;  // bytes, of different names
  std::uint64_t answers = 0;  // bytes of data
  Timestamp first, last;
  Told told;
  FlowRef flow;
  Direction asker = Direction::FromInitiator;
  std::vector<PacketRef> packets;
};

struct Asker {
  std::vector<Domain> domains;
};

// Where the registered domain begins; npos where the name is one, or belongs to nobody.
std::size_t registered_at(std::string_view name) {
  if (name.ends_with(".arpa") || name.ends_with(".local") || name.ends_with(".localhost")) return std::string_view::npos;
  const std::size_t last = name.rfind('.');
  if (last == std::string_view::npos || last == 0) return last;
  const std::size_t second = name.rfind('.', last - 1);
  if (second == std::string_view::npos) return second;
  const bool country = name.size() - last - 1 == 2 && last - second - 1 <= 3;
  if (!country || second == 0) return second + 1;
  const std::size_t third = name.rfind('.', second - 1);
  return third == std::string_view::npos ? third : third + 1;
}

// An address backwards: labels that are numbers or single hexadecimal digits.
bool is_address(std::string_view labels) {
  constexpr std::size_t kLeast = 4;
  std::size_t count = 0, begin = 0;
  while (begin < labels.size()) {
    const std::size_t end = std::min(labels.find('.', begin), labels.size());
    const std::string_view label = labels.substr(begin, end - begin);
    const bool number = label.size() <= 3 && std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool nibble = label.size() == 1 && std::isxdigit(static_cast<unsigned char>(label[0])) != 0;
    if (!number && !nibble) break;  // further labels name the list
    ++count;
    begin = end + 1;
  }
  return count >= kLeast;
}

// Shannon entropy of the characters times their number, in bytes.
double information_in(std::string_view text) {
  std::array<std::uint16_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const std::uint16_t count : counts)
    if (count != 0) bits -= count * std::log2(static_cast<double>(count) / static_cast<double>(text.size()));
  return bits / 8;
}

class DnsTunnel final : public Detector {
 public:
  explicit DnsTunnel(const AbuseLimits& limits) : limits_(limits.tunnel), askers_(limits.subjects, limits_.window) {}
  void observe(const Observation& observation, const DetectorContext& context) override;
  std::uint64_t refused() const override { return askers_.refused(); }

 private:
  Domain& domain_of(Asker& asker, std::string_view name, Timestamp at) const;
  void judge(Domain& domain, const DetectorContext& context) const;

  TunnelLimits limits_;
  SubjectTable<IpAddress, Asker> askers_;
};

Domain& DnsTunnel::domain_of(Asker& asker, std::string_view name, Timestamp at) const {
  Domain& domain = obtain_of(
      asker.domains, kDomains, [&](const Domain& one) { return one.name == name; },
      [](const Domain& a, const Domain& b) { return std::pair(a.distinct, a.last) < std::pair(b.distinct, b.last); });
  if (domain.name.empty() || at - domain.first > limits_.window) {
    const Told told = domain.told;
    domain = Domain{};
    domain.told = told;
    domain.name = name;
    domain.first = at;
  }
  domain.last = at;
  return domain;
}

void DnsTunnel::observe(const Observation& observation, const DetectorContext& context) {
  const auto* dns = std::get_if<DnsSeen>(&observation.what);
  if (dns == nullptr) return;
  const std::size_t at = registered_at(dns->name);
  if (at == std::string_view::npos || at == 0) return;
  const std::string_view name = dns->name, before = name.substr(0, at - 1);
  const IpAddress& address = observation.flow.sender(dns->asker).address;
  if (is_address(before) || !context.attribution.may_be_subject(address)) return;
  Asker* asker = askers_.obtain(address, observation.at);
  if (asker == nullptr) return;
  Domain& domain = domain_of(*asker, name.substr(at), observation.at);
  if (!dns->response) ++domain.questions;
  if (domain.names.note(std::hash<std::string_view>{}(before) | 1, ContactOutcome::Open).first) {
    ++domain.distinct;
    domain.information += information_in(before);
    add_packet(domain.packets, observation.file, observation.frame);
  }
  domain.answers += dns->answer_bytes;
  domain.flow = observation.flow;
  domain.asker = dns->asker;
  judge(domain, context);
}

void DnsTunnel::judge(Domain& domain, const DetectorContext& context) const {
  // Few names that are asked for again and again can bring much as well: commands do.
  const bool polled = domain.distinct >= kPolled && domain.answers >= 2 * limits_.observed_bytes;
  if (domain.distinct < limits_.observed_names && !polled) return;
  const auto information = static_cast<std::uint64_t>(domain.information);
  const std::uint64_t mean = information / domain.distinct;
  // Hardly a name is asked for twice: names carry something, whatever they say.
  const bool fresh = domain.distinct * 10 >= domain.questions * 7;
  const bool observed = polled || (fresh && ((information >= limits_.observed_bytes && mean >= kSome) || domain.answers >= limits_.observed_bytes));
  const bool confirmed = observed && fresh && domain.distinct >= limits_.confirmed_names &&
                         ((information >= 2 * limits_.confirmed_bytes && mean >= kRich) || domain.answers >= limits_.confirmed_bytes);
  if (!observed) return;
  if (!domain.told.due(confirmed ? Stage::Confirmed : Stage::Observed, domain.distinct, domain.last)) return;
  const auto subject = context.attribution.subject_of(domain.flow, domain.asker, domain.last);
  if (!subject) return;
  Finding finding = abuse_finding("tunnel:dns:" + domain.name, kActivity, kName, domain.told.stage(), *subject);
  finding.first_seen = domain.first;
  finding.last_seen = domain.last;
  finding.flow = domain.flow;
  finding.packets = domain.packets;
  finding.reason = "asked for " + std::to_string(domain.distinct) + " different names below " + domain.name + " in " + span_text(domain.last - domain.first) + ": " + std::to_string(information) +
                   " bytes of information in them, " + std::to_string(domain.answers) + " bytes of data in the answers";
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_dns_tunnel(const AbuseLimits& limits) { return std::make_unique<DnsTunnel>(limits); }

}  // namespace scanner
