#include "tools/aupsig/show.h"

#include "scanner/app/config.h"
#include "scanner/app/wording.h"
#include "scanner/io/pack_store.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/refusal.h"

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kMaxSignature = 16 * 1024;

Result<std::vector<MinisignPublicKey>> trusted_keys(const std::vector<std::string>& named, const std::string& config_file, std::string* directory) {
  std::vector<MinisignPublicKey> keys;
  if (!config_file.empty()) {
    Diagnostics diagnostics;
    const auto config = load_config(config_file, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
    if (!config) return tl::unexpected(config.error());
    keys = config->packs.keys;
    if (directory != nullptr) *directory = config->packs.directory;
  }
  for (const std::string& one : named) {
    const auto key = read_public_key(one);
    if (!key) return fail("--trust: " + key.error().message);
    keys.push_back(*key);
  }
  return keys;
}

Json json_of(const Pack& pack) {
  Json files = Json::array();
  for (const TarFile& file : pack.files) files.push_back({{"path", file.path}, {"size", file.content.size()}});
  return {{"name", pack.manifest.name}, {"version", pack.manifest.version}, {"date", pack.manifest.date}, {"id", pack.id}, {"ruleset", pack.manifest.ruleset}, {"files", files}};
}

void print(const Pack& pack) {
  std::cout << "pack " << pack.title() << " of " << pack.manifest.date << "\n  id       " << pack.id << "\n  ruleset  " << pack.manifest.ruleset << "\n";
}

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

ExitCode show_file(const std::string& path, bool json) {
  const auto bytes = read_text_file(path, kMaxPackBytes);
  if (!bytes) return refuse(bytes.error().message);
  const auto pack = read_pack(as_bytes(*bytes));
  if (!pack) return refuse(path + ": " + pack.error().message, ExitCode::Found);
  if (json) {
    Json told = json_of(*pack);
    told["signature_checked"] = false;
    std::cout << dumped(told) << "\n";
    return ExitCode::Done;
  }
  print(*pack);
  for (const TarFile& file : pack->files) std::cout << "  " << fitted(bytes_text(file.content.size()), 10) << file.path << "\n";
  std::cout << "the signature was not checked (aupsig verify-pack does)\n";
  return ExitCode::Done;
}

struct Installed {
  std::string id, standing, title, trouble;
};

Installed look_at(const std::string& directory, const PackState& state, const std::string& id, std::span<const MinisignPublicKey> trusted) {
  Installed one{id, id == state.current.id ? "in force" : id == state.previous.id ? "last good" : "kept", "", ""};
  if (id == state.current.id && state.confirm_until) one.standing = "on trial";
  for (const PackRef& ref : {state.current, state.previous, state.newest})
    if (ref.id == id) one.title = ref.title();
  if (trusted.empty()) return one;
  const auto checked = check_installed(system_disk(), directory, id, trusted);
  if (checked)
    one.title = checked->pack.title() + " of " + checked->pack.manifest.date + ", signed by " + to_text(checked->proof.key);
  else
    one.trouble = checked.error().message;
  return one;
}

ExitCode show_directory(const std::string& directory, std::span<const MinisignPublicKey> trusted, bool json) {
  const auto state = read_pack_state(system_disk(), directory);
  if (!state) return refuse(state.error().message);
  Json list = Json::array();
  bool refused = false;
  for (const std::string& id : list_packs(directory)) {
    const Installed one = look_at(directory, *state, id, trusted);
    refused = refused || !one.trouble.empty();
    list.push_back({{"id", id}, {"standing", one.standing}, {"pack", one.title}, {"refused", one.trouble}});
    if (json) continue;
    std::cout << fitted(one.standing, 11) << id.substr(0, 16) << "  " << printable(one.title.empty() ? "(not looked at)" : one.title) << "\n";
    if (!one.trouble.empty()) std::cout << "           refused: " << printable(one.trouble) << "\n";
  }
  const std::string until = state->confirm_until ? to_rfc3339(*state->confirm_until) : "";
  if (json) {
    std::cout << dumped({{"directory", directory}, {"packs", list}, {"confirm_until", until}, {"last_change", state->last_change}, {"signatures_checked", !trusted.empty()}}) << "\n";
  } else {
    if (list.empty()) std::cout << "no pack is installed in " << printable(directory) << "\n";
    if (!until.empty()) std::cout << "to be confirmed until " << until << "\n";
    if (!state->last_change.empty()) std::cout << printable(state->last_change) << "\n";
    if (trusted.empty() && !list.empty()) std::cout << "signatures were not checked (--trust or --config names whose count)\n";
  }
  return refused ? ExitCode::Found : ExitCode::Done;
}

}  // namespace

ExitCode verify_pack(const VerifyPackOptions& options) {
  const auto keys = trusted_keys(options.trust, options.config, nullptr);
  if (!keys) return refuse(keys.error().message);
  if (keys->empty()) return refuse("no key is trusted: --trust names one, or packs.trusted_keys of --config");
  const auto bytes = read_text_file(options.pack, kMaxPackBytes);
  if (!bytes) return refuse(bytes.error().message);
  const auto is_refused = [&](const std::string& why) {
    if (options.json) std::cout << dumped({{"good", false}, {"pack", options.pack}, {"why", why}}) << "\n";
    return refuse(options.pack + ": is refused: " + why, ExitCode::Found);
  };
  const auto signature = read_text_file(options.signature.empty() ? options.pack + ".minisig" : options.signature, kMaxSignature);
  if (!signature) return is_refused("it is not signed (" + signature.error().message + ")");
  const auto checked = check_pack(as_bytes(*bytes), *signature, *keys);
  if (!checked) return is_refused(checked.error().message);
  Diagnostics diagnostics;
  const auto rules = load_pack_rules(checked->pack, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!rules) return is_refused(rules.error().message);
  if (options.json) {
    Json told = json_of(checked->pack);
    told["good"] = true;
    told["signed_by"] = to_text(checked->proof.key);
    told["trusted_comment"] = checked->proof.trusted_comment;
    std::cout << dumped(told) << "\n";
    return ExitCode::Done;
  }
  print(checked->pack);
  std::cout << "  signed   by " << to_text(checked->proof.key) << ": " << printable(checked->proof.trusted_comment) << "\n  " << checked->pack.files.size() << " files, " << (*rules)->signatures().size()
            << " signatures: all as signed\n";
  return ExitCode::Done;
}

ExitCode show(const ShowOptions& options) {
  std::string configured;
  const auto keys = trusted_keys(options.trust, options.config, &configured);
  if (!keys) return refuse(keys.error().message);
  const std::string what = options.what.empty() ? configured : options.what;
  if (what.empty()) return refuse("name a pack, a directory of packs, or --config with packs.directory");
  std::error_code error;
  return std::filesystem::is_directory(what, error) ? show_directory(what, *keys, options.json) : show_file(what, options.json);
}

}  // namespace scanner
