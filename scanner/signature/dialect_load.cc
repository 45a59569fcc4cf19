#include "scanner/model/yaml.h"
#include "scanner/signature/dialect.h"

#include <array>

namespace scanner {

namespace {

using namespace std::string_view_literals;

constexpr std::array kRoles = {"subscribe"sv, "authorise"sv, "getwork"sv, "job"sv, "difficulty"sv, "extranonce"sv,
                               "submit"sv, "hashrate"sv, "keepalive"sv, "configure"sv, "reconnect"sv, "other"sv};
constexpr std::array kTypes = {"any"sv, "null"sv, "true"sv, "false"sv, "text"sv, "number"sv, "array"sv, "object"sv,
                               "hex"sv, "0xhex"sv, "missing"sv};
constexpr std::array kTargets = {"none"sv, "compact-le"sv, "be256"sv, "le256"sv};
constexpr std::array kActivities = {"mining.pool"sv, "mining.web"sv};
constexpr std::array kParts = {"method"sv, "params"sv, "id"sv, "result"sv, "error"sv};
constexpr std::size_t kMaxMessages = 256;
constexpr std::size_t kMaxShapes = 32;
constexpr std::size_t kMaxIdLength = 64;

class DialectReader {
 public:
  DialectReader(YamlContext& context) : context_(context) {}

  Dialect read(const YamlNode& root) {
    YamlMap map(root, "dialect", context_);
    map.integer("form", Presence::Required, 1, 1);
    read_id(map);
    dialect_.title = map.string("title").value_or("");
    dialect_.revision = static_cast<std::uint32_t>(map.integer("revision", Presence::Required, 1, 1'000'000).value_or(1));
    dialect_.has_login = map.boolean("log_in").value_or(true);
    dialect_.solo = map.boolean("solo", Presence::Optional).value_or(false);
    dialect_.web = map.choice("activity", kActivities, Presence::Optional).value_or(0) == 1;
    read_carriers(map);
    dialect_.coin = map.string("coin", Presence::Optional).value_or("");
    dialect_.algorithm = map.string("algorithm", Presence::Optional).value_or("");
    dialect_.hashes_per_difficulty =
        map.number("hashes_per_difficulty", Presence::Optional, 0, 1e30).value_or(0);
    dialect_.target_form = static_cast<TargetForm>(map.choice("target", kTargets, Presence::Optional).value_or(0));
    map.strings("references", Presence::Optional);  // for people
    read_envelope(map);
    read_messages(map, "miner", false);
    read_messages(map, "pool", true);
    map.finish();
    return std::move(dialect_);
  }

 private:
  void read_id(YamlMap& map) {
    dialect_.id = map.string("id").value_or("");
    const YamlNode* node = map.any("id", Presence::Optional);
    if (node != nullptr && (dialect_.id.size() > kMaxIdLength ||
                            dialect_.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos))
      context_.error(*node, "E040", "id: lower-case letters, digits and hyphens, at most 64");
  }

  void read_carriers(YamlMap& map) {
    const YamlNode* list = map.sequence("carriers", Presence::Optional);
    if (list == nullptr) return;
    dialect_.over_lines = dialect_.over_http = dialect_.over_websocket = false;
    for (const YamlNode& item : list->items) {
      const std::string carrier = yaml_string(item, "carrier", context_).value_or("");
      if (carrier == "lines") dialect_.over_lines = true;
      else if (carrier == "http") dialect_.over_http = true;
      else if (carrier == "websocket") dialect_.over_websocket = true;
      else context_.error(item, "E008", "carrier: \"" + carrier + "\" is not known", "one of lines, http, websocket");
    }
  }

  void read_envelope(YamlMap& map) {
    const YamlNode* node = map.map("envelope", Presence::Optional);
    if (node == nullptr) return;
    YamlMap keys(*node, "envelope", context_);
    Envelope& e = dialect_.envelope;
    const std::array parts = {&e.method, &e.params, &e.id, &e.result, &e.error};
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (auto key = keys.string(kParts[i], Presence::Optional)) {
        if (key->empty()) context_.error(*keys.any(kParts[i]), "E040", "envelope: a key cannot be empty");
        *parts[i] = std::move(*key);
      }
    keys.finish();
  }

  void read_messages(YamlMap& map, std::string_view key, bool from_pool) {
    const YamlNode* list = map.sequence(key, from_pool ? Presence::Optional : Presence::Required);
    if (list == nullptr) return;
    for (const YamlNode& item : list->items) {
      if (dialect_.messages.size() == kMaxMessages)
        return context_.error(item, "E002", "more than 256 messages in one dialect");
      dialect_.messages.push_back(read_message(item, from_pool));
    }
  }

  DialectMessage read_message(const YamlNode& node, bool from_pool) {
    DialectMessage m;
    m.from_pool = from_pool;
    YamlMap map(node, "message", context_);
    m.method = map.string("method", Presence::Optional).value_or("");
    m.role = static_cast<MiningRole>(map.choice("role", kRoles).value_or(kRoles.size() - 1));
    m.weak = map.boolean("weak", Presence::Optional).value_or(false);
    if (const YamlNode* shapes = map.sequence("when", Presence::Optional)) m.when = read_shapes(*shapes);
    if (const YamlNode* any_of = map.sequence("accepted", Presence::Optional))
      for (const YamlNode& all_of : any_of->items) m.accepted.push_back(read_shapes(all_of));
    using Place = std::pair<std::string_view, ValuePath*>;
    for (const auto& [name, path] :
         {Place{"worker", &m.worker}, Place{"agent", &m.agent}, Place{"host", &m.host}, Place{"job", &m.job},
          Place{"difficulty", &m.difficulty}, Place{"target", &m.target}, Place{"coin", &m.coin},
          Place{"algorithm", &m.algorithm}, Place{"hashrate", &m.hashrate}})
      read_path(map, name, *path);
    if (from_pool) {
      m.answers = map.string("answers", Presence::Optional).value_or("");
      read_path(map, "request_id", m.request_id);
    } else {
      m.bodyless = map.boolean("bodyless", Presence::Optional).value_or(false);
      read_path(map, "answer_job", m.answer_job);
      read_path(map, "answer_target", m.answer_target);
      read_path(map, "answer_difficulty", m.answer_difficulty);
      read_path(map, "answer_algorithm", m.answer_algorithm);
    }
    map.finish();
    check(node, m);
    return m;
  }

  void check(const YamlNode& node, const DialectMessage& m) {
    if (!m.request_id.empty() && m.answers.empty())
      context_.error(node, "E041", "request_id: this message answers nothing", "add answers: or leave it out");
    if (m.method.empty() && !m.from_pool && !m.bodyless)
      context_.error(node, "E041", "a request without method would be any JSON", "add method: or bodyless: true");
    if (m.method.empty() && m.from_pool && m.when.size() < 2)
      context_.error(node, "E041", "a notification without method needs two shapes or more", "add them to when:");
    if (m.weak && m.when.empty() && m.accepted.empty())
      context_.error(node, "E041", "a weak message without shapes would be anybody's", "add when: or accepted:");
  }

  std::vector<Shape> read_shapes(const YamlNode& list) {
    std::vector<Shape> shapes;
    if (list.kind != YamlKind::Sequence) {
      context_.error(list, "E004", "shapes: expected a list of {at: …, is: …}");
      return shapes;
    }
    for (const YamlNode& item : list.items) {
      if (shapes.size() == kMaxShapes) {
        context_.error(item, "E002", "more than 32 shapes in one list");
        break;
      }
      shapes.push_back(read_shape(item));
    }
    return shapes;
  }

  Shape read_shape(const YamlNode& node) {
    Shape shape;
    YamlMap map(node, "shape", context_);
    read_path(map, "at", shape.path, Presence::Required);
    shape.type = static_cast<Shape::Type>(map.choice("is", kTypes, Presence::Optional).value_or(0));
    // YAML's own null would count as a key without value; here it is the type.
    for (std::size_t i = 0; i < node.keys.size(); ++i)
      if (node.keys[i].text == "is" && node.items[i].kind == YamlKind::Null) shape.type = Shape::Type::Null;
    shape.min = static_cast<std::uint32_t>(map.integer("min", Presence::Optional, 0, 0xffffffff).value_or(0));
    shape.max = static_cast<std::uint32_t>(map.integer("max", Presence::Optional, 0, 0xffffffff).value_or(0xffffffff));
    shape.equals = map.string("equals", Presence::Optional).value_or("");
    shape.contains = map.string("contains", Presence::Optional).value_or("");
    map.finish();
    if (shape.min > shape.max) context_.error(node, "E009", "shape: min is above max");
    return shape;
  }

  void read_path(YamlMap& map, std::string_view key, ValuePath& path, Presence presence = Presence::Optional) {
    const auto text = map.string(key, presence);
    if (!text) return;
    auto parsed = parse_value_path(*text);
    if (!parsed || parsed->steps[0].key.empty())
      return context_.error(*map.any(key), "E042", std::string(key) + ": \"" + *text + "\" is no path",
                            "for example params[0], result.job.blob, params[-1]; at most 8 steps");
    path = std::move(*parsed);
    const Envelope& e = dialect_.envelope;
    const std::array keys = {&e.method, &e.params, &e.id, &e.result, &e.error};
    for (std::size_t i = 0; i < kParts.size(); ++i)
      if (path.steps[0].key == kParts[i]) {
        path.steps[0].key = *keys[i];
        break;
      }
  }

  YamlContext& context_;
  Dialect dialect_;
};

}  // namespace

void load_dialect(const std::string& file, std::string_view text, std::vector<Dialect>& dialects, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return;
  Dialect dialect = DialectReader(context).read(*root);
  for (const Dialect& other : dialects)
    if (context.ok() && other.id == dialect.id)
      context.error(*root, "E043", "a dialect with the id \"" + dialect.id + "\" was loaded before");
  if (context.ok()) dialects.push_back(std::move(dialect));
}

}  // namespace scanner
