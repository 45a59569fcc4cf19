#include "scanner/process/proc_text.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kBehind =
    " S 1 77 70 34816 77 4194304 96 0 0 0 120 30 0 0 20 0 3 0 2199496 3133440 366 18446744073709551615 94060319969280 "
    "94060319989161 140737470453872 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 94060320005168 94060320006784 94060813914112 "
    "140737470458492 140737470458512 140737470458512 140737470459883 0\n";

}  // namespace

TEST_CASE("the kernel's line about a process is read, whatever the process calls itself", "[process]") {
  for (const std::string name : {"cat", "a) R 1 (b", "", "x\ny", "((", ") "}) {
    const auto stat = parse_proc_stat("42 (" + name + ")" + kBehind);
    REQUIRE(stat);
    CHECK(stat->pid == 42);
    CHECK(stat->comm == name);
    CHECK(stat->state == 'S');
    CHECK(stat->parent == 1);
    CHECK(stat->session == 70);
    CHECK(stat->terminal == 34816);
    CHECK(stat->threads == 3);
    CHECK(stat->user_ticks == 120);
    CHECK(stat->system_ticks == 30);
    CHECK(stat->start_ticks == 2199496);
    CHECK(stat->resident_pages == 366);
    CHECK(stat->start_code == 94060319969280);
    CHECK(stat->start_stack == 140737470453872);
    CHECK(stat->argument_start == 140737470458492);
    CHECK_FALSE(stat->is_kernel_thread());
    CHECK_FALSE(stat->has_ended());
  }
}

TEST_CASE("a line about a process that is cut off or damaged gives nothing", "[process]") {
  const std::string whole = "42 (cat)" + kBehind;
  for (std::size_t length = 0; length < 70; ++length) CHECK_FALSE(parse_proc_stat(whole.substr(0, length)));
  CHECK_FALSE(parse_proc_stat("0 (cat)" + kBehind));
  CHECK_FALSE(parse_proc_stat("-1 (cat)" + kBehind));
  CHECK_FALSE(parse_proc_stat("42 cat" + kBehind));
  CHECK_FALSE(parse_proc_stat("42 (cat) S x" + kBehind.substr(4)));
}

TEST_CASE("a first thread that ended before the others is still a process", "[process]") {
  std::string line = "42 (cat)" + kBehind;
  line.replace(line.find(" S "), 3, " Z ");
  CHECK_FALSE(parse_proc_stat(line)->has_ended());
  line.replace(line.find(" 20 0 3 "), 8, " 20 0 1 ");
  CHECK(parse_proc_stat(line)->has_ended());
}

TEST_CASE("the effective ids and huge pages of a process are read from its status", "[process]") {
  const auto status = parse_proc_status("Name:\tx\nUid:\t1000\t1001\t1002\t1003\nGid:\t5\t6\t7\t8\nHugetlbPages:\t    4096 kB\n");
  REQUIRE(status);
  CHECK(status->uid == 1001);
  CHECK(status->gid == 6);
  CHECK(status->huge_page_bytes == 4096 * 1024);
  CHECK_FALSE(parse_proc_status("Uid:\t1000\n"));
  CHECK_FALSE(parse_proc_status("Uid:\tx\ty\nGid:\t1\t1\n"));
}

TEST_CASE("arguments are parted at zero bytes, empty ones kept", "[process]") {
  using namespace std::string_literals;
  CHECK(split_arguments("a\0\0b c\0"s).words == std::vector<std::string>{"a", "", "b c"});
  CHECK(split_arguments("rewritten title"s).words == std::vector<std::string>{"rewritten title"});
  CHECK(split_arguments("").words.empty());
  const auto cut = split_arguments("a\0b\0c\0"s, 2);
  CHECK(cut.words == std::vector<std::string>{"a", "b"});
  CHECK(cut.cut);
  CHECK_FALSE(split_arguments("a\0b\0"s, 2).cut);
}

TEST_CASE("of an environment the names are kept, and the values of loader variables alone", "[process]") {
  using namespace std::string_literals;
  const auto environment = parse_environment("PASSWORD=secret\0LD_PRELOAD=/tmp/x.so\0PASSWORD=again\0junk\0=x\0LD_AUDIT=\0"s);
  CHECK(environment.keys == std::vector<std::string>{"PASSWORD", "LD_PRELOAD", "LD_AUDIT"});
  CHECK(environment.kept == std::vector<std::pair<std::string, std::string>>{{"LD_PRELOAD", "/tmp/x.so"}, {"LD_AUDIT", ""}});
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "K" + std::to_string(i) + "=" + std::string(10, 'v') + '\0';
  CHECK(parse_environment(many).keys.size() == 256);
  CHECK(parse_environment(std::string(100000, 'K') + "=1").keys[0].size() == 128);
}

TEST_CASE("the control group that says most is the process's", "[process]") {
  const auto hybrid = parse_proc_cgroup("4:memory:/api/1\n2:cpu,cpuacct:/\n1:name=systemd:/system.slice/x.service\n0::/\n");
  REQUIRE(hybrid.size() == 4);
  CHECK(hybrid[1].controllers == "cpu,cpuacct");
  CHECK(main_cgroup(hybrid) == "/system.slice/x.service");
  CHECK(main_cgroup(parse_proc_cgroup("0::/a:b/c\n")) == "/a:b/c");
  CHECK(main_cgroup(parse_proc_cgroup("4:memory:/api/1\n0::/\n")) == "/api/1");
  CHECK(main_cgroup(parse_proc_cgroup("0::/\n")) == "/");
  CHECK(main_cgroup(parse_proc_cgroup("nonsense\n0:\n::\n")).empty());
}

TEST_CASE("hierarchies of control groups are found where they are mounted whole", "[process]") {
  const auto mounts = parse_cgroup_mounts(
      "30 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:5 - cgroup cgroup rw,cpu,cpuacct\n"
      "31 31 0:31 /part /other rw - cgroup cgroup rw,memory\n"
      "40 31 0:40 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
      "41 31 0:41 / /tmp rw - tmpfs tmpfs rw\nnonsense\n");
  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0].directory == "/sys/fs/cgroup/cpu,cpuacct");
  CHECK(mounts[0].controllers == "cpu,cpuacct");
  CHECK(mounts[1].directory == "/sys/fs/cgroup/unified");
  CHECK(mounts[1].controllers.empty());
}

TEST_CASE("a listed socket's ends, state and inode are read in both families", "[process]") {
  const auto v4 = parse_proc_net_line(
      "   1: 0100007F:07E8 0A0000C0:0D05 01 00000000:00000000 00:00000000 00000000  1000        0 1531 1 0000 100 0 0 10 0",
      IpProtocol::Tcp);
  REQUIRE(v4);
  CHECK(v4->local.to_string() == "127.0.0.1:2024");
  CHECK(v4->remote.to_string() == "192.0.0.10:3333");
  CHECK(v4->state == 1);
  CHECK(v4->inode == 1531);
  const auto v6 = parse_proc_net_line(
      "   0: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 "
      "00000000     0        0 7 1 0 100 0 0 10 0",
      IpProtocol::Tcp);
  REQUIRE(v6);
  CHECK(v6->local.to_string() == "[2001:db8::1]:80");
  CHECK(v6->state == 10);
  const auto mapped = parse_proc_net_line(
      "   0: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000100007F:1000 01 0:0 0:0 0 0 0 7", IpProtocol::Tcp);
  REQUIRE(mapped);
  CHECK(mapped->local.address.is_v4());
  CHECK_FALSE(parse_proc_net_line("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", IpProtocol::Tcp));
  CHECK_FALSE(parse_proc_net_line("", IpProtocol::Udp));
  CHECK_FALSE(parse_proc_net_line("1: 0100007F:07E8 0A0000C0:0D05 01", IpProtocol::Tcp));
}

TEST_CASE("numbers of kernel links and lines are read where they are of the kind asked for", "[process]") {
  CHECK(inode_of_link("socket:[123]", "socket") == 123);
  CHECK_FALSE(inode_of_link("socket:[123]", "net"));
  CHECK_FALSE(inode_of_link("net:[]", "net"));
  CHECK_FALSE(inode_of_link("socket:[12x]", "socket"));
  CHECK_FALSE(inode_of_link("/tmp/socket:[1]", "socket"));
  CHECK(number_after("cpu 1 2\nbtime 1764070000\n", "btime") == 1764070000);
  CHECK_FALSE(number_after("btimes 3\n", "btime"));
  CHECK_FALSE(number_after("btime x\n", "btime"));
}
