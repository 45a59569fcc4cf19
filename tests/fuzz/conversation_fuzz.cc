// Any JSON texts as a conversation, without the readers: the first byte of each line of the
// input says who speaks and how it travels, the rest is the text.
#include "scanner/protocol/conversation.h"
#include "scanner/protocol/json.h"
#include "tests/fuzz/flow_fuzz.h"
#include "tests/fuzz/shipped_dialects.h"

namespace {

using namespace scanner;

// A value can be walked and asked for anything.
void walk(JsonValue value, int depth) {
  (void)value.number();
  (void)value.text();
  (void)value["method"].at(-1)["x"];
  if (depth > 40) std::abort();
  std::size_t items = 0;
  for (JsonValue item = value.first(); item; item = item.next(), ++items) walk(item, depth + 1);
  if (items != value.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Notes notes;
  FlowSession session(fuzz::flow_on(3333, IpProtocol::Tcp, true), fuzz::shipped_dialects(), notes);
  Conversation& conversation = session.conversation();
  JsonDocument document;
  Moment moment;
  std::string_view left = as_text({data, size});
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
    if (line.empty()) continue;
    const auto control = static_cast<std::uint8_t>(line[0]);
    const auto sender = static_cast<Direction>(control & 1);
    moment.at = moment.at + std::chrono::seconds(control >> 5);
    ++moment.sequence;
    Carriage carriage;
    carriage.http = (control & 2) != 0;
    carriage.exchange = control >> 4 & 3;
    carriage.cut = (control & 8) != 0;
    carriage.mining_header = (control & 4) != 0;
    session.sent[control & 1] += line.size();
    conversation.message(sender, as_bytes(line.substr(1)), carriage, moment);
    if (carriage.http && carriage.mining_header) conversation.bodyless(sender, as_bytes(line), carriage, moment);
    if ((control & 4) != 0) conversation.acknowledged(opposite(sender), session.sent[control & 1], moment);
    if ((control & 12) == 12) conversation.no_answer(carriage.exchange, moment);
    if (document.parse(as_bytes(line.substr(1))) != JsonOutcome::Bad) walk(document.root(), 0);
  }
  conversation.end(moment);
  return 0;
}
