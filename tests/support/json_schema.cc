#include "tests/support/json_schema.h"

#include "scanner/io/text_file.h"
#include "places.h"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <stdexcept>

namespace scanner::test {

struct JsonSchema::Parsed {
  valijson::Schema schema;
};

JsonSchema::JsonSchema(const std::string& path) : parsed_(std::make_unique<Parsed>()) {
  const auto text = read_text_file(AUPSCAN_SOURCE_DIR "/" + path);
  if (!text) throw std::runtime_error(text.error().message);
  const nlohmann::json document = nlohmann::json::parse(*text);
  valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(valijson::adapters::NlohmannJsonAdapter(document), parsed_->schema);
}

JsonSchema::~JsonSchema() = default;

std::string JsonSchema::errors(const std::string& text) const {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return "no JSON text\n";
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(parsed_->schema, valijson::adapters::NlohmannJsonAdapter(json), &results)) return "";
  std::string said;
  for (const auto& error : results) {
    for (const std::string& step : error.context) said += step;
    said += ": " + error.description + "\n";
  }
  return said.empty() ? "invalid\n" : said;
}

}  // namespace scanner::test
