// Keeping data sets of hosts: adding and removing entries, their age, what is wrong with them.
#pragma once

#include "tools/aupsig/command.h"

#include <string>
#include <vector>

namespace scanner {

struct DatasetEdit {
  std::string file;
  std::vector<std::string> hosts;
  std::string source, tier, pool;         // a source is needed to add; tier "": by what it is, else C
  std::vector<std::string> coins, ports, flags;
  std::string first_seen, last_seen;      // days; "": as far as the list says
  std::string date;                       // of the edit, YYYY-MM-DD
  std::string because;                    // why a popular host, or one that all share, is listed
  std::string popular;                    // file; "": the one that comes with the program
};

struct DatasetQuestion {
  std::vector<std::string> paths;  // files, or directories of them
  std::string at;                  // the day of which it is asked, YYYY-MM-DD
  double below = 1.01;             // only entries whose confidence is below that
  std::string popular;             // file; "": the one that comes with the program
  bool json = false;
};

// Done; Usage where the file cannot be edited or a host cannot be listed: then nothing changed.
ExitCode dataset_add(const DatasetEdit& edit);
// Done; Unexpected where a host was not in it; the others are removed.
ExitCode dataset_remove(const DatasetEdit& edit);
// What the entries are worth on that day. Done, or Usage.
ExitCode dataset_age(const DatasetQuestion& question);
// Done; Found where there is something to mend; Usage.
ExitCode dataset_check(const DatasetQuestion& question);

}  // namespace scanner
