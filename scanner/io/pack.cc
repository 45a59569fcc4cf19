#include "scanner/io/pack.h"

#include "scanner/io/json_fields.h"
#include "scanner/io/rule_files.h"
#include "scanner/model/digest.h"

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "aupscan pack 1", kManifest = "manifest.json", kSignatures = "signatures/";

bool belongs(std::string_view path) {
  return path == "declaration.yaml" || path == "exceptions.yaml" || path.starts_with(kSignatures) || path.starts_with("tests/");
}

std::string manifest_text(const PackManifest& manifest, const std::vector<TarFile>& files) {
  Json list = Json::array();
  for (const TarFile& file : files) list.push_back({{"path", file.path}, {"size", file.content.size()}, {"sha256", to_hex(sha256(as_bytes(file.content)))}});
  const Json json{{"format", kFormat}, {"name", manifest.name}, {"version", manifest.version}, {"date", manifest.date}, {"ruleset", manifest.ruleset}, {"files", list}};
  return json.dump(1) + "\n";
}

struct Listed {
  std::size_t size = 0;
  std::string sha256;
};

Result<std::map<std::string, Listed>> read_list(const nlohmann::json& json) {
  std::map<std::string, Listed> listed;
  if (!json.contains("files") || !json["files"].is_array()) return fail("its manifest lists no files");
  for (const nlohmann::json& item : json["files"]) {
    if (!item.is_object()) return fail("its manifest lists something that is no file");
    JsonFields fields(item);
    const std::string path = fields.text("path", 200).value_or("");
    const auto size = static_cast<std::size_t>(fields.required_integer("size", 0, static_cast<std::int64_t>(kMaxPackBytes)));
    const std::string hash = fields.sha256("sha256").value_or("");
    if (!fields.problem().empty()) return fail("its manifest is not understood: " + fields.problem());
    if (!is_safe_path(path) || hash.empty() || !listed.emplace(path, Listed{size, hash}).second) return fail("its manifest lists a file wrongly");
  }
  return listed;
}

Result<PackManifest> read_manifest(const nlohmann::json& json) {
  JsonFields fields(json);
  const std::string format = fields.text("format", 64).value_or("");
  if (format != kFormat) return fail("is a pack of another format ('" + for_message(format) + "') than '" + std::string(kFormat) + "'");
  PackManifest manifest;
  manifest.name = fields.text("name", 64).value_or("");
  manifest.version = static_cast<std::uint64_t>(fields.required_integer("version", 1, std::numeric_limits<std::int64_t>::max()));
  manifest.date = fields.text("date", 10).value_or("");
  manifest.ruleset = fields.sha256("ruleset").value_or("");
  if (!fields.problem().empty()) return fail("its manifest is not understood: " + fields.problem());
  if (!is_pack_name(manifest.name) || !is_pack_date(manifest.date)) return fail("its manifest has no proper name and date");
  return manifest;
}

// Whether these are the files that the manifest names, all of them and no others.
Result<void> compare(const std::map<std::string, Listed>& listed, const std::vector<TarFile>& files) {
  for (const TarFile& file : files) {
    const auto found = listed.find(file.path);
    if (found == listed.end()) return fail("holds '" + file.path + "', which its manifest does not name");
    if (!belongs(file.path)) return fail("holds '" + file.path + "', which has no place in a pack");
    if (found->second.size != file.content.size() || found->second.sha256 != to_hex(sha256(as_bytes(file.content))))
      return fail("'" + file.path + "' is not the file that its manifest names: it was altered");
  }
  for (const auto& [path, unused] : listed)
    if (std::none_of(files.begin(), files.end(), [&, &name = path](const TarFile& file) { return file.path == name; })) return fail("lacks '" + path + "', which its manifest names");
  return {};
}

}  // namespace

const TarFile* Pack::find(std::string_view path) const {
  const auto found = std::find_if(files.begin(), files.end(), [&](const TarFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

std::string Pack::title() const { return manifest.name + " " + std::to_string(manifest.version); }

bool is_pack_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' && std::all_of(name.begin(), name.end(), fits);
}

bool is_pack_date(std::string_view date) { return date.size() == 10 && parse_rfc3339(std::string(date) + "T00:00:00Z").has_value(); }

Result<std::string> write_pack(const PackManifest& manifest, std::vector<TarFile> files) {
  if (!is_pack_name(manifest.name)) return fail("'" + for_message(manifest.name) + "' is no name of a pack: lower-case letters, digits, '-' and '.', at most 64");
  if (!is_pack_date(manifest.date)) return fail("'" + for_message(manifest.date) + "' is no date such as 2026-11-30");
  if (manifest.version == 0 || manifest.version > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return fail("a pack's version is a whole number from 1 on");
  std::size_t bytes = 0;
  for (const TarFile& file : files) {
    bytes += file.content.size();
    if (!belongs(file.path)) return fail(file.path + ": has no place in a pack");
  }
  const TarLimits limits;
  if (bytes > limits.bytes || files.size() >= limits.files) return fail("that is more than fits into a pack: " + std::to_string(limits.bytes) + " bytes in " + std::to_string(limits.files) + " files");
  std::sort(files.begin(), files.end(), [](const TarFile& a, const TarFile& b) { return a.path < b.path; });
  std::vector<TarFile> all{{std::string(kManifest), manifest_text(manifest, files)}};
  std::move(files.begin(), files.end(), std::back_inserter(all));
  return write_tar(all);
}

Result<Pack> read_pack(Bytes bytes) {
  auto files = read_tar(bytes);
  if (!files) return tl::unexpected(files.error());
  if (files->empty() || files->front().path != kManifest) return fail("is no pack: its first file is not manifest.json");
  Pack pack;
  const std::string text = std::move(files->front().content);
  files->erase(files->begin());
  const auto json = read_json_object(text);
  if (!json) return fail("its manifest " + json.error().message);
  auto manifest = read_manifest(*json);
  if (!manifest) return tl::unexpected(manifest.error());
  const auto listed = read_list(*json);
  if (!listed) return tl::unexpected(listed.error());
  if (auto same = compare(*listed, *files); !same) return tl::unexpected(same.error());
  pack.manifest = std::move(*manifest);
  pack.id = to_hex(sha256(as_bytes(text)));
  pack.files = std::move(*files);
  std::sort(pack.files.begin(), pack.files.end(), [](const TarFile& a, const TarFile& b) { return a.path < b.path; });
  return pack;
}

std::vector<PackFile> rule_files_of(const Pack& pack) {
  std::vector<PackFile> files;
  for (const TarFile& file : pack.files)
    if (file.path.starts_with(kSignatures)) files.push_back({pack.title() + ":" + file.path, file.path.substr(kSignatures.size()), file.content});
  return files;
}

Result<std::shared_ptr<const Ruleset>> load_pack_rules(const Pack& pack, Diagnostics& diagnostics, const std::string& cache) {
  auto ruleset = load_rules_known_to(cache, rule_files_of(pack), diagnostics);
  if (!ruleset) return fail("pack " + pack.title() + ": " + ruleset.error().message);
  if ((*ruleset)->content_id() != pack.manifest.ruleset)
    return fail("pack " + pack.title() + ": its signatures mean something else here (" + (*ruleset)->content_id().substr(0, 16) + "…) than where it was made (" + pack.manifest.ruleset.substr(0, 16) +
                "…): it was made by another version of aupsig");
  return ruleset;
}

}  // namespace scanner
