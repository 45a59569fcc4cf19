#include "scanner/signature/ruleset.h"

#include "scanner/model/digest.h"

#include <algorithm>
#include <cmath>

namespace scanner {
namespace {

// Values one after the other, each with its length, so that no two contents look alike.
class Canonical {
 public:
  Canonical& add(std::string_view text) {
    bytes_ += std::to_string(text.size());
    bytes_ += ':';
    bytes_ += text;
    return *this;
  }
  Canonical& add(std::uint64_t number) { return add(std::string_view(std::to_string(number))); }
  Canonical& add(const std::vector<std::string>& list) {
    add(list.size());
    for (const std::string& item : list) add(std::string_view(item));
    return *this;
  }
  std::string sha256_hex() const { return to_hex(sha256(as_bytes(bytes_))); }

 private:
  std::string bytes_;
};

void add_examples(Canonical& out, const std::vector<SignatureExample>& examples) {
  out.add(examples.size());
  for (const SignatureExample& example : examples) {
    out.add(example.text).add(example.port);
    if (!example.todo.empty()) out.add("todo").add(example.todo);
  }
}

std::string digest_of(const Signature& s) {
  Canonical out;
  out.add(s.id).add(s.title).add(s.activity).add(to_string(s.field)).add(to_string(s.stage)).add(to_string(s.status));
  out.add(static_cast<std::uint64_t>(std::llround(s.weight * 1e6))).add(s.owner).add(s.revision);
  out.add(s.patterns.size());
  for (const Pattern& p : s.patterns) out.add(p.name).add(p.expression).add(p.literal ? 1 : 0).add(p.nocase ? 1 : 0);
  out.add(s.condition_text).add(s.references).add(s.attack).add(s.known_false_positives);
  add_examples(out, s.match);
  add_examples(out, s.no_match);
  if (!s.expires.empty()) out.add("expires").add(s.expires);
  return out.sha256_hex();
}

void add_header(Canonical& out, const DatasetHeader& header) {
  out.add(header.name).add(header.kind).add(header.date).add(header.licence);
  out.add(header.ageing.valid_days).add(header.ageing.half_life).add(static_cast<std::uint64_t>(std::llround(header.ageing.floor * 100)));
}

void add_entry(Canonical& out, const HostEntry& e) {
  out.add(e.host).add(e.coins).add(e.pool).add(e.ports).add(e.sources).add(e.added).add(e.first_seen).add(e.last_seen).add(to_string(e.tier));
  out.add((e.popular ? 1u : 0u) | (e.not_a_pool ? 2u : 0u) | (e.dual_use ? 4u : 0u));
}

std::string digest_of(const TemplateSet& set) {
  Canonical out;
  add_header(out, set.header());
  out.add(set.not_words());
  for (const HostEntry& entry : set.entries()) add_entry(out, entry);  // of several that fit, the first counts
  return out.sha256_hex();
}

std::string digest_of(const AgentSet& set) {
  Canonical out;
  add_header(out, set.header());
  for (const AgentEntry& entry : set.entries()) out.add(entry.name).add(entry.family).add(entry.kind).add(entry.sources);
  return out.sha256_hex();
}

std::string digest_of(const WordSet& set) {
  Canonical out;
  add_header(out, set.header);
  out.add(set.words);
  return out.sha256_hex();
}

std::string digest_of(const HostSet& set) {
  std::vector<const HostEntry*> order;
  for (const HostEntry& entry : set.entries()) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const HostEntry* a, const HostEntry* b) { return a->host < b->host; });
  Canonical out;
  add_header(out, set.header());
  for (const HostEntry* entry : order) add_entry(out, *entry);
  return out.sha256_hex();
}

std::string digest_of(const PortSet& set) {
  Canonical out;
  add_header(out, set.header());
  for (std::uint32_t port = 0; port < 65536; ++port)
    if (const std::uint32_t count = set.count(static_cast<std::uint16_t>(port))) out.add(port).add(count);
  return out.sha256_hex();
}

Diagnostic problem(std::string code, std::string file, int line, std::string message, std::string hint) {
  Diagnostic d;
  d.code = std::move(code);
  d.at = {std::move(file), line, line > 0 ? 1 : 0};
  d.message = std::move(message);
  d.hint = std::move(hint);
  return d;
}

bool check(const std::vector<Signature>& signatures, const Datasets& datasets, Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.size();
  for (std::size_t i = 1; i < signatures.size(); ++i)
    if (signatures[i].id == signatures[i - 1].id)
      diagnostics.push_back(problem("E111", signatures[i].file, 0, "the id \"" + signatures[i].id + "\" is used by two signatures",
                                    "the other one is " + signatures[i - 1].file));
  for (const Signature& signature : signatures)
    for (const PortFact& fact : signature.condition.facts())
      if (!fact.set.empty() && datasets.ports(fact.set) == nullptr)
        diagnostics.push_back(problem("E114", signature.file, 0, "the condition names a port set that is not there: \"" + fact.set + "\"", ""));
  std::vector<std::string_view> names;
  for (const HostSet& set : datasets.host_sets()) names.push_back(set.header().name);
  for (const PortSet& set : datasets.port_sets()) names.push_back(set.header().name);
  for (const TemplateSet& set : datasets.template_sets()) names.push_back(set.header().name);
  for (const AgentSet& set : datasets.agent_sets()) names.push_back(set.header().name);
  for (const WordSet& set : datasets.word_sets()) names.push_back(set.header.name);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    diagnostics.push_back(problem("E111", "", 0, "two data sets are called \"" + std::string(*twice) + "\"", ""));
  return diagnostics.size() == before;
}

}  // namespace

std::shared_ptr<const Ruleset> Ruleset::make(std::vector<Signature> signatures, Datasets datasets, DialectSet dialects,
                                             Diagnostics& diagnostics, std::vector<ShapeModel> shape_models) {
  std::sort(signatures.begin(), signatures.end(),
            [](const Signature& a, const Signature& b) { return std::pair(a.id, a.file) < std::pair(b.id, b.file); });
  if (!check(signatures, datasets, diagnostics)) return nullptr;
  if (shape_models.size() > 1) {
    diagnostics.push_back(problem("E111", "", 0, "there are two models of shapes, \"" + shape_models[0].id + "\" and \"" + shape_models[1].id + "\"", "one is used"));
    return nullptr;
  }
  const std::shared_ptr<Ruleset> ruleset(new Ruleset);
  ruleset->signatures_ = std::move(signatures);
  ruleset->datasets_ = std::move(datasets);
  ruleset->dialects_ = std::make_shared<const DialectSet>(std::move(dialects));
  ruleset->shape_models_ = std::move(shape_models);

  Canonical content;
  for (const Signature& signature : ruleset->signatures_) {
    ruleset->signature_sha256_.push_back(digest_of(signature));
    content.add(ruleset->signature_sha256_.back());
  }
  std::vector<std::string> sets;
  for (const HostSet& set : ruleset->datasets_.host_sets()) sets.push_back(digest_of(set));
  for (const PortSet& set : ruleset->datasets_.port_sets()) sets.push_back(digest_of(set));
  for (const TemplateSet& set : ruleset->datasets_.template_sets()) sets.push_back(digest_of(set));
  for (const AgentSet& set : ruleset->datasets_.agent_sets()) sets.push_back(digest_of(set));
  for (const WordSet& set : ruleset->datasets_.word_sets()) sets.push_back(digest_of(set));
  std::sort(sets.begin(), sets.end());
  content.add(sets).add(ruleset->dialects_->content_id());
  for (const ShapeModel& model : ruleset->shape_models_) content.add("model").add(model.sha256);
  ruleset->content_id_ = content.sha256_hex();
  return ruleset;
}

std::shared_ptr<const Ruleset> Ruleset::empty() {
  Diagnostics none;
  return make({}, {}, {}, none);
}

const Signature* Ruleset::find(std::string_view id) const {
  const auto found = std::lower_bound(signatures_.begin(), signatures_.end(), id,
                                      [](const Signature& s, std::string_view wanted) { return s.id < wanted; });
  return found != signatures_.end() && found->id == id ? &*found : nullptr;
}

std::uint32_t Ruleset::facts_for(std::size_t signature, std::uint16_t port) const {
  const std::vector<PortFact>& facts = signatures_[signature].condition.facts();
  std::uint32_t held = 0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const PortSet* set = facts[i].set.empty() ? nullptr : datasets_.ports(facts[i].set);
    const bool holds = set ? set->contains(port) : std::binary_search(facts[i].ports.begin(), facts[i].ports.end(), port);
    held |= holds ? 1u << i : 0u;
  }
  return held;
}

}  // namespace scanner
