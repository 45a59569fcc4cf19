// Everything that is looked for: signatures, data sets and mining dialects, checked against
// each other, under one content id.
//
// Made once, immutable, shared between threads as std::shared_ptr<const Ruleset>; a reload
// makes another. Compiled forms (matcher.h) keep a reference to theirs.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/dataset.h"
#include "scanner/signature/dialect.h"
#include "scanner/signature/shape_model.h"
#include "scanner/signature/signature.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

class Ruleset {
 public:
  // Null where the parts do not fit together (an id twice, a port set that is not there);
  // the problems are added to `diagnostics`. Signatures are sorted by id.
  static std::shared_ptr<const Ruleset> make(std::vector<Signature> signatures, Datasets datasets, DialectSet dialects,
                                             Diagnostics& diagnostics, std::vector<ShapeModel> shape_models = {});
  // Nothing to look for.
  static std::shared_ptr<const Ruleset> empty();

  const std::vector<Signature>& signatures() const { return signatures_; }
  const Signature* find(std::string_view id) const;  // null where there is none
  const Datasets& datasets() const { return datasets_; }
  const DialectSet& dialects() const { return *dialects_; }
  // For whoever outlives the ruleset: conversations that began before a reload.
  const std::shared_ptr<const DialectSet>& shared_dialects() const { return dialects_; }

  // Of hidden mining; null where there is none.
  const ShapeModel* shape_model() const { return shape_models_.empty() ? nullptr : &shape_models_.front(); }

  // SHA-256 in hex over the canonical content: equal for equal meaning, whatever the order
  // of files, the comments or the place in a file.
  const std::string& content_id() const { return content_id_; }
  // The same over one signature, for the event that names it.
  const std::string& signature_sha256(std::size_t index) const { return signature_sha256_[index]; }

  // Which of the signature's facts about the port hold; bit i is condition.facts()[i].
  std::uint32_t facts_for(std::size_t signature, std::uint16_t port) const;

 private:
  Ruleset() = default;
  std::vector<Signature> signatures_;
  std::vector<std::string> signature_sha256_;
  Datasets datasets_;
  std::shared_ptr<const DialectSet> dialects_;
  std::vector<ShapeModel> shape_models_;
  std::string content_id_;
};

}  // namespace scanner
