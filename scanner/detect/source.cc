#include "scanner/detect/source.h"

#include <algorithm>

namespace scanner {

void name_source(Finding& finding, const Ruleset& ruleset, std::string_view id) {
  finding.source = id;
  finding.revision = 0;
  finding.source_sha256.clear();
  if (const Signature* signature = ruleset.find(id)) {
    finding.revision = signature->revision;
    finding.source_sha256 = ruleset.signature_sha256(static_cast<std::size_t>(signature - ruleset.signatures().data()));
    return;
  }
  const auto& dialects = ruleset.dialects().dialects();
  const auto dialect = std::find_if(dialects.begin(), dialects.end(), [id](const Dialect& d) { return d.id == id; });
  if (dialect == dialects.end()) return;
  finding.revision = dialect->revision;
  finding.source_sha256 = ruleset.dialects().content_id();
}

}  // namespace scanner
