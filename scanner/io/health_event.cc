#include "scanner/io/health_event.h"

#include <nlohmann/json.hpp>

namespace scanner {

std::string health_json(const HealthFrame& frame, const std::string& id, Timestamp time, const std::string& what, const nlohmann::ordered_json& detail) {
  nlohmann::ordered_json json;
  json["specversion"] = "1.0";
  json["id"] = id;
  json["source"] = frame.source;
  json["type"] = "aupscan.health.v1";
  json["subject"] = frame.subject;
  json["time"] = to_rfc3339(time);
  json["datacontenttype"] = "application/json";
  json["data"] = {{"what", what}, {"detail", detail}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace scanner
