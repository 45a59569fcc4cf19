// Every command of aupsig, in the order in which --help tells them.
#include "tools/aupsig/command.h"

#include "tools/aupsig/commands.h"

#include <array>

namespace scanner {

std::span<const SigCommand> sig_commands() {
  static constexpr std::array kCommands{
      SigCommand{"explain", "Tell why a capture or an event stands where it stands, and what is missing for more", define_explain},
      SigCommand{"new", "Draft a signature, and the dialect of an unknown conversation, from a capture", define_new},
      SigCommand{"record-test", "Make a small, anonymous test from a capture that goes on showing the same", define_record_test},
      SigCommand{"lint", "Tell everything that is wrong or doubtful in a pack of signatures", define_lint},
      SigCommand{"test", "Run the examples of every signature and the cases beside a pack", define_test},
      SigCommand{"profile", "Tell what each signature costs, and hold a pack against its budget", define_profile},
      SigCommand{"diff", "Tell what changes if another pack is shipped, verdict by verdict over a corpus", define_diff},
      SigCommand{"observations", "Keep the texts that signatures are searched in, to hold later packs against them", define_observations},
      SigCommand{"coverage", "Tell which activities and techniques the signatures cover, and where there are holes", define_coverage},
      SigCommand{"import", "Bring rules of Suricata and Sigma, and lists of pools, into our form", define_import},
      SigCommand{"export", "Write signatures as rules of Sigma or Suricata", define_export},
      SigCommand{"dataset", "Keep data sets of pools: add, remove, age, check", define_dataset},
      SigCommand{"promote", "Take a signature from experimental to shadow, active or deprecated", define_promote},
      SigCommand{"pack", "Make one file of signatures, data sets, declaration and tests", define_pack},
      SigCommand{"keygen", "Make a pair of keys to sign packs with", define_keygen},
      SigCommand{"sign", "Sign a pack", define_sign},
      SigCommand{"verify-pack", "Check a pack's signature and content", define_verify_pack},
      SigCommand{"show", "Tell what is in a pack, or which packs are installed", define_show},
      SigCommand{"install", "Put a signed pack into force in an agent", define_install},
      SigCommand{"confirm", "Keep the pack that is on trial", define_confirm},
      SigCommand{"rollback", "Return to the pack before", define_rollback},
  };
  return kCommands;
}

}  // namespace scanner
