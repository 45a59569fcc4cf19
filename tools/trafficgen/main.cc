// trafficgen: a capture from a short description of who talks to whom.
#include "scanner/io/capture_writer.h"
#include "scanner/io/text_file.h"
#include "tools/trafficgen/generate.h"
#include "tools/trafficgen/talk.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace scanner;
using namespace scanner::trafficgen;

std::string footer() {
  std::string text = "Speakers:\n";
  for (const Speaker& speaker : speakers())
    text += "  " + std::string(speaker.name) + std::string(22 - speaker.name.size(), ' ') + std::string(speaker.about) +
            "\n";
  return text +
         "\nExamples:\n"
         "  trafficgen tools/quickstart.yaml -o office.pcapng\n"
         "  trafficgen tests/scenario/mining.pool/cryptonote-proof/scenario.yaml -o xmr.pcapng --seed 7\n"
         "\nThe form of a scenario is described in tools/trafficgen/README.md. The same scenario and\n"
         "seed give the same bytes.\n";
}

int fail_with(const std::string& message) {
  std::cerr << "trafficgen: " << message << "\n";
  return 1;
}

Result<void> write(const std::vector<OwnedPacket>& packets, const std::string& secrets, const std::string& path, bool pcap) {
  CaptureLayout layout;
  layout.format = pcap ? CaptureFormat::Pcap : CaptureFormat::Pcapng;
  if (!packets.empty()) layout.link = packets.front().link;
  auto writer = CaptureWriter::create(path, layout);
  if (!writer) return tl::unexpected(writer.error());
  if (!pcap && !secrets.empty()) writer->encoder().add_secrets(secrets);
  for (const Packet& packet : views(packets))
    if (auto written = writer->write(packet); !written) return written;
  return writer->close();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Generates a capture of made-up traffic from a scenario."};
  app.footer(footer());
  std::string scenario_path, output, keys;
  std::optional<std::uint64_t> seed;
  app.add_option("SCENARIO", scenario_path, "YAML file")->required();
  app.add_option("-o,--output", output, "capture to write; pcap where the name ends in .pcap, else pcapng")->required();
  app.add_option("--tls-keys", keys, "write the key log of its TLS sessions here, instead of into the pcapng");
  app.add_option("--seed", seed, "instead of the scenario's own");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }

  const auto text = read_text_file(scenario_path);
  if (!text) return fail_with(text.error().message);
  Diagnostics diagnostics;
  auto scenario = read_scenario(scenario_path, *text, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!scenario) return 1;
  if (seed) scenario->seed = *seed;
  const auto packets = generate(*scenario);
  const std::string secrets = key_log(*scenario);
  const auto written = write(packets, keys.empty() ? secrets : "", output, output.ends_with(".pcap"));
  if (!written) return fail_with(written.error().message);
  if (!keys.empty())
    if (const auto noted = write_text_file(keys, secrets); !noted) return fail_with(noted.error().message);
  std::cerr << "trafficgen: " << packets.size() << " packets in " << output << "\n";
  return 0;
}
