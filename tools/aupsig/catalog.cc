// Every command of aupsig, in the order in which --help tells them.
#include "tools/aupsig/command.h"

#include "tools/aupsig/commands.h"

#include <array>

namespace scanner {

std::span<const SigCommand> sig_commands() {
  static constexpr std::array kCommands{
      SigCommand{"explain", "Tell why a capture or an event stands where it stands, and what is missing for more", define_explain},
      SigCommand{"dataset", "Keep data sets of pools: add, remove, age, check", define_dataset},
      SigCommand{"export", "Write signatures as rules of Sigma or Suricata", define_export},
      SigCommand{"import", "Bring rules of Suricata and Sigma, and lists of pools, into our form", define_import},
      SigCommand{"lint", "Tell everything that is wrong or doubtful in a pack of signatures", define_lint},
      SigCommand{"new", "Draft a signature, and the dialect of an unknown conversation, from a capture", define_new},
      SigCommand{"record-test", "Make a small, anonymous test from a capture that goes on showing the same", define_record_test},
  };
  return kCommands;
}

}  // namespace scanner
