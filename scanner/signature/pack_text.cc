#include "scanner/signature/pack_text.h"

namespace scanner {

PackPart part_of(std::string_view place) {
  if (place.starts_with("tests/") || place.starts_with("baseline/")) return PackPart::Other;
  const std::size_t slash = place.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? place : place.substr(slash + 1);
  std::string_view folder = slash == std::string_view::npos ? std::string_view() : place.substr(0, slash);
  folder = folder.substr(folder.rfind('/') == std::string_view::npos ? 0 : folder.rfind('/') + 1);
  const bool yaml = name.ends_with(".yaml") || name.ends_with(".yml");
  if (name.starts_with('.') || (!yaml && !name.ends_with(".tsv"))) return PackPart::Other;
  if (folder == "dialects") return PackPart::Dialect;
  if (folder == "models") return yaml ? PackPart::Model : PackPart::Other;
  return yaml ? PackPart::Signature : PackPart::Dataset;
}

std::shared_ptr<const Ruleset> make_ruleset(std::span<const PackFile> files, Diagnostics& diagnostics, PatternCheck check) {
  std::vector<Signature> signatures;
  std::vector<Dialect> dialects;
  Datasets datasets;
  std::vector<ShapeModel> models;
  for (const PackFile& file : files) {
    switch (part_of(file.place)) {
      case PackPart::Signature: load_signature(file.path, file.text, signatures, diagnostics, check); break;
      case PackPart::Dialect: load_dialect(file.path, file.text, dialects, diagnostics); break;
      case PackPart::Dataset: load_dataset(file.path, file.text, datasets, diagnostics); break;
      case PackPart::Model:
        if (auto model = load_shape_model(file.path, file.text, diagnostics)) models.push_back(std::move(*model));
        break;
      case PackPart::Other: break;
    }
  }
  return Ruleset::make(std::move(signatures), std::move(datasets), DialectSet(std::move(dialects)), diagnostics, std::move(models));
}

}  // namespace scanner
