#include "scanner/app/check.h"

#include "scanner/app/setup.h"

#include <iostream>

namespace scanner {

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
  return ExitCode::Done;
}

}  // namespace scanner
