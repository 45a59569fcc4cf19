#include "scanner/io/pack_store.h"

#include "scanner/io/system_error.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace scanner {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSignature = 16 * 1024;

std::string pack_file(const std::string& directory, const std::string& id) { return directory + "/" + id + "/pack.aup"; }

bool is_id(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Whether the unpacked files are those of the pack: what people read there must be what is in force.
Result<void> compare_unpacked(Disk& disk, const std::string& root, const Pack& pack) {
  std::set<std::string> missing;
  for (const TarFile& file : pack.files) missing.insert(file.path);
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    const std::string path = it->path().string(), name = path.substr(root.size() + 1);
    if (it->symlink_status(error).type() == fs::file_type::directory) continue;
    const TarFile* file = pack.find(name);
    if (file == nullptr) return fail(path + ": is not of the pack");
    const auto content = disk.read(path, 0, file->content.size() + 1);
    if (!content) return fail(content.error().message);
    if (*content != file->content) return fail(path + ": was altered after it was installed");
    missing.erase(name);
  }
  if (error) return fail(root + ": " + error.message());
  if (!missing.empty()) return fail(root + "/" + *missing.begin() + ": is gone");
  return {};
}

DiskResult<void> write_file(Disk& disk, const std::string& path, std::string_view content) {
  auto file = disk.create(path);
  if (!file) return tl::unexpected(file.error());
  if (auto done = (*file)->append(as_bytes(content)); !done) return done;
  return (*file)->sync();
}

Result<void> write_tree(Disk& disk, const std::string& root, const Pack& pack, std::string_view bytes, std::string_view signature) {
  if (auto made = disk.make_directory(root); !made) return fail(made.error().message);
  std::set<std::string> made{root};
  const auto put = [&](const std::string& path, std::string_view content) -> Result<void> {
    std::vector<std::string> wanted;
    for (std::string parent = directory_of(path); !made.contains(parent); parent = directory_of(parent)) wanted.push_back(parent);
    for (auto it = wanted.rbegin(); it != wanted.rend(); ++it) {
      if (auto done = disk.make_directory(*it); !done) return fail(done.error().message);
      made.insert(*it);
    }
    if (auto done = write_file(disk, path, content); !done) return fail(done.error().message);
    return {};
  };
  if (auto done = put(root + "/pack.aup", bytes); !done) return done;
  if (auto done = put(root + "/pack.aup.minisig", signature); !done) return done;
  for (const TarFile& file : pack.files)
    if (auto done = put(root + "/files/" + file.path, file.content); !done) return done;
  if (pack.files.empty())
    if (auto done = disk.make_directory(root + "/files"); !done) return fail(done.error().message);
  for (const std::string& directory : made)
    if (auto done = disk.sync_directory(directory); !done) return fail(done.error().message);
  return {};
}

// What root installs is to be read by the agent, whose directory it is.
Result<void> hand_over(const std::string& root, const std::string& directory) {
  struct stat owner {};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &owner) != 0 || owner.st_uid == 0) return {};
  const auto give = [&](const fs::path& path) { return ::lchown(path.c_str(), owner.st_uid, owner.st_gid) == 0; };
  bool given = give(root);
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; given && !error && it != end; it.increment(error)) given = give(it->path());
  if (!given) return fail(root + ": cannot be given to the owner of " + directory + ": " + system_error());
  if (error) return fail(root + ": " + error.message());
  return {};
}

}  // namespace

Result<CheckedPack> check_pack(Bytes bytes, std::string_view signature, std::span<const MinisignPublicKey> trusted) {
  auto proof = check_minisign(bytes, signature, trusted);
  if (!proof) return tl::unexpected(proof.error());
  auto pack = read_pack(bytes);
  if (!pack) return tl::unexpected(pack.error());
  return CheckedPack{std::move(*pack), std::move(*proof)};
}

Result<CheckedPack> check_installed(Disk& disk, const std::string& directory, const std::string& id, std::span<const MinisignPublicKey> trusted) {
  const std::string path = pack_file(directory, id);
  const auto bytes = disk.read(path, 0, kMaxPackBytes + 1);
  if (!bytes) return fail(bytes.error().message);
  if (bytes->size() > kMaxPackBytes) return fail(path + ": is larger than a pack may be");
  const auto signature = disk.read(path + ".minisig", 0, kMaxSignature);
  if (!signature) return fail(signature.error().code == ENOENT ? path + ": is not signed: there is no pack.aup.minisig beside it" : signature.error().message);
  auto checked = check_pack(as_bytes(*bytes), *signature, trusted);
  if (!checked) return fail(path + ": " + checked.error().message);
  if (checked->pack.id != id) return fail(path + ": is another pack (" + checked->pack.id + ") than its directory says");
  if (auto same = compare_unpacked(disk, directory + "/" + id + "/files", checked->pack); !same) return tl::unexpected(same.error());
  return checked;
}

Result<void> put_pack(Disk& disk, const std::string& directory, const CheckedPack& checked, Bytes bytes, std::string_view signature, std::span<const MinisignPublicKey> trusted) {
  const std::string& id = checked.pack.id;
  const std::string target = directory + "/" + id, fresh = directory + "/.new-" + id, old = directory + "/.old-" + id;
  if (check_installed(disk, directory, id, trusted)) return {};
  std::error_code error;
  fs::remove_all(fresh, error);
  fs::remove_all(old, error);
  if (auto written = write_tree(disk, fresh, checked.pack, as_text(bytes), signature); !written) return written;
  if (auto handed = hand_over(fresh, directory); !handed) return handed;
  if (fs::exists(fs::symlink_status(target, error)))
    if (auto moved = disk.rename(target, old); !moved) return fail(moved.error().message);
  if (auto moved = disk.rename(fresh, target); !moved) return fail(moved.error().message);
  fs::remove_all(old, error);
  if (auto synced = disk.sync_directory(directory); !synced) return fail(synced.error().message);
  return {};
}

std::vector<std::string> list_packs(const std::string& directory) {
  std::vector<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (const std::string name = it->path().filename().string(); is_id(name)) ids.push_back(name);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void remove_old_packs(const std::string& directory, const PackState& state, std::size_t keep) {
  std::vector<std::pair<fs::file_time_type, std::string>> loose;
  std::error_code error;
  for (const std::string& id : list_packs(directory))
    if (id != state.current.id && id != state.previous.id) loose.emplace_back(fs::last_write_time(fs::path(directory) / id, error), id);
  std::sort(loose.rbegin(), loose.rend());
  for (std::size_t i = keep; i < loose.size(); ++i) fs::remove_all(directory + "/" + loose[i].second, error);
}

Result<PackChoice> choose_pack(Disk& disk, const std::string& directory, std::span<const MinisignPublicKey> trusted, bool may_fall_back, const UsePack& use) {
  auto state = read_pack_state(disk, directory);
  if (!state) return tl::unexpected(state.error());
  if (state->current.none()) return fail(directory + ": no pack is installed there (aupsig install PACK --into " + directory + ")");
  const auto accepted = [&](const PackRef& ref, bool as_last_good) -> Result<CheckedPack> {
    auto checked = check_installed(disk, directory, ref.id, trusted);
    if (!checked) return checked;
    if (auto fits = admit(*state, ref_of(checked->pack)); !fits && !as_last_good) return tl::unexpected(fits.error());
    if (auto used = use(checked->pack); !used) return tl::unexpected(used.error());
    return checked;
  };
  auto current = accepted(state->current, false);
  if (current) return PackChoice{std::move(*current), std::move(*state), ""};
  const std::string why = "pack " + state->current.title() + " is refused: " + current.error().message;
  if (!may_fall_back || state->previous.none()) return fail(why);
  auto previous = accepted(state->previous, true);
  if (!previous) return fail(why + "; nor can the last good one be used: " + previous.error().message);
  return PackChoice{std::move(*previous), std::move(*state), why};
}

}  // namespace scanner
