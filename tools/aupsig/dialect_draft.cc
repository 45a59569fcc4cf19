#include "tools/aupsig/dialect_draft.h"

#include "scanner/protocol/conversation_shape.h"
#include "scanner/signature/wallet.h"
#include "tools/aupsig/flow_story.h"
#include "tools/aupsig/json_scalars.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

namespace scanner {
namespace {

constexpr std::size_t kMaxShapes = 5;

// One message, read.
struct Message {
  const TalkMessage* said = nullptr;
  std::string method, id;  // canonical id
  std::vector<JsonScalar> scalars;
  int answer = -1;         // index of its answer
  bool answers = false;    // it is an answer
  JsonKind params = JsonKind::Missing;
  std::size_t params_size = 0;
};

bool is_hex(std::string_view text) {
  return text.size() >= 8 && text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}
bool is_prefixed_hex(std::string_view text) { return text.starts_with("0x") && text.size() >= 10 && std::all_of(text.begin() + 2, text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; }); }
bool is_long_hex(std::string_view text) { return text.size() >= 32 && (is_hex(text) || is_prefixed_hex(text)); }

std::string_view last_key(std::string_view path) {
  path = path.substr(path.rfind('.') + 1);
  return path.substr(0, path.find('['));
}

// How much a text looks like somebody's name, wallet or rig.
int identity(const JsonScalar& value) {
  if (value.kind != JsonKind::Text || value.text.size() < 3) return 0;
  if (!find_wallets(value.text).empty()) return 4;
  constexpr std::array<std::string_view, 9> kKeys{"login", "user", "worker", "wallet", "address", "account", "username", "badge", "miner"};
  if (std::find(kKeys.begin(), kKeys.end(), last_key(value.path)) != kKeys.end()) return 3;
  if (is_hex(value.text) || value.text.find('/') != std::string::npos) return 0;  // an agent has a slash
  return value.text.find('.') != std::string::npos || value.text.find('-') != std::string::npos ? 2 : 1;
}

bool looks_like_agent(const JsonScalar& value) {
  const std::size_t slash = value.text.find('/');
  return value.kind == JsonKind::Text && slash != std::string::npos && slash > 1 && slash + 1 < value.text.size() && std::isdigit(static_cast<unsigned char>(value.text[slash + 1])) != 0;
}

class Drafter {
 public:
  Drafter(const Talk& talk, EnvelopeGuess guess) : guess_(std::move(guess)) {
    JsonDocument document;
    std::map<std::string, int> open;
    for (const TalkMessage& said : talk.messages) {
      if (document.parse(as_bytes(said.text)) != JsonOutcome::Complete || !document.root().is(JsonKind::Object)) continue;
      const JsonValue root = document.root(), method = root[guess_.names.method], id = root[guess_.names.id], params = root[guess_.names.params];
      Message message;
      message.said = &said;
      message.scalars = json_scalars(said.text);
      message.params = params.kind();
      message.params_size = params.size();
      if (method.is(JsonKind::Text)) message.method = method.text();
      if (id.is(JsonKind::Number) || id.is(JsonKind::Text)) message.id = canonical_id(id);
      const int index = static_cast<int>(messages_.size());
      if (said.sender == guess_.asker) {
        if (!message.method.empty() && !message.id.empty()) open[message.id] = index;
      } else if (const auto asked = open.find(message.id); !message.id.empty() && asked != open.end()) {
        message.answers = true;
        messages_[static_cast<std::size_t>(asked->second)].answer = index;
        open.erase(asked);
      }
      messages_.push_back(std::move(message));
    }
  }

  DialectDraft draft() {
    DialectDraft made;
    made.envelope = guess_;
    group();
    find_jobs();
    find_login();
    for (const std::string& method : asked_order_) made.messages.push_back(request(method));
    for (const std::string& method : pushed_order_) made.messages.push_back(push(method));
    std::erase_if(made.messages, [](const DraftedMessage& m) { return m.method.empty(); });
    made.doubts = std::move(doubts_);
    return made;
  }

 private:
  using Group = std::vector<std::size_t>;

  void group() {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& message = messages_[i];
      if (message.method.empty() || message.answers) continue;
      const bool asks = message.said->sender == guess_.asker;
      auto& groups = asks ? asked_ : pushed_;
      if (groups[message.method].empty()) (asks ? asked_order_ : pushed_order_).push_back(message.method);
      groups[message.method].push_back(i);
    }
  }

  // "args.badge" as the file calls it: "params.badge".
  std::string told(const std::string& path) const {
    const Envelope& n = guess_.names;
    for (const auto& [ours, common] : {std::pair{n.params, "params"}, std::pair{n.result, "result"}, std::pair{n.error, "error"}})
      if (path == ours || path.starts_with(ours + ".") || path.starts_with(ours + "[")) return common + path.substr(ours.size());
    return path;
  }
  // Quoted where a bracket would begin a list.
  std::string path_of(const JsonScalar& value) const {
    const std::string path = told(value.path);
    return path.find_first_of("[]{},:#'\" ") == std::string::npos ? path : yaml_text(path);
  }
  bool of_envelope(const std::string& path) const { return path == guess_.names.method || path == guess_.names.id || path == "jsonrpc"; }

  // A share repeats what a push, or the answer to a log-in, had named: that is the job.
  void find_jobs() {
    std::map<std::array<std::string, 3>, std::uint64_t> pairs;  // source path, method, path in it
    std::map<std::string, std::set<std::string>> named;         // value → "push\npath"
    std::map<std::string, std::uint64_t> seen;
    for (const Message& message : messages_) {
      const bool asks = message.said->sender == guess_.asker;
      for (const JsonScalar& value : message.scalars) {
        if (of_envelope(value.path) || (value.kind != JsonKind::Text && value.kind != JsonKind::Number) || value.text.empty()) continue;
        if (!asks && (!message.method.empty() || message.answers)) {
          named[value.text].insert((message.answers ? std::string() : message.method) + "\n" + value.path);
        } else if (asks && value.kind == JsonKind::Text) {
          const auto found = named.find(value.text);
          if (found == named.end()) continue;
          for (const std::string& source : found->second) ++pairs[{source, message.method, value.path}];
        }
      }
    }
    std::uint64_t best = 0;
    for (const auto& [pair, count] : pairs) {
      const bool pushed = pair[0].front() != '\n';
      const std::uint64_t score = 4 * count + (pushed ? 2 : 0) + (last_key(pair[2]).find("job") != std::string_view::npos ? 1 : 0);
      if (score <= best) continue;
      best = score;
      job_push_ = pair[0].substr(0, pair[0].find('\n'));
      job_source_ = pair[0].substr(pair[0].find('\n') + 1);
      submit_ = pair[1];
      job_path_ = pair[2];
    }
    if (!submit_.empty()) return;
    // No job was named again: the request that comes most often behind the first push, with hex.
    std::size_t most = 1;
    for (const auto& [method, group] : asked_) {
      const bool hex = std::any_of(messages_[group.front()].scalars.begin(), messages_[group.front()].scalars.end(), [](const JsonScalar& s) { return is_hex(s.text) || is_prefixed_hex(s.text); });
      if (!hex || group.size() <= most || pushed_.empty()) continue;
      most = group.size();
      submit_ = method;
      doubts_.push_back("\"" + method + "\" is taken for the share because it comes most often and carries hex; no job of it was found");
    }
    if (submit_.empty()) doubts_.emplace_back("no share was found: the capture shows no request that repeats a job; work and proof cannot be reached by this description");
  }

  void find_login() {
    int best = 0;
    for (const std::string& method : asked_order_) {
      if (method == submit_) break;
      for (const JsonScalar& value : messages_[asked_[method].front()].scalars) {
        if (of_envelope(value.path) || looks_like_agent(value)) continue;
        // The second of two openings is the log-in where both look alike.
        if (const int score = identity(value); score > 0 && score >= best) {
          best = score;
          login_ = method;
          worker_path_ = value.path;
        }
      }
    }
    if (login_.empty()) doubts_.emplace_back("no log-in was found: no request before the first share names anybody");
    else if (best < 3) doubts_.push_back("\"" + login_ + "\" is taken for the log-in because " + worker_path_ + " may name somebody; no wallet proves it");
  }

  std::vector<std::string> shapes_of(const Group& group) const {
    std::vector<std::string> shapes;
    const Message& first = messages_[group.front()];
    std::size_t fewest = first.params_size;
    bool array = true;
    for (const std::size_t i : group) {
      fewest = std::min(fewest, messages_[i].params_size);
      array = array && messages_[i].params == JsonKind::Array;
    }
    if (array && fewest > 0) shapes.push_back("{at: params, is: array, min: " + std::to_string(fewest) + "}");
    for (const JsonScalar& value : first.scalars) {
      if (of_envelope(value.path) || shapes.size() == kMaxShapes) continue;
      if (const std::string shape = shape_of(group, value); !shape.empty()) shapes.push_back(shape);
    }
    return shapes;
  }

  // What all messages of the group have at the value's path; "": nothing in common.
  std::string shape_of(const Group& group, const JsonScalar& value) const {
    std::size_t least = value.text.size(), most = value.text.size();
    bool hex = is_hex(value.text), prefixed = is_prefixed_hex(value.text);
    for (const std::size_t i : group) {
      const auto& scalars = messages_[i].scalars;
      const auto same = std::find_if(scalars.begin(), scalars.end(), [&](const JsonScalar& s) { return s.path == value.path; });
      if (same == scalars.end() || same->kind != value.kind) return "";
      least = std::min(least, same->text.size());
      most = std::max(most, same->text.size());
      hex = hex && is_hex(same->text);
      prefixed = prefixed && is_prefixed_hex(same->text);
    }
    const std::string at = "{at: " + path_of(value) + ", is: ";
    if (value.kind == JsonKind::Number) return at + "number}";
    if (value.kind != JsonKind::Text || least == 0) return "";
    if (!hex && !prefixed) return at + "text, min: " + std::to_string(std::min<std::size_t>(least, 4)) + "}";
    const std::size_t digits = least - (prefixed ? 2 : 0);
    // Of one length wherever it was seen: a nonce, a hash.
    if (least == most && group.size() > 1) return at + (prefixed ? "0xhex" : "hex") + ", min: " + std::to_string(digits) + ", max: " + std::to_string(digits) + "}";
    return at + (prefixed ? "0xhex" : "hex") + ", min: " + std::to_string(std::min<std::size_t>(digits, 8)) + "}";
  }

  // Which answers grant? The custom's, where any does; else the answer that came most often.
  std::vector<std::string> accepted_of(const Group& group, MiningRole role, const std::string& method) {
    std::map<std::string, std::uint64_t> counts;
    std::uint64_t answered = 0;
    JsonDocument document;
    for (const std::size_t i : group) {
      if (messages_[i].answer < 0) continue;
      const Message& answer = messages_[static_cast<std::size_t>(messages_[i].answer)];
      if (document.parse(as_bytes(answer.said->text)) != JsonOutcome::Complete) continue;
      ++answered;
      const JsonValue result = document.root()[guess_.names.result];
      if (is_error(document.root()[guess_.names.error])) continue;
      if (granted_by_custom(role, result)) return {};
      for (const JsonScalar& value : answer.scalars)
        if (told(value.path).starts_with("result") && value.kind == JsonKind::Text && value.text.size() <= 32 && !is_hex(value.text))
          ++counts["{at: " + path_of(value) + ", is: text, equals: " + yaml_text(value.text) + "}"];
      if (result.is(JsonKind::Object) || result.is(JsonKind::Array)) ++counts[std::string("{at: result, is: ") + (result.is(JsonKind::Object) ? "object" : "array") + ", min: 1}"];
    }
    const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
      // Of equal ones the text: it says more than that something came.
      const bool a_text = a.first.find("equals") != std::string::npos, b_text = b.first.find("equals") != std::string::npos;
      return a.second != b.second ? a.second < b.second : a_text < b_text;
    });
    if (most == counts.end()) {
      if (answered == 0) doubts_.push_back("no answer to \"" + method + "\" was seen; what grants it is left to the custom");
      return {};
    }
    doubts_.push_back("the answer to \"" + method + "\" that came most often (" + std::to_string(most->second) + " of " + std::to_string(answered) + ") is taken for the one that grants: " + most->first);
    return {most->first};
  }

  DraftedMessage begin(const std::string& method, const Group& group) const {
    DraftedMessage made;
    made.method = method;
    made.count = group.size();
    made.first_frame = messages_[group.front()].said->frame;
    made.example = messages_[group.front()].said->text;
    made.when = shapes_of(group);
    return made;
  }

  DraftedMessage request(const std::string& method) {
    const Group& group = asked_[method];
    DraftedMessage made = begin(method, group);
    const auto place = std::find(asked_order_.begin(), asked_order_.end(), method), login = std::find(asked_order_.begin(), asked_order_.end(), login_);
    for (const JsonScalar& value : messages_[group.front()].scalars)
      if (looks_like_agent(value) && !of_envelope(value.path)) made.values.emplace_back("agent", told(value.path));
    if (made.values.size() > 1) made.values.resize(1);
    if (method == submit_) {
      made.role = MiningRole::Submit;
      made.because = job_path_.empty() ? "it comes most often behind the first work, with hex" : told(job_path_) + " repeats what the pool had named as " + told(job_source_);
      if (!job_path_.empty()) made.values.emplace_back("job", told(job_path_));
    } else if (method == login_) {
      made.role = MiningRole::Authorise;
      made.because = told(worker_path_) + " names somebody, before any share";
      made.values.emplace_back("worker", told(worker_path_));
      // The first job may come in the answer.
      if (job_push_.empty() && !job_source_.empty()) made.values.emplace_back("answer_job", told(job_source_));
    } else if (place < login && place == asked_order_.begin()) {
      made.role = MiningRole::Subscribe;
      made.because = "it is the first request, before the log-in";
    } else if (login_.empty() && is_answered_with_hex(group)) {
      made.role = MiningRole::GetWork;
      made.because = "it is answered with long hex, and nobody logs in";
    } else if (group.size() > 1 && made.when.empty()) {
      made.role = MiningRole::KeepAlive;
      made.because = "it is repeated and says nothing";
    } else {
      made.because = "its part is not known";
    }
    if (made.role == MiningRole::Authorise || made.role == MiningRole::Submit) made.accepted = accepted_of(group, made.role, method);
    return made;
  }

  bool is_answered_with_hex(const Group& group) const {
    return std::any_of(group.begin(), group.end(), [&](std::size_t i) {
      if (messages_[i].answer < 0) return false;
      const auto& scalars = messages_[static_cast<std::size_t>(messages_[i].answer)].scalars;
      return std::any_of(scalars.begin(), scalars.end(), [](const JsonScalar& s) { return is_long_hex(s.text); });
    });
  }

  DraftedMessage push(const std::string& method) {
    const Group& group = pushed_[method];
    DraftedMessage made = begin(method, group);
    made.from_pool = true;
    const auto& scalars = messages_[group.front()].scalars;
    const auto is_value = [&](const JsonScalar& s) { return !of_envelope(s.path) && s.kind != JsonKind::Null; };
    const auto values = std::count_if(scalars.begin(), scalars.end(), is_value);
    const bool hex = std::any_of(scalars.begin(), scalars.end(), [](const JsonScalar& s) { return is_long_hex(s.text); });
    if (method == job_push_) {
      made.role = MiningRole::Job;
      made.because = "shares repeat its " + told(job_source_);
      made.values.emplace_back("job", told(job_source_));
    } else if (hex) {
      made.role = MiningRole::Job;
      made.because = "it brings long hex that nobody asked for";
    } else if (values == 1 && std::find_if(scalars.begin(), scalars.end(), is_value)->kind == JsonKind::Number) {
      made.role = MiningRole::Difficulty;
      made.because = "it brings one number";
      made.values.emplace_back("difficulty", told(std::find_if(scalars.begin(), scalars.end(), is_value)->path));
    } else {
      made.because = "its part is not known";
    }
    if (made.role == MiningRole::Job)
      for (const JsonScalar& value : scalars)
        if (value.kind == JsonKind::Number && last_key(value.path).find("diff") != std::string_view::npos) {
          made.values.emplace_back("difficulty", told(value.path));
          break;
        }
    return made;
  }

  EnvelopeGuess guess_;
  std::vector<Message> messages_;
  std::map<std::string, Group> asked_, pushed_;  // by method
  std::vector<std::string> asked_order_, pushed_order_;
  std::string submit_, login_, worker_path_, job_path_, job_push_, job_source_;
  std::vector<std::string> doubts_;
};

std::string_view role_word(MiningRole role) {
  constexpr std::array<std::string_view, 12> kWords{"subscribe", "authorise", "getwork", "job", "difficulty", "extranonce", "submit", "hashrate", "keepalive", "configure", "reconnect", "other"};
  return kWords[static_cast<std::size_t>(role)];
}

void write_message(std::ostream& out, const DraftedMessage& message) {
  out << "  # " << message.count << " seen, first in packet " << message.first_frame << ": " << message.because << "\n  - method: " << yaml_text(message.method) << "\n    role: " << role_word(message.role) << "\n";
  for (const auto& [key, path] : message.values) out << "    " << key << ": " << yaml_text(path) << "\n";
  if (!message.when.empty()) {
    out << "    when:\n";
    for (const std::string& shape : message.when) out << "      - " << shape << "\n";
  }
  if (!message.accepted.empty()) {
    out << "    accepted: [[";
    for (std::size_t i = 0; i < message.accepted.size(); ++i) out << (i == 0 ? "" : ", ") << message.accepted[i];
    out << "]]\n";
  }
}

}  // namespace

std::string yaml_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += '\'';
  }
  return out + "'";
}

std::optional<DialectDraft> draft_dialect(const Talk& talk, const std::string& id, const std::string& title, const std::string& evidence, bool solo) {
  const auto guess = guess_envelope(talk);
  if (!guess) return std::nullopt;
  DialectDraft draft = Drafter(talk, *guess).draft();
  if (draft.messages.empty()) return std::nullopt;
  const bool http = std::any_of(talk.messages.begin(), talk.messages.end(), [](const TalkMessage& m) { return m.http; });
  std::ostringstream out;
  out << "# Drafted by `aupsig new` from one conversation. Look at every line before it judges anybody:\n# a description may reach the highest rung of the ladder.\n";
  for (const std::string& doubt : draft.doubts) out << "# In doubt: " << doubt << "\n";
  const bool login = std::any_of(draft.messages.begin(), draft.messages.end(), [](const DraftedMessage& m) { return m.role == MiningRole::Authorise; });
  out << "form: 1\nid: " << id << "\ntitle: " << yaml_text(title) << "\nrevision: 1\nlog_in: " << (login ? "true" : "false") << "\n";
  if (solo) out << "solo: true\n";
  out << "carriers: [" << (http ? "http" : "lines") << "]\nreferences: [" << yaml_text(evidence) << "]\n";
  const Envelope& names = draft.envelope.names;
  if (!(names == Envelope{}))
    out << "envelope: {method: " << yaml_text(names.method) << ", params: " << yaml_text(names.params) << ", id: " << yaml_text(names.id) << ", result: " << yaml_text(names.result) << ", error: " << yaml_text(names.error) << "}\n";
  for (const bool pool : {false, true}) {
    if (std::none_of(draft.messages.begin(), draft.messages.end(), [pool](const DraftedMessage& m) { return m.from_pool == pool; })) continue;
    out << (pool ? "pool:\n" : "miner:\n");
    for (const DraftedMessage& message : draft.messages)
      if (message.from_pool == pool) write_message(out, message);
  }
  draft.yaml = out.str();
  return draft;
}

}  // namespace scanner
