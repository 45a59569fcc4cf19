// A pack: one file NAME-VERSION.aup that holds all that decides what an agent looks for and what
// is forbidden. A USTAR archive; manifest.json comes first and names every other file by its
// SHA-256, so the manifest's own SHA-256 (the pack's id) names the whole content. Whose pack it
// is, the signature beside it says (minisign.h); nothing here trusts anybody.
//
//   manifest.json           name, version, date, ruleset, files
//   signatures/             <activity>/*.yaml, dialects/*.yaml, datasets/*.tsv
//   declaration.yaml        what the provider forbids; optional
//   exceptions.yaml         what is permitted all the same; optional
//   tests/                  for people and `aupsig test`; agents pass over them
#pragma once

#include "scanner/io/tar.h"
#include "scanner/model/diagnostic.h"
#include "scanner/model/result.h"
#include "scanner/signature/pack_text.h"
#include "scanner/signature/ruleset.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

inline constexpr std::size_t kMaxPackBytes = 96 * 1024 * 1024;

struct PackManifest {
  std::string name;            // lower-case letters, digits, '-' and '.'; at most 64
  std::uint64_t version = 0;   // from 1; a later pack of this name has a higher one
  std::string date;            // "2026-11-30": for people
  std::string ruleset;         // Ruleset::content_id of its signatures
};

struct Pack {
  PackManifest manifest;
  std::string id;              // SHA-256 of manifest.json, hex
  std::vector<TarFile> files;  // all but the manifest, by path

  const TarFile* find(std::string_view path) const;  // null where there is none
  std::string title() const;                         // "aupscan 7"
};

bool is_pack_name(std::string_view name);
bool is_pack_date(std::string_view date);

// The pack's bytes: the same for the same input, on every machine. Files may come in any order.
// An Error: a name, a date or a path that cannot be in a pack, or more than fits into one.
Result<std::string> write_pack(const PackManifest& manifest, std::vector<TarFile> files);
// An Error: no pack, or one whose files are not those that its manifest names.
Result<Pack> read_pack(Bytes bytes);

// What lies under signatures/, named in messages by the pack's title.
std::vector<PackFile> rule_files_of(const Pack& pack);

// The same as rules. An Error: it has errors (they are in `diagnostics`), or its content is not
// the one that the manifest names. `cache`: of compiled signatures (ruleset_cache.h; "": none);
// what was compiled from there is not checked again.
Result<std::shared_ptr<const Ruleset>> load_pack_rules(const Pack& pack, Diagnostics& diagnostics, const std::string& cache = "");

}  // namespace scanner
