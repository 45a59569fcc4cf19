// The configuration's section `packs`: where signed packs are installed and whose signatures count.
#pragma once

#include "scanner/io/minisign.h"
#include "scanner/model/result.h"
#include "scanner/model/yaml.h"

#include <string>
#include <vector>

namespace scanner {

struct PackConfig {
  std::string directory;                  // "": no packs; signatures come from a directory
  std::vector<std::string> trusted_keys;  // each a public key ("RW…") or a file that holds one
  std::vector<MinisignPublicKey> keys;    // the same, read by read_pack_keys
};

// `file`: the configuration, against whose directory others are resolved.
void read_packs_section(YamlMap& root, const std::string& file, PackConfig& config, YamlContext& context);
// One key as it is configured or given to an option. An Error names it.
Result<MinisignPublicKey> read_public_key(const std::string& key_or_file);
Result<void> read_pack_keys(PackConfig& config);

std::vector<std::string> pack_keys();  // dotted, in the file's order
std::string pack_text(const PackConfig& config);

}  // namespace scanner
