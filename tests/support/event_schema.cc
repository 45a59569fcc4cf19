#include "tests/support/event_schema.h"

#include "scanner/io/text_file.h"
#include "places.h"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <filesystem>
#include <memory>
#include <stdexcept>

namespace scanner::test {
namespace {

std::unique_ptr<valijson::Schema> load_schema(const std::string& name) {
  const auto text = read_text_file(std::string(AUPSCAN_SOURCE_DIR "/scanner/docs/") + name + "-event.schema.json");
  if (!text) throw std::runtime_error(text.error().message);
  const nlohmann::json document = nlohmann::json::parse(*text);
  auto schema = std::make_unique<valijson::Schema>();
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(valijson::adapters::NlohmannJsonAdapter(document), *schema);
  return schema;
}

}  // namespace

std::string schema_errors(const std::string& event_json) {
  static const auto breach = load_schema("breach"), health = load_schema("health");
  const nlohmann::json event = nlohmann::json::parse(event_json, nullptr, false);
  if (event.is_discarded()) return "no JSON text";
  const auto& schema = event.is_object() && event.value("type", "") == "aupscan.health.v1" ? health : breach;
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(*schema, valijson::adapters::NlohmannJsonAdapter(event), &results)) return "";
  std::string text;
  for (const auto& error : results) {
    for (const std::string& step : error.context) text += step;
    text += ": " + error.description + "\n";
  }
  return text.empty() ? "invalid" : text;
}

}  // namespace scanner::test
