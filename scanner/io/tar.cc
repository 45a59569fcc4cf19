#include "scanner/io/tar.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <memory>
#include <set>

namespace scanner {
namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

std::string reason(archive* of) {
  const char* text = archive_error_string(of);
  return text != nullptr ? text : "for no reason that is told";
}

bool is_safe_part(std::string_view part) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("._-+=").find(c) != std::string_view::npos; };
  return !part.empty() && part.front() != '.' && std::all_of(part.begin(), part.end(), fits);
}

// The content of the entry that the reader stands on; at most `room` bytes.
Result<std::string> content_of(archive* reader, std::size_t room) {
  std::string content;
  char block[65536];
  for (;;) {
    const la_ssize_t got = archive_read_data(reader, block, sizeof block);
    if (got == 0) return content;
    if (got < 0) return fail("is damaged: " + reason(reader));
    if (content.size() + static_cast<std::size_t>(got) > room) return fail("holds more than " + std::to_string(room) + " bytes");
    content.append(block, static_cast<std::size_t>(got));
  }
}

la_ssize_t append(archive*, void* to, const void* bytes, std::size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

bool is_safe_path(std::string_view path) {
  constexpr std::size_t kMaxPath = 200, kMaxParts = 12;
  if (path.size() > kMaxPath) return false;
  std::size_t parts = 0;
  for (;;) {
    const std::size_t slash = path.find('/');
    if (!is_safe_part(path.substr(0, slash)) || ++parts > kMaxParts) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Result<std::string> write_tar(const std::vector<TarFile>& files) {
  std::string out;
  const Writer writer(archive_write_new(), archive_write_free);
  if (writer == nullptr || archive_write_set_format_ustar(writer.get()) != ARCHIVE_OK || archive_write_set_bytes_in_last_block(writer.get(), 1) != ARCHIVE_OK ||
      archive_write_open(writer.get(), &out, nullptr, append, nullptr) != ARCHIVE_OK)
    return fail("no archive can be written");
  for (const TarFile& file : files) {
    if (!is_safe_path(file.path)) return fail(file.path + ": is no path for a pack: letters, digits and ._-+= only, no part that begins with a dot");
    const Entry entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), file.path.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_uid(entry.get(), 0);
    archive_entry_set_gid(entry.get(), 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
    if (archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK) return fail(file.path + ": " + reason(writer.get()));
    if (archive_write_data(writer.get(), file.content.data(), file.content.size()) != static_cast<la_ssize_t>(file.content.size())) return fail(file.path + ": " + reason(writer.get()));
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return fail("the archive cannot be finished: " + reason(writer.get()));
  return out;
}

Result<std::vector<TarFile>> read_tar(Bytes bytes, const TarLimits& limits) {
  const Reader reader(archive_read_new(), archive_read_free);
  if (reader == nullptr || archive_read_support_format_tar(reader.get()) != ARCHIVE_OK) return fail("no archive can be read");
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return fail("is no archive: " + reason(reader.get()));
  std::vector<TarFile> files;
  std::set<std::string> seen;
  std::size_t room = limits.bytes;
  for (;;) {
    archive_entry* entry = nullptr;
    const int got = archive_read_next_header(reader.get(), &entry);
    if (got == ARCHIVE_EOF) return files;
    if (got != ARCHIVE_OK) return fail("is no archive, or a damaged one: " + reason(reader.get()));
    const char* name = archive_entry_pathname(entry);
    const std::string path = name != nullptr ? name : "";
    if (!is_safe_path(path)) return fail("holds a file whose path is not allowed in a pack (entry " + std::to_string(files.size() + 1) + ")");
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr)
      return fail("holds '" + path + "', which is no regular file: links, directories and devices are not allowed in a pack");
    if (files.size() == limits.files) return fail("holds more than " + std::to_string(limits.files) + " files");
    if (!seen.insert(path).second) return fail("holds '" + path + "' twice");
    auto content = content_of(reader.get(), room);
    if (!content) return tl::unexpected(content.error());
    room -= content->size();
    files.push_back({path, std::move(*content)});
  }
}

}  // namespace scanner
