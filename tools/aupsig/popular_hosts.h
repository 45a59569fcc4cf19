// Names that nobody may list as a pool without saying why: large platforms, and the parents
// under which strangers share a host. Immutable once read.
#pragma once

#include "scanner/model/result.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

enum class Popularity {
  Platform,  // people browse it, and what lies below it
  Shared,    // hosting or dynamic DNS: what lies below it belongs to strangers
};

class PopularHosts {
 public:
  // Lines "host<TAB>platform|shared", "#" for comments. An Error names the line that is none.
  static Result<PopularHosts> read(const std::string& file, std::string_view text);

  struct Hit {
    std::string_view host;  // of the list
    Popularity kind = Popularity::Platform;
    bool exact = false;     // else the name lies below it
    bool above = false;     // the name is a parent of it, and would match it
  };
  // What stands against listing `name`; it lives as long as this.
  std::optional<Hit> find(std::string_view name) const;
  std::size_t size() const { return hosts_.size(); }

 private:
  std::map<std::string, Popularity, std::less<>> hosts_;
};

// `path` "": the list that comes with the program.
Result<PopularHosts> load_popular_hosts(const std::string& path);

}  // namespace scanner
