#include "scanner/io/nats_sink.h"

#include <nats/nats.h>
#include <utility>

namespace scanner {
namespace {

struct OptionsDeleter {
  void operator()(natsOptions* options) const { ::natsOptions_Destroy(options); }
};
struct MessageDeleter {
  void operator()(natsMsg* message) const { ::natsMsg_Destroy(message); }
};

std::string reason(natsStatus status) {
  const char* detail = ::nats_GetLastError(nullptr);
  std::string text = ::natsStatus_GetText(status);
  if (detail != nullptr && *detail != '\0') text += std::string(" (") + detail + ")";
  return text;
}

natsStatus configure(natsOptions* options, const NatsSinkOptions& settings) {
  std::vector<const char*> servers;
  servers.reserve(settings.servers.size());
  for (const std::string& server : settings.servers) servers.push_back(server.c_str());
  natsStatus status = ::natsOptions_SetServers(options, servers.data(), static_cast<int>(servers.size()));
  if (status == NATS_OK) status = ::natsOptions_SetName(options, "aupscan");
  if (status == NATS_OK) status = ::natsOptions_SetTimeout(options, settings.timeout.count());
  if (status == NATS_OK) status = ::natsOptions_SetMaxReconnect(options, -1);
  if (status == NATS_OK) status = ::natsOptions_SetReconnectWait(options, 500);
  if (status == NATS_OK && !settings.credentials_file.empty()) status = ::natsOptions_SetUserCredentialsFromFiles(options, settings.credentials_file.c_str(), nullptr);
  if (status == NATS_OK && (!settings.ca_file.empty() || !settings.certificate_file.empty())) status = ::natsOptions_SetSecure(options, true);
  if (status == NATS_OK && !settings.ca_file.empty()) status = ::natsOptions_LoadCATrustedCertificates(options, settings.ca_file.c_str());
  if (status == NATS_OK && !settings.certificate_file.empty())
    status = ::natsOptions_LoadCertificatesChain(options, settings.certificate_file.c_str(), settings.key_file.c_str());
  return status;
}

}  // namespace

struct NatsSink::Connection {
  natsConnection* connection = nullptr;
  jsCtx* stream = nullptr;

  Connection() = default;
  ~Connection() {
    ::jsCtx_Destroy(stream);
    ::natsConnection_Destroy(connection);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
};

NatsSink::NatsSink(NatsSinkOptions options) : options_(std::move(options)) {}
NatsSink::~NatsSink() = default;

// Why there is none; "": there is one.
std::string NatsSink::connect() {
  natsOptions* made = nullptr;
  natsStatus status = ::natsOptions_Create(&made);
  const std::unique_ptr<natsOptions, OptionsDeleter> options(made);
  if (status == NATS_OK) status = configure(options.get(), options_);
  auto connection = std::make_unique<Connection>();
  if (status == NATS_OK) status = ::natsConnection_Connect(&connection->connection, options.get());
  if (status == NATS_OK) {
    jsOptions settings;
    status = ::jsOptions_Init(&settings);
    settings.Wait = options_.timeout.count();
    if (status == NATS_OK) status = ::natsConnection_JetStream(&connection->stream, connection->connection, &settings);
  }
  if (status != NATS_OK) return "no connection to the broker: " + reason(status);
  connection_ = std::move(connection);
  return "";
}

SinkAnswer NatsSink::deliver(std::span<const Outgoing> events) {
  SinkAnswer answer;
  if (!connection_) answer.why = connect();
  while (answer.why.empty() && answer.delivered < events.size() && !interrupted_) {
    const Outgoing& event = events[answer.delivered];
    natsMsg* made = nullptr;
    natsStatus status = ::natsMsg_Create(&made, options_.subject.c_str(), nullptr, event.json.data(), static_cast<int>(event.json.size()));
    const std::unique_ptr<natsMsg, MessageDeleter> message(made);
    if (status == NATS_OK) status = ::natsMsgHeader_Set(message.get(), "Content-Type", "application/cloudevents+json; charset=UTF-8");
    jsPubOptions options;
    if (status == NATS_OK) status = ::jsPubOptions_Init(&options);
    options.MsgId = event.id.c_str();
    jsErrCode code{};
    if (status == NATS_OK) status = ::js_PublishMsg(nullptr, connection_->stream, message.get(), &options, &code);
    if (status == NATS_OK) {
      ++answer.delivered;
      continue;
    }
    const bool too_large = status == NATS_MAX_PAYLOAD || code == JSStreamMessageExceedsMaximumErr;
    answer.why = "the broker did not take an event: " + reason(status);
    if (too_large) {
      answer.outcome = SinkOutcome::Poison;
      return answer;
    }
    if (status == NATS_CONNECTION_CLOSED) connection_.reset();
  }
  if (answer.delivered == events.size()) return answer;
  answer.outcome = SinkOutcome::Retry;
  if (answer.why.empty()) answer.why = "interrupted";
  return answer;
}

}  // namespace scanner
