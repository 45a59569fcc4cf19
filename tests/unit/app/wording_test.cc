#include "scanner/app/wording.h"

#include "scanner/app/html.h"
#include "scanner/app/progress.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

TEST_CASE("numbers are written as a person reads them", "[app]") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1234567) == "1,234,567");
  CHECK(plural(1, "flow", "flows") == "1 flow");
  CHECK(plural(2000, "flow", "flows") == "2,000 flows");
  CHECK(bytes_text(812) == "812 B");
  CHECK(bytes_text(8'123'456) == "8.12 MB");
  CHECK(hash_rate_text(0) == "");
  CHECK(hash_rate_text(1234.5) == "1.23 kH/s");
  CHECK(hash_rate_text(999.7) == "1.00 kH/s");
  CHECK(hash_rate_text(3.2e14) == "320 TH/s");
  CHECK(hash_rate_text(std::numeric_limits<double>::infinity()) == "");
}

TEST_CASE("durations have two units at most", "[app]") {
  CHECK(duration_text(std::chrono::milliseconds(400)) == "400 ms");
  CHECK(duration_text(std::chrono::milliseconds(1500)) == "1.5 s");
  CHECK(duration_text(std::chrono::seconds(59)) == "59 s");
  CHECK(duration_text(std::chrono::seconds(603)) == "10 min 3 s");
  CHECK(duration_text(std::chrono::seconds(600)) == "10 min");
  CHECK(duration_text(std::chrono::hours(52)) == "2 d 4 h");
}

TEST_CASE("a window within one day tells the day once", "[app]") {
  const Timestamp noon{1'767'355'200'000'000'000};
  CHECK(window_text(noon, noon) == "2026-01-02 12:00:00 UTC");
  CHECK(window_text(noon, noon + std::chrono::seconds(90)) == "2026-01-02 12:00:00 to 12:01:30 UTC (1 min 30 s)");
  CHECK(window_text(noon, noon + std::chrono::hours(24)) == "2026-01-02 12:00:00 to 2026-01-03 12:00:00 UTC (1 d)");
}

TEST_CASE("text from the network cannot steer a terminal", "[app]") {
  CHECK(printable("pool.example") == "pool.example");
  CHECK(printable("矿池 ⛏") == "矿池 ⛏");
  CHECK(printable("a\x1b[31mb") == "a?[31mb");
  CHECK(printable("a\xc2\x9b" "31mb") == "a?31mb");            // CSI as one C1 character
  CHECK(printable("a\xe2\x80\xae" "b") == "a?b");                // right-to-left override
  CHECK(printable("\xff\xc0\x80\xed\xa0\x80") == "??????");      // no UTF-8
  CHECK(printable("line\nbreak\ttab") == "line?break?tab");
}

TEST_CASE("wide characters take two columns and combining marks none", "[app]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("矿池") == 4);
  CHECK(display_width("e\xcc\x81") == 1);
  CHECK(fitted("矿池", 6) == "矿池  ");
  CHECK(fitted("abcdef", 4) == "abc…");
  CHECK(display_width(fitted("矿池矿池", 4)) == 4);
}

TEST_CASE("lines are broken at spaces, and a long word gets a line of its own", "[app]") {
  CHECK(wrapped("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("a aaaaaaaaaaaa b", 5) == std::vector<std::string>{"a", "aaaaaaaaaaaa", "b"});
  CHECK(wrapped("", 5) == std::vector<std::string>{""});
}

TEST_CASE("a command can be pasted into a shell", "[app]") {
  CHECK(shell_word("a.pcap") == "a.pcap");
  CHECK(shell_word("my file's.pcap") == "'my file'\\''s.pcap'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("$(rm)") == "'$(rm)'");
}

TEST_CASE("nothing in a text becomes markup", "[app]") {
  CHECK(html("<script>alert('1')</script> & \"x\"") == "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;");
  CHECK(html(std::string_view("a\0b", 3)) == "a?b");
}

TEST_CASE("the progress line tells share, rate and time left, within its width", "[app]") {
  using namespace std::chrono_literals;
  const std::string half = progress_line({50'000'000, 100'000'000}, 1000, 2s, 80);
  CHECK(half.find(" 50 %, 25.0 MB/s, 2.0 s left") != std::string::npos);
  CHECK(display_width(half) == 80);
  CHECK(progress_line({5'000'000, 0}, 1000, 2s, 60).find("1,000 packets, 5.00 MB, 2.50 MB/s") == 0);
  CHECK(display_width(progress_line({50, 100}, 1, 2s, 20)) == 20);
  // Compressed and appended-to files may give more than was promised.
  CHECK(progress_line({200, 100}, 1, 2s, 80).find(" 100 %") != std::string::npos);
}

}  // namespace
}  // namespace scanner
