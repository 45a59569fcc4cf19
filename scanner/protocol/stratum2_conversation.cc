#include "scanner/protocol/stratum2_conversation.h"

#include <algorithm>
#include <utility>

namespace scanner {

using stratum2::Message;
using stratum2::Sender;
using stratum2::Type;

namespace {

constexpr std::size_t kMaxAgent = 128;

// A pool's name, and no address.
bool is_name(std::string_view host) {
  return std::any_of(host.begin(), host.end(), [](char c) { return (c | 0x20) >= 'g' && (c | 0x20) <= 'z'; });
}

std::string_view dialect_of(Type type, std::uint16_t protocol) {
  if (type >= Type::CoinbaseOutputConstraints || (type < Type::OpenStandardMiningChannel && protocol == 2))
    return "stratum2-templates";
  if (type >= Type::AllocateMiningJobToken || (type < Type::OpenStandardMiningChannel && protocol == 1))
    return "stratum2-declaration";
  return "stratum2";
}

// A binary message, in words for a reviewer; names and users stay out.
std::string excerpt_of(const Message& message) {
  std::string text(message.facts->name);
  const auto add = [&](std::string_view name, std::uint64_t value) {
    if (value != 0) text.append(" ").append(name).append(" ").append(std::to_string(value));
  };
  add("channel", message.channel);
  add("id", message.request);
  add("job", message.job);
  add("accepted", message.count);
  return text;
}

}  // namespace

void Stratum2Conversation::message(Direction sender, const Message& message, const Moment& moment) {
  report_deliveries(moment, false);
  const Sender side = message.facts->sender;
  const bool by_client = side == Sender::Client || (side == Sender::Either && client_ == sender);
  if (!client_ && side == Sender::Either) return;
  // The side that asks cannot answer, nor the other ask: a server that does is an echo.
  if (client_ && by_client != (*client_ == sender)) {
    echoed_ = true;
    return;
  }
  if (echoed_ && !by_client) return;
  if (side != Sender::Either) client_ = by_client ? sender : opposite(sender);
  evidence_ += message.facts->type == Type::SetupConnection ? kShown : 1;
  evidence_ = std::min(evidence_, kShown);
  if (by_client)
    ask(sender, message, moment);
  else
    answer(sender, message, moment);
}

void Stratum2Conversation::ask(Direction sender, const Message& message, const Moment& moment) {
  MiningSeen what = seen(message, MiningRole::Other, MiningOutcome::Asked);
  switch (message.facts->type) {
    case Type::SetupConnection:
      protocol_ = message.protocol;
      setup_at_ = moment.at;
      agent_ = std::string(message.vendor);
      if (!message.firmware.empty()) agent_.append("/").append(message.firmware);
      agent_.resize(std::min(agent_.size(), kMaxAgent));
      if (is_name(message.text)) host_ = message.text;
      what = seen(message, MiningRole::Subscribe, MiningOutcome::Asked);
      break;
    case Type::OpenStandardMiningChannel:
    case Type::OpenExtendedMiningChannel:
    case Type::AllocateMiningJobToken:
      what.role = MiningRole::Authorise;
      if (!message.text.empty()) worker_ = message.text;
      what.worker = worker_;
      what.reported_hashrate = message.hashrate;
      if (opening_.size() >= kMaxOpens) opening_.erase(opening_.begin());
      opening_.push_back({message.request, worker_, moment.at});
      break;
    case Type::UpdateChannel:
      what.role = MiningRole::Hashrate;
      what.worker = worker_of(message.channel);
      what.reported_hashrate = message.hashrate;
      break;
    case Type::CoinbaseOutputConstraints:
      what.role = MiningRole::GetWork;
      templates_asked_at_ = moment.at;
      break;
    case Type::SubmitSharesStandard:
    case Type::SubmitSharesExtended:
    case Type::SubmitSolution:
    case Type::PushSolution:
      return submit(sender, message, moment);
    default:
      break;
  }
  observe(sender, moment, std::move(what));
}

void Stratum2Conversation::submit(Direction sender, const Message& message, const Moment& moment) {
  if (shares_.size() >= kMaxShares) forget_share(0);
  Share share;
  share.at = moment.at;
  share.end = session_.said(sender);
  share.channel = message.channel;
  share.sequence = message.request;
  share.job = message.job;
  share.facts = message.facts;
  share.worker = worker_of(message.channel);
  if (const Channel* channel = channel_of(message.channel)) share.target_hashes = channel->target_hashes;
  MiningSeen what = fate(share, message, MiningOutcome::Asked);
  what.asked_at = {};
  shares_.push_back(std::move(share));
  ++undelivered_;
  observe(sender, moment, std::move(what));
}

void Stratum2Conversation::answer(Direction sender, const Message& message, const Moment& moment) {
  MiningSeen what = seen(message, MiningRole::Other, MiningOutcome::Notified);
  switch (message.facts->type) {
    case Type::SetupConnectionSuccess:
    case Type::SetupConnectionError:
      return settle_setup(message, message.facts->type == Type::SetupConnectionSuccess, moment);
    case Type::OpenStandardMiningChannelSuccess:
    case Type::OpenExtendedMiningChannelSuccess:
    case Type::OpenMiningChannelError:
    case Type::AllocateMiningJobTokenSuccess:
      return opened(message, moment);
    case Type::SubmitSharesSuccess:
      return accept_shares(message, moment);
    case Type::SubmitSharesError:
      return refuse_share(message, moment);
    case Type::NewTemplate:
      return template_came(message, moment);
    case Type::NewMiningJob:
    case Type::NewExtendedMiningJob:
    case Type::SetNewPrevHash:
    case Type::TemplateSetNewPrevHash:
      what.role = MiningRole::Job;
      what.job = std::to_string(message.job);
      break;
    case Type::SetTarget:
      retarget(message);
      what.role = MiningRole::Difficulty;
      what.target_hashes = message.target_hashes;
      break;
    case Type::SetExtranoncePrefix:
      what.role = MiningRole::Extranonce;
      break;
    case Type::Reconnect:
      what.role = MiningRole::Reconnect;
      if (is_name(message.text)) what.host = message.text;
      break;
    default:
      break;
  }
  observe(sender, moment, std::move(what));
}

void Stratum2Conversation::settle_setup(const Message& message, bool accepted, const Moment& moment) {
  if (!setup_at_) return;
  MiningSeen what = seen(message, MiningRole::Subscribe, accepted ? MiningOutcome::Accepted : MiningOutcome::Refused);
  what.asked_at = *setup_at_;
  setup_at_.reset();
  observe(opposite(*client_), moment, std::move(what));
}

// A channel was opened, or a token given, or neither.
void Stratum2Conversation::opened(const Message& message, const Moment& moment) {
  const bool accepted = message.facts->type != Type::OpenMiningChannelError;
  const auto asked =
      std::find_if(opening_.begin(), opening_.end(), [&](const Opening& o) { return o.request == message.request; });
  if (asked == opening_.end()) return;
  MiningSeen what = seen(message, MiningRole::Authorise, accepted ? MiningOutcome::Accepted : MiningOutcome::Refused);
  what.worker = asked->worker;
  what.asked_at = asked->at;
  what.target_hashes = message.target_hashes;
  if (accepted && message.channel != 0) {
    if (channels_.size() >= kMaxChannels) channels_.erase(channels_.begin());
    channels_.push_back({message.channel, message.group, asked->worker, message.target_hashes});
  }
  opening_.erase(asked);
  observe(opposite(*client_), moment, std::move(what));
}

void Stratum2Conversation::accept_shares(const Message& message, const Moment& moment) {
  const auto in_channel = [&](const Share& share) { return share.channel == message.channel; };
  std::size_t last = shares_.size();
  for (std::size_t i = 0; i < shares_.size(); ++i)
    if (in_channel(shares_[i]) && shares_[i].sequence == message.request) last = i;
  if (last == shares_.size()) return;
  // Which of them: the youngest, as many as were counted. The rest of this channel's, up to
  // there, were settled by an answer that was not seen.
  std::vector<Share> settled;
  for (std::size_t i = last + 1; i-- > 0;) {
    if (!in_channel(shares_[i])) continue;
    if (settled.size() < message.count) settled.push_back(std::move(shares_[i]));
    forget_share(i);
  }
  for (auto share = settled.rbegin(); share != settled.rend(); ++share)
    observe(opposite(*client_), moment, fate(*share, message, MiningOutcome::Accepted));
}

void Stratum2Conversation::refuse_share(const Message& message, const Moment& moment) {
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    if (shares_[i].channel != message.channel || shares_[i].sequence != message.request) continue;
    MiningSeen what = fate(shares_[i], message, MiningOutcome::Refused);
    forget_share(i);
    return observe(opposite(*client_), moment, std::move(what));
  }
}

// The first template answers the client's constraints; later ones are pushed.
void Stratum2Conversation::template_came(const Message& message, const Moment& moment) {
  MiningSeen what = templates_asked_at_ ? seen(message, MiningRole::GetWork, MiningOutcome::Accepted)
                                        : seen(message, MiningRole::Job, MiningOutcome::Notified);
  if (templates_asked_at_) what.asked_at = *templates_asked_at_;
  templates_asked_at_.reset();
  what.job = std::to_string(message.job);
  observe(opposite(*client_), moment, std::move(what));
}

// A target for one channel, or for every channel of a group.
void Stratum2Conversation::retarget(const Message& message) {
  for (Channel& channel : channels_)
    if (channel.id == message.channel || channel.group == message.channel)
      channel.target_hashes = message.target_hashes;
  if (channel_of(message.channel) == nullptr && channels_.size() < kMaxChannels)
    channels_.push_back(
        {message.channel, message.channel, worker_, message.target_hashes});  // opened before the capture began
}

void Stratum2Conversation::acknowledged(Direction sender, std::uint64_t offset, const Moment& moment) {
  std::uint64_t& mark = acked_[static_cast<std::size_t>(sender)];
  mark = std::max(mark, offset);
  if (client_ == sender && session_.sent[static_cast<std::size_t>(opposite(sender))] == 0)
    for (Share& share : shares_) share.hear(moment.at, mark);
  report_deliveries(moment, false);
}

void Stratum2Conversation::report_deliveries(const Moment& moment, bool at_end) {
  if (undelivered_ == 0 || !shown()) return;
  const std::uint64_t arrived = acked_[static_cast<std::size_t>(opposite(*client_))];
  for (Share& share : shares_) {
    if (!share.due(moment.at, arrived, at_end)) continue;
    share.delivered = true;
    --undelivered_;
    Message message;
    message.facts = share.facts;
    observe(*client_, moment, fate(share, message, MiningOutcome::Delivered));
  }
}

void Stratum2Conversation::forget_share(std::size_t position) {
  if (!shares_[position].delivered) --undelivered_;
  shares_.erase(shares_.begin() + static_cast<std::ptrdiff_t>(position));
}

Stratum2Conversation::Channel* Stratum2Conversation::channel_of(std::uint32_t id) {
  const auto found = std::find_if(channels_.begin(), channels_.end(), [id](const Channel& c) { return c.id == id; });
  return found == channels_.end() ? nullptr : &*found;
}

const std::string& Stratum2Conversation::worker_of(std::uint32_t channel) {
  const Channel* found = channel_of(channel);
  return found == nullptr ? worker_ : found->worker;
}

MiningSeen Stratum2Conversation::seen(const Message& message, MiningRole role, MiningOutcome outcome) const {
  MiningSeen what;
  what.role = role;
  what.outcome = outcome;
  what.miner = *client_;
  what.dialect = dialect_of(message.facts->type, protocol_);
  what.solo = what.dialect == "stratum2-templates";
  what.has_login = !what.solo;
  what.method = message.facts->name;
  what.worker = worker_;
  what.agent = agent_;
  what.host = host_;
  what.algorithm = "sha256d";  // the blocks that it describes are Bitcoin's
  what.excerpt = excerpt_of(message);
  return what;
}

MiningSeen Stratum2Conversation::fate(const Share& share, const Message& message, MiningOutcome outcome) const {
  MiningSeen what = seen(message, MiningRole::Submit, outcome);
  what.worker = share.worker;
  what.job = std::to_string(share.job);
  what.target_hashes = share.target_hashes;
  what.asked_at = share.at;
  return what;
}

void Stratum2Conversation::observe(Direction sender, const Moment& moment, MiningSeen what) {
  if (shown()) session_.observe(sender, moment, std::move(what));
}

}  // namespace scanner
