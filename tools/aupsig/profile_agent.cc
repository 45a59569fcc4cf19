// A profile on the traffic of a running agent: the agent counts and measures, and tells figures
// alone; sizes are computed here, of the same rules.
#include "tools/aupsig/profile.h"

#include "scanner/app/agent_control.h"
#include "scanner/io/line_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

Result<Json> answer_of(LineClient& client, const ControlRequest& request) {
  if (auto sent = client.send(to_line(request)); !sent) return tl::unexpected(sent.error());
  const auto line = client.receive();
  if (!line) return tl::unexpected(line.error());
  Json answer = Json::parse(*line, nullptr, false);
  if (!answer.is_object()) return fail("the agent's answer is none");
  if (answer.value("ok", false)) return answer;
  return fail("the agent: " + answer.value("error", std::string("it refuses")));
}

void take_fields(const Json& fields, Profile& profile) {
  for (const Json& one : fields)
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      if (one.at("field") != to_string(static_cast<Field>(f))) continue;
      FieldLoad& load = profile.fields[f];
      load.texts = one.at("texts");
      load.bytes = one.at("bytes");
      load.left_out = load.bytes - std::min(load.bytes, one.at("sampled_bytes").get<std::uint64_t>());
      load.nanoseconds = one.at("nanoseconds");
    }
}

// A signature's time was taken on samples: its cost on the whole field is that for each byte.
void take_signatures(const Json& signatures, Profile& profile) {
  for (const Json& one : signatures)
    for (SignatureProfile& signature : profile.signatures) {
      if (one.at("id") != signature.signature->id) continue;
      const FieldLoad& load = profile.fields[static_cast<std::size_t>(signature.signature->field)];
      const std::uint64_t sampled = load.bytes - load.left_out;
      signature.found = one.at("found");
      signature.matches = one.value("hits", std::uint64_t{0});
      signature.ns_per_byte = sampled > 0 ? one.at("nanoseconds").get<double>() / static_cast<double>(sampled) : 0;
      signature.nanoseconds = signature.ns_per_byte * static_cast<double>(load.bytes);
    }
}

}  // namespace

Result<void> ask_agent(const ProfileOptions& options, Profile& profile) {
  auto client = LineClient::connect(options.agent);
  if (!client) return fail(client.error().message + " (does the agent run, and may you talk to it?)");
  try {
    const auto status = answer_of(*client, ControlRequest{});
    if (!status) return tl::unexpected(status.error());
    const std::string running = status->at("status").at("ruleset"), here = profile.ruleset->content_id();
    if (running != here)
      return fail("the agent runs the ruleset " + running.substr(0, 16) + "…, and " + profile.path + " is " + here.substr(0, 16) +
                  "…: name what it runs (its agent.signatures, or the pack.aup in its packs.directory)");
    ControlRequest request;
    request.verb = ControlVerb::Profile;
    request.duration = std::chrono::seconds(options.seconds);
    const auto answer = answer_of(*client, request);
    if (!answer) return tl::unexpected(answer.error());
    const Json& told = answer->at("profile");
    if (told.at("ruleset") != here) return fail("the agent took other rules meanwhile");
    profile.host = told.at("host");
    profile.watched_seconds = options.seconds;
    take_fields(told.at("fields"), profile);
    take_signatures(told.at("signatures"), profile);
  } catch (const Json::exception&) {
    return fail("the agent's answer is not understood: agent and aupsig are of different versions");
  }
  profile.measured = true;
  return {};
}

}  // namespace scanner
