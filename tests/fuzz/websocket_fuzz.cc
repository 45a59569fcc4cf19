// Any bytes behind a WebSocket upgrade in both directions (see flow_fuzz.h): the script is read after
// a request and an answer that upgrade.
#include "tests/fuzz/flow_fuzz.h"
#include "tests/fuzz/shipped_dialects.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  if (size == 0) return 0;
  static constexpr std::string_view kAsk = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
  static constexpr std::string_view kSwitch = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n";
  std::vector<std::uint8_t> input{data[0]};
  const auto say = [&](std::uint8_t control, std::string_view text) {
    input.push_back(control);
    input.push_back(static_cast<std::uint8_t>(text.size()));
    input.insert(input.end(), text.begin(), text.end());
  };
  say(0, kAsk);
  say(1, kSwitch);
  input.insert(input.end(), data + 1, data + size);
  fuzz::read_in_two_cuts(input, 80, fuzz::only("http1"), fuzz::shipped_dialects());
  return 0;
}
