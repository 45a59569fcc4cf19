// JSON Schemas (draft-07) that outputs are held against.
#pragma once

#include <memory>
#include <string>

namespace scanner::test {

class JsonSchema {
 public:
  // Throws where the file cannot be read or is no schema. `path` from the root of the checkout.
  explicit JsonSchema(const std::string& path);
  ~JsonSchema();

  // What is wrong with this JSON text; empty: nothing.
  std::string errors(const std::string& json) const;

 private:
  struct Parsed;
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace scanner::test
