#include "tools/aupsig/commands.h"
#include "tools/aupsig/sign.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {

Run define_sign(CLI::App& command) {
  const auto options = std::make_shared<SignOptions>();
  command.add_option("PACK", options->pack, "What `aupsig pack` made")->required();
  command.add_option("--key", options->key, "Secret key of minisign's format, mode 0600")->required()->type_name("FILE");
  command.add_option("--comment", options->comment, "Trusted comment, which is signed too; which pack it is unless given")->type_name("TEXT");
  command.add_option("--output", options->output, "The signature; PACK.minisig unless given")->type_name("FILE");
  command.add_option("--passphrase-file", options->passphrase_file, "Of an encrypted key, mode 0600; else the terminal is asked")->type_name("FILE");
  command.footer(R"(
The signature is minisign's (Ed25519 over BLAKE2b-512): `minisign -Vm PACK -p team.pub` checks it.

Examples:
  aupsig keygen team
      team.key and team.pub, once
  aupsig sign aupscan-7.aup --key team.key
      aupscan-7.aup.minisig

Exit status: 0 done, 1 usage error, or the key or a file cannot be used, 3 that is no pack.
)");
  return [options] { return sign(*options); };
}

Run define_keygen(CLI::App& command) {
  const auto options = std::make_shared<KeygenOptions>();
  command.add_option("PREFIX", options->prefix, "PREFIX.key and PREFIX.pub are made; nothing is replaced")->required();
  command.add_flag("--encrypt", options->encrypt, "Encrypt the secret with a passphrase, as minisign does");
  command.add_option("--passphrase-file", options->passphrase_file, "The passphrase, mode 0600; else the terminal is asked")->type_name("FILE")->needs("--encrypt");
  command.footer(R"(
Examples:
  aupsig keygen team --encrypt
      team.key for whoever signs, team.pub for packs.trusted_keys of the agents

Exit status: 0 done, 1 usage error or a file is there already.
)");
  return [options] { return keygen(*options); };
}

}  // namespace scanner
