// The kill switch's memory: what is off stays off, whatever is restarted.
#pragma once

#include "scanner/engine/silence.h"
#include "scanner/io/disk.h"
#include "scanner/model/result.h"
#include "scanner/signature/ruleset.h"

#include <string>

namespace scanner {

// The state at `path`. None: nothing is off. An Error: it is there and cannot be understood;
// who switched something off must not find it on again.
Result<Silence> read_kill_switch(Disk& disk, const std::string& path);
// Durable when it returns.
Result<void> write_kill_switch(Disk& disk, const std::string& path, const Silence& silence);

// Whether these rules have a signature or dialect of this name, or there is such a detector.
bool can_be_silenced(const Ruleset& ruleset, const std::string& name);

}  // namespace scanner
