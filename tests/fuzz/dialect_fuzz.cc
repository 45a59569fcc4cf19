// Any text as a dialect's file; what loads must be usable.
#include "scanner/protocol/conversation.h"
#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  std::vector<Dialect> dialects;
  Diagnostics diagnostics;
  load_dialect("fuzz.yaml", as_text({data, size}), dialects, diagnostics);
  if (dialects.empty() == diagnostics.empty()) std::abort();
  const DialectSet set(std::move(dialects));
  fuzz::Notes notes;
  FlowSession session(fuzz::flow_on(3333, IpProtocol::Tcp, true), set, notes);
  for (const std::string_view text : {R"({"id":1,"method":"login","params":["a",{"b":"0xff"}]})", R"({"id":1,"result":{"job":[true,"00"]},"error":null})"})
    for (const Direction sender : {Direction::FromInitiator, Direction::FromResponder}) offer_message(session, sender, as_bytes(text), {}, {});
  return 0;
}
