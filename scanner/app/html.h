// Pieces of HTML in which nothing from outside can become markup.
#pragma once

#include "scanner/app/wording.h"

#include <string>
#include <string_view>

namespace scanner {

// Text, made printable and escaped for element content and quoted attributes.
inline std::string html(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out.push_back(c);
    }
  }
  return out;
}

// <tag class="name">content</tag>; `content` is markup already, `name` our own.
inline std::string element(std::string_view tag, std::string_view name, std::string_view content) {
  std::string out = "<" + std::string(tag);
  if (!name.empty()) out += " class=\"" + std::string(name) + "\"";
  return out + ">" + std::string(content) + "</" + std::string(tag) + ">";
}

}  // namespace scanner
