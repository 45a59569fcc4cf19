#include "tools/aupsig/popular_hosts.h"

#include "scanner/app/setup.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/translate/pool_entry.h"

namespace scanner {

Result<PopularHosts> PopularHosts::read(const std::string& file, std::string_view text) {
  PopularHosts out;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::size_t tab = line.find('\t');
    const std::string_view host = line.substr(0, tab), kind = tab == std::string_view::npos ? std::string_view() : line.substr(tab + 1);
    if (!is_listable_name(host) || (kind != "platform" && kind != "shared"))
      return fail(file + ":" + std::to_string(number) + ": expected a host name, a tab, and platform or shared");
    out.hosts_.emplace(host, kind == "platform" ? Popularity::Platform : Popularity::Shared);
  }
  return out;
}

std::optional<PopularHosts::Hit> PopularHosts::find(std::string_view name) const {
  for (std::size_t at = 0;;) {
    if (const auto found = hosts_.find(name.substr(at)); found != hosts_.end()) return Hit{found->first, found->second, at == 0, false};
    const std::size_t dot = name.find('.', at);
    if (dot == std::string_view::npos) break;
    at = dot + 1;
  }
  const std::string below = "." + std::string(name);
  for (const auto& [host, kind] : hosts_)
    if (host.ends_with(below)) return Hit{host, kind, false, true};
  return std::nullopt;
}

Result<PopularHosts> load_popular_hosts(const std::string& path) {
  const std::string file = path.empty() ? shipped("config/popular-hosts.tsv") : path;
  const auto text = read_text_file(file);
  if (!text) return tl::unexpected(text.error());
  return PopularHosts::read(file, *text);
}

}  // namespace scanner
