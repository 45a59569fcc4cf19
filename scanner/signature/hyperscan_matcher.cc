#include "scanner/model/digest.h"
#include "scanner/signature/hyperscan_expressions.h"
#include "scanner/signature/matcher.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <hs/hs.h>
#include <limits>

namespace scanner {
namespace {

constexpr std::string_view kMagic = "aupscan hyperscan database 1\n";
constexpr std::uint64_t kUnseen = std::numeric_limits<std::uint64_t>::max();

struct FieldDatabase {
  std::vector<Expression> expressions;
  hs_database_t* database = nullptr;
};

// An allocation failed, or an object was used with a matcher that is not its own.
void require(bool condition) {
  if (!condition) std::abort();
}

struct HyperscanScratch : Scratch {
  ~HyperscanScratch() override { hs_free_scratch(scratch); }
  hs_scratch_t* scratch = nullptr;
  std::vector<std::uint64_t> first;   // per expression: first end offset of this call
  std::vector<std::uint32_t> touched;  // expressions found by this call
};

int note(unsigned id, unsigned long long, unsigned long long to, unsigned, void* context) {
  auto& scratch = *static_cast<HyperscanScratch*>(context);
  if (scratch.first[id] == kUnseen) scratch.touched.push_back(id);
  scratch.first[id] = std::min<std::uint64_t>(scratch.first[id], to);
  return 0;
}

// Turns what note() collected into hits, leaving out expressions told before.
void collect(const FieldDatabase& field, HyperscanScratch& scratch, std::vector<std::uint64_t>* told, std::vector<PatternHit>& hits) {
  const std::size_t first_new = hits.size();
  for (const std::uint32_t id : scratch.touched) {
    const std::uint64_t end = scratch.first[id];
    scratch.first[id] = kUnseen;
    if (told) {
      std::uint64_t& word = (*told)[id / 64];
      const std::uint64_t bit = std::uint64_t{1} << id % 64;
      if (word & bit) continue;
      word |= bit;
    }
    for (const PatternRef& user : field.expressions[id].users) hits.push_back({end, user.signature, user.pattern});
  }
  scratch.touched.clear();
  std::sort(hits.begin() + static_cast<std::ptrdiff_t>(first_new), hits.end());
}

class HyperscanStream : public PatternStream {
 public:
  explicit HyperscanStream(const FieldDatabase& field) : field_(field), told_((field.expressions.size() + 63) / 64) {
    require(hs_open_stream(field.database, 0, &stream_) == HS_SUCCESS);
  }
  ~HyperscanStream() override { hs_close_stream(stream_, nullptr, nullptr, nullptr); }
  HyperscanStream(const HyperscanStream&) = delete;
  HyperscanStream& operator=(const HyperscanStream&) = delete;

  void scan(Bytes bytes, Scratch& any_scratch, std::vector<PatternHit>& hits) override {
    auto& scratch = static_cast<HyperscanScratch&>(any_scratch);
    const std::string_view text = as_text(bytes);
    require(hs_scan_stream(stream_, text.data(), static_cast<unsigned>(text.size()), 0, scratch.scratch, note, &scratch) == HS_SUCCESS);
    if (!scratch.touched.empty()) collect(field_, scratch, &told_, hits);
  }

  void restart() override {
    // Without scratch the end of the old stream is not searched: nobody asks for it.
    require(hs_reset_stream(stream_, 0, nullptr, nullptr, nullptr) == HS_SUCCESS);
    std::fill(told_.begin(), told_.end(), 0);
  }

 private:
  const FieldDatabase& field_;
  hs_stream_t* stream_ = nullptr;
  std::vector<std::uint64_t> told_;  // a bit per expression
};

class HyperscanMatcher : public Matcher {
 public:
  explicit HyperscanMatcher(std::shared_ptr<const Ruleset> rules) : Matcher(std::move(rules)) {
    std::vector<const Signature*> signatures;
    for (const Signature& signature : ruleset().signatures()) signatures.push_back(&signature);
    for (std::size_t i = 0; i < kFieldCount; ++i) fields_[i].expressions = expressions_of(signatures, static_cast<Field>(i));
  }
  ~HyperscanMatcher() override {
    for (FieldDatabase& field : fields_) hs_free_database(field.database);
  }

  Result<void> compile();
  Result<std::string> serialize() const;
  Result<void> restore(std::string_view body);

  std::unique_ptr<Scratch> make_scratch() const override {
    auto scratch = std::make_unique<HyperscanScratch>();
    std::size_t most = 0;
    for (const FieldDatabase& field : fields_) {
      if (field.database) require(hs_alloc_scratch(field.database, &scratch->scratch) == HS_SUCCESS);
      most = std::max(most, field.expressions.size());
    }
    scratch->first.assign(most, kUnseen);
    scratch->touched.reserve(most);
    return scratch;
  }

  bool wants(Field field) const override { return of(field).database != nullptr; }

  void find(Field field, Bytes text, Scratch& any_scratch, std::vector<PatternHit>& hits) const override {
    if (!wants(field) || text.empty()) return;
    auto& scratch = static_cast<HyperscanScratch&>(any_scratch);
    require(hs_scan(of(field).database, as_text(text).data(), static_cast<unsigned>(text.size()), 0, scratch.scratch, note,
                    &scratch) == HS_SUCCESS);
    if (!scratch.touched.empty()) collect(of(field), scratch, nullptr, hits);
  }

  std::unique_ptr<PatternStream> open(Field field) const override {
    if (!wants(field)) return nullptr;
    return std::make_unique<HyperscanStream>(of(field));
  }

 private:
  const FieldDatabase& of(Field field) const { return fields_[static_cast<std::size_t>(field)]; }
  Error blame(const FieldDatabase& field, const hs_compile_error_t& refusal) const;

  std::array<FieldDatabase, kFieldCount> fields_;
};

Error HyperscanMatcher::blame(const FieldDatabase& field, const hs_compile_error_t& refusal) const {
  std::string message = "Hyperscan refuses the patterns: " + std::string(refusal.message);
  if (refusal.expression >= 0 && static_cast<std::size_t>(refusal.expression) < field.expressions.size()) {
    const PatternRef user = field.expressions[static_cast<std::size_t>(refusal.expression)].users.front();
    const Signature& signature = ruleset().signatures()[user.signature];
    message += " (" + signature.file + ":" + std::to_string(signature.patterns[user.pattern].line) + ", signature " + signature.id +
               ", pattern " + signature.patterns[user.pattern].name + ")";
  }
  return {std::move(message)};
}

Result<void> HyperscanMatcher::compile() {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    FieldDatabase& field = fields_[i];
    if (field.expressions.empty()) continue;
    std::vector<const char*> regexes;
    std::vector<unsigned> flags, ids;
    for (const Expression& expression : field.expressions) {
      ids.push_back(static_cast<unsigned>(regexes.size()));
      regexes.push_back(expression.regex.c_str());
      flags.push_back(flags_for(expression));
    }
    const unsigned mode = is_stream(static_cast<Field>(i)) ? HS_MODE_STREAM : HS_MODE_BLOCK;
    hs_compile_error_t* refusal = nullptr;
    if (hs_compile_multi(regexes.data(), flags.data(), ids.data(), static_cast<unsigned>(regexes.size()), mode, nullptr,
                         &field.database, &refusal) != HS_SUCCESS) {
      const Error error = blame(field, *refusal);
      hs_free_compile_error(refusal);
      return tl::unexpected<Error>(error);
    }
  }
  return {};
}

// What a serialized database is good for. Any difference means: compile anew.
std::string identity_of(const Ruleset& ruleset) {
  hs_platform_info_t platform{};
  hs_populate_platform(&platform);
  return std::string(kMagic) + ruleset.content_id() + "\n" + hs_version() + "\n" + std::to_string(platform.tune) + " " +
         std::to_string(platform.cpu_features) + "\n";
}

void put_length(std::string& out, std::size_t length) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(length >> shift & 0xff));
}

Result<std::string> HyperscanMatcher::serialize() const {
  std::string out = identity_of(ruleset());
  for (const FieldDatabase& field : fields_) {
    char* bytes = nullptr;
    std::size_t length = 0;
    if (field.database && hs_serialize_database(field.database, &bytes, &length) != HS_SUCCESS)
      return fail("Hyperscan cannot serialize its database");
    put_length(out, length);
    out.append(bytes ? bytes : "", length);
    std::free(bytes);
  }
  const Sha256 checksum = sha256(as_bytes(out));
  out.append(as_text(checksum));
  return out;
}

Result<void> HyperscanMatcher::restore(std::string_view body) {
  Cursor cursor(as_bytes(body));
  for (FieldDatabase& field : fields_) {
    const std::string_view bytes = as_text(cursor.take(cursor.le32()));
    if (!cursor.ok() || bytes.empty() != field.expressions.empty()) return fail("the cached database does not fit the ruleset");
    if (!bytes.empty() && hs_deserialize_database(bytes.data(), bytes.size(), &field.database) != HS_SUCCESS)
      return fail("Hyperscan refuses the cached database");
  }
  return {};
}

Result<void> usable_processor() {
  if (hs_valid_platform() != HS_SUCCESS) return fail("this processor lacks SSSE3, which Hyperscan needs");
  return {};
}

}  // namespace

Result<std::unique_ptr<Matcher>> make_hyperscan_matcher(std::shared_ptr<const Ruleset> ruleset) {
  if (const auto usable = usable_processor(); !usable) return tl::unexpected<Error>(usable.error());
  auto matcher = std::make_unique<HyperscanMatcher>(std::move(ruleset));
  if (const auto compiled = matcher->compile(); !compiled) return tl::unexpected<Error>(compiled.error());
  return std::unique_ptr<Matcher>(std::move(matcher));
}

Result<std::string> serialize(const Matcher& matcher) {
  const auto* hyperscan = dynamic_cast<const HyperscanMatcher*>(&matcher);
  return hyperscan ? hyperscan->serialize() : fail("only Hyperscan's matcher can be serialized");
}

Result<std::unique_ptr<Matcher>> restore_hyperscan_matcher(std::shared_ptr<const Ruleset> ruleset, Bytes serialized) {
  if (const auto usable = usable_processor(); !usable) return tl::unexpected<Error>(usable.error());
  const std::string_view text = as_text(serialized);
  const std::string identity = identity_of(*ruleset);
  if (!text.starts_with(kMagic)) return fail("not a cached database");
  if (!text.starts_with(identity)) return fail("cached for another ruleset, Hyperscan or processor");
  if (text.size() < identity.size() + sizeof(Sha256)) return fail("the cached database is cut short");
  const std::string_view content = text.substr(0, text.size() - sizeof(Sha256));
  const Sha256 checksum = sha256(as_bytes(content));
  if (as_text(checksum) != text.substr(content.size())) return fail("the cached database is damaged");
  auto matcher = std::make_unique<HyperscanMatcher>(std::move(ruleset));
  if (const auto restored = matcher->restore(content.substr(identity.size())); !restored)
    return tl::unexpected<Error>(restored.error());
  return std::unique_ptr<Matcher>(std::move(matcher));
}

}  // namespace scanner
