#include "tools/aupsig/sign.h"

#include "scanner/app/wording.h"
#include "scanner/io/disk.h"
#include "scanner/io/minisign.h"
#include "scanner/io/pack.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/passphrase.h"
#include "tools/aupsig/refusal.h"

#include <filesystem>
#include <iostream>

namespace scanner {
namespace {

constexpr std::size_t kMinKeyFile = 100, kMaxKeyFile = 4096;

Result<MinisignSecretKey> read_key(const std::string& path, const std::string& passphrase_file) {
  const auto text = read_secret_file(path, "a signing key", kMinKeyFile, kMaxKeyFile);
  if (!text) return tl::unexpected(text.error());
  auto key = MinisignSecretKey::parse(*text, [&] { return read_passphrase(passphrase_file, "passphrase of " + path, false); });
  if (!key) return fail(path + ": " + key.error().message);
  return key;
}

Result<void> make_file(const std::string& path, std::string_view content) {
  if (system_disk().size(path)) return fail(path + ": is there already, and is not replaced");
  auto file = system_disk().create(path);
  if (!file) return fail(file.error().message);
  if (auto done = (*file)->append(as_bytes(content)); !done) return fail(done.error().message);
  if (auto done = (*file)->sync(); !done) return fail(done.error().message);
  return {};
}

}  // namespace

ExitCode sign(const SignOptions& options) {
  const auto bytes = read_text_file(options.pack, kMaxPackBytes);
  if (!bytes) return refuse(bytes.error().message);
  const auto pack = read_pack(as_bytes(*bytes));
  if (!pack) return refuse(options.pack + ": is not signed: " + pack.error().message, ExitCode::Found);
  const auto key = read_key(options.key, options.passphrase_file);
  if (!key) return refuse(key.error().message);
  const std::string comment = options.comment.empty() ? "pack " + pack->title() + " of " + pack->manifest.date + ", id " + pack->id : options.comment;
  const auto signature = key->sign(as_bytes(*bytes), comment);
  if (!signature) return refuse(signature.error().message);
  const std::string path = options.output.empty() ? options.pack + ".minisig" : options.output;
  if (auto written = write_text_file(path, *signature); !written) return refuse(written.error().message);
  std::cout << path << ": pack " << pack->title() << " signed by key " << to_text(key->public_key().id) << "\n";
  return ExitCode::Done;
}

ExitCode keygen(const KeygenOptions& options) {
  const auto key = MinisignSecretKey::generate();
  if (!key) return refuse(key.error().message);
  std::string passphrase;
  if (options.encrypt) {
    auto words = read_passphrase(options.passphrase_file, "passphrase for " + options.prefix + ".key", true);
    if (!words) return refuse(words.error().message);
    passphrase = std::move(*words);
  }
  const auto secret = key->to_file(passphrase);
  if (!secret) return refuse(secret.error().message);
  if (auto made = make_file(options.prefix + ".key", *secret); !made) return refuse(made.error().message);
  if (auto made = make_file(options.prefix + ".pub", to_key_file(key->public_key())); !made) return refuse(made.error().message);
  std::error_code ignored;
  std::filesystem::permissions(options.prefix + ".pub", std::filesystem::perms(0644), ignored);
  std::cout << options.prefix << ".key: the secret, " << (options.encrypt ? "encrypted" : "not encrypted: keep it where nobody else reads it") << "\n"
            << options.prefix << ".pub: for packs.trusted_keys\n  " << to_base64_line(key->public_key()) << "\n";
  return ExitCode::Done;
}

}  // namespace scanner
