#include "scanner/app/pack_config.h"

#include "scanner/app/settings.h"
#include "scanner/io/text_file.h"

namespace scanner {
namespace {

using Settings = SettingsOf<PackConfig>;
constexpr SettingMakers<PackConfig> kMake;
constexpr std::size_t kMaxKeyFile = 4096;

const Settings& settings() {
  static const Settings kSettings{kMake.path("directory", [](auto& c) -> auto& { return c.directory; }),
                                  kMake.strings("trusted_keys", [](auto& c) -> auto& { return c.trusted_keys; })};
  return kSettings;
}

}  // namespace

void read_packs_section(YamlMap& root, const std::string& file, PackConfig& config, YamlContext& context) {
  read_setting_section(root, "packs", settings(), file, config, context);
  for (std::string& key : config.trusted_keys)
    if (!parse_minisign_public_key(key)) key = beside(file, key);
  if (!config.directory.empty() && config.trusted_keys.empty())
    context.error(root.node(), "C109", "packs.directory is set and packs.trusted_keys is empty: no pack would be accepted", "name a minisign public key, or a file that holds one");
}

Result<MinisignPublicKey> read_public_key(const std::string& key_or_file) {
  if (auto key = parse_minisign_public_key(key_or_file)) return key;
  const auto text = read_text_file(key_or_file, kMaxKeyFile);
  if (!text) return tl::unexpected(text.error());
  auto key = parse_minisign_public_key(*text);
  if (!key) return fail(key_or_file + ": " + key.error().message);
  return key;
}

Result<void> read_pack_keys(PackConfig& config) {
  config.keys.clear();
  for (const std::string& named : config.trusted_keys) {
    const auto key = read_public_key(named);
    if (!key) return fail("packs.trusted_keys: " + key.error().message);
    config.keys.push_back(*key);
  }
  return {};
}

std::vector<std::string> pack_keys() {
  std::vector<std::string> keys;
  name_settings(keys, "packs.", settings());
  return keys;
}

std::string pack_text(const PackConfig& config) {
  std::string out;
  tell_settings(out, "packs.", settings(), config);
  return out;
}

}  // namespace scanner
