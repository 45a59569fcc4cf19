// The directory in which an agent's packs are installed.
//
//   DIR/<id>/pack.aup, pack.aup.minisig    what was signed: rules are loaded from these bytes
//   DIR/<id>/files/…                       the same unpacked, for people; altered: the pack is refused
//   DIR/state.json                         what is in force (pack_state.h)
//   DIR/current                            a link for people; nothing reads it
#pragma once

#include "scanner/io/minisign.h"
#include "scanner/io/pack_state.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct CheckedPack {
  Pack pack;
  MinisignProof proof;
};

// Of the bytes of a pack and of its signature file: who signed, then what is in it.
Result<CheckedPack> check_pack(Bytes pack, std::string_view signature, std::span<const MinisignPublicKey> trusted);
// An installed one, with its unpacked files. An Error names what is wrong with it.
Result<CheckedPack> check_installed(Disk& disk, const std::string& directory, const std::string& id, std::span<const MinisignPublicKey> trusted);
// Puts a checked pack under its id, whole or not at all; one that is there and good stays. Files
// belong to whoever the directory belongs to.
Result<void> put_pack(Disk& disk, const std::string& directory, const CheckedPack& checked, Bytes pack, std::string_view signature, std::span<const MinisignPublicKey> trusted);
// Every pack that lies there, without a look into it: ids.
std::vector<std::string> list_packs(const std::string& directory);
// Those that no state names, but for the `keep` that came last.
void remove_old_packs(const std::string& directory, const PackState& state, std::size_t keep);

// What an agent loads: the current one; where that is refused and `may_fall_back`, the last good one.
struct PackChoice {
  CheckedPack checked;
  PackState state;
  std::string refused;  // why not the current one; "": it is the current one
};
// `use` takes what is in it and may refuse that; it may be called twice.
using UsePack = std::function<Result<void>(const Pack&)>;
Result<PackChoice> choose_pack(Disk& disk, const std::string& directory, std::span<const MinisignPublicKey> trusted, bool may_fall_back, const UsePack& use);

}  // namespace scanner
