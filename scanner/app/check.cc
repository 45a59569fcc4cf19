#include "scanner/app/check.h"

#include "scanner/app/kill_switch.h"
#include "scanner/app/setup.h"
#include "scanner/app/wording.h"
#include "scanner/io/signing_key.h"

#include <chrono>
#include <iostream>

namespace scanner {

namespace {

// What an agent with this configuration would do with its events.
void tell_delivery(const Config& config) {
  const DeliveryConfig& delivery = config.delivery;
  std::cout << "  outbox " << delivery.outbox_directory << ", ";
  const auto key = SigningKey::from_seed(as_bytes(delivery.signing_seed));
  std::cout << (key ? "signed by " + key->public_text() : "not signed") << "\n  sinks:";
  if (!delivery.file.path.empty()) std::cout << " file " << delivery.file.path;
  if (!delivery.http.url.empty()) std::cout << " http " << delivery.http.url;
  for (const std::string& server : delivery.nats.servers) std::cout << " nats " << server;
  const bool none = delivery.file.path.empty() && delivery.http.url.empty() && delivery.nats.servers.empty();
  std::cout << (none ? " none, events stay in the outbox" : "") << "\n";
}

// Where the rules come from, and what is permitted.
void tell_packs(const Setup& setup) {
  if (setup.pack) std::cout << "pack " << setup.pack->pack.title() << " of " << setup.pack->date << ", signed by " << setup.pack->signed_by << (setup.pack->confirm_until ? ", on trial" : "") << "\n";
  if (setup.exceptions->empty()) return;
  std::cout << plural(setup.exceptions->entries.size(), "exception or permission", "exceptions and permissions") << " " << setup.exceptions->sha256 << "\n";
  const Ruleset& ruleset = setup.matcher->ruleset();
  for (const Exception& exception : setup.exceptions->entries)
    for (const std::string& name : exception.signatures)
      if (!can_be_silenced(ruleset, name)) std::cerr << "aupscan: the exception '" << exception.id << "' names '" << name << "', and there is no such signature, dialect or detector\n";
  const Timestamp now{std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count()};
  for (const std::string& warning : expiry_warnings(*setup.exceptions, now)) std::cerr << "aupscan: " << warning << "\n";
}

}  // namespace

ExitCode check(const CheckOptions& options) {
  const auto setup = set_up(options.rules);
  if (!setup) return ExitCode::Usage;
  const Ruleset& ruleset = setup->matcher->ruleset();
  std::size_t hosts = 0;
  for (const HostSet& set : ruleset.datasets().host_sets()) hosts += set.entries().size();
  std::cout << "ruleset " << ruleset.content_id() << "\n  " << ruleset.signatures().size() << " signatures, "
            << ruleset.dialects().dialects().size() << " dialects, " << hosts << " listed hosts\n";
  for (const DeclarationEdition& edition : setup->declaration->editions())
    std::cout << "declaration edition " << edition.version << ", in force from " << to_rfc3339(edition.effective_from) << ", "
              << edition.activities.size() << " activities\n";
  const Config& config = setup->config;
  std::cout << "panel " << setup->panel->sha256() << "\n  " << setup->panel->indicators().size() << " indicators\n";
  if (!setup->tenants->sha256.empty())
    std::cout << "tenants " << setup->tenants->sha256 << "\n  " << setup->tenants->names << " tenants, " << setup->tenants->claims.size() << " claims\n";
  std::cout << "configuration " << (options.rules.config.empty() ? "(the defaults)" : options.rules.config) << ", " << config_id(config) << "\n  "
            << (config.local.empty() ? "every address can be a subject" : std::to_string(config.local.size()) + " local ranges") << ", "
            << (config.hash_key.empty() ? "no hash key: references are left out" : "references are keyed") << ", "
            << (config.recipients.empty() ? "evidence is plain" : "evidence is sealed for " + std::to_string(config.recipients.size())) << "\n";
  tell_packs(*setup);
  tell_delivery(config);
  return ExitCode::Done;
}

}  // namespace scanner
