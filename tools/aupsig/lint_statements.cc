// What lint doubts of what a signature says of itself.
#include "tools/aupsig/lint_checks.h"

#include <array>
#include <charconv>

namespace scanner {
namespace {

// What one process's sign may count for at most (detect/process_evidence.h); more says what
// nobody reckons with.
constexpr double kMostWeight = 0.6;

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

void doubt_place(LintSource& source, const Signature& signature) {
  const std::string& place = source.file().place;
  const std::size_t dot = place.rfind('.');
  const std::size_t slash = place.rfind('/');
  if (slash == std::string::npos) {
    source.warn(source.key({"id"}), "W215", "the file lies in no folder of an activity", "put it into " + signature.activity + "/");
    return;
  }
  const std::size_t before = place.rfind('/', slash - 1);
  const std::string folder = place.substr(before == std::string::npos ? 0 : before + 1, slash - (before == std::string::npos ? 0 : before + 1));
  const std::string wanted = signature.activity + "." + place.substr(slash + 1, dot - slash - 1);
  if (folder != signature.activity)
    source.warn(source.key({"activity"}), "W215", "the file lies in the folder " + folder + ", and its activity is " + signature.activity, "put it into " + signature.activity + "/");
  else if (signature.id != wanted)
    source.warn(source.key({"id"}), "W215", "by its file the id would be " + wanted, "name the file by the id, or the id by the file");
}

}  // namespace

void doubt_statements(const LintContext& context, std::uint32_t index) {
  const Signature& signature = context.ruleset().signatures()[index];
  LintSource* const source = context.source_of(signature.file);
  if (source == nullptr) return;
  doubt_place(*source, signature);
  if (!context.today.empty() && !signature.expires.empty() && context.today >= signature.expires)
    source->warn(source->key({"expires"}), "W207", "what the signature rests on wanted another look by " + signature.expires, "look at its references again, then move the day or retire it");
  if (signature.weight > kMostWeight)
    source->warn(source->key({"weight"}), "W208", "no single sign counts for more than " + number_text(kMostWeight) + ", and this one has the weight " + number_text(signature.weight),
                 "what proves more than that is for parsers and dialects to tell");
  if (signature.known_false_positives.empty())
    source->warn(source->key({"known_false_positives"}), "W210", "nothing else looks like this?", "say what does, or that nothing was seen and why");
  if (signature.attack.empty())
    source->warn(source->key({"attack"}), "W211", "no ATT&CK technique is named", "most mining is T1496.001; allow the warning where none fits");
  const YamlNode* references = source->value({"references"});
  for (std::size_t i = 0; references != nullptr && i < signature.references.size() && i < references->items.size(); ++i)
    if (!signature.references[i].starts_with("https://") && !signature.references[i].starts_with("http://"))
      source->warn({references->items[i].line, references->items[i].column}, "W212", "a reference that is no web address", "who checks it later needs https://…");
}

}  // namespace scanner
