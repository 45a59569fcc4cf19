#include "scanner/io/http_sink.h"

#include <algorithm>
#include <curl/curl.h>
#include <unistd.h>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kKeptAnswer = 200;

std::size_t keep_answer(char* data, std::size_t, std::size_t size, void* kept) {
  auto& text = *static_cast<std::string*>(kept);
  text.append(data, std::min(size, kKeptAnswer - std::min(text.size(), kKeptAnswer)));
  return size;
}

int asked_to_stop(void* interrupted, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(interrupted)->load() ? 1 : 0;
}

int close_socket(void* own, curl_socket_t descriptor) {
  static_cast<OwnTraffic*>(own)->closing(descriptor);
  return ::close(descriptor);
}

// The answer's text comes from outside and goes to a log: one line of plain characters.
std::string plain(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  return text;
}

}  // namespace

struct HttpSink::Connection {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = {};

  explicit Connection(const HttpSinkOptions& options, std::atomic<bool>& interrupted) {
    static const CURLcode kStarted = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    easy = kStarted == CURLE_OK ? ::curl_easy_init() : nullptr;
    if (easy == nullptr) return;
    headers = ::curl_slist_append(nullptr, "Content-Type: application/cloudevents-batch+json; charset=UTF-8");
    headers = ::curl_slist_append(headers, "Expect:");
    if (!options.token.empty()) headers = ::curl_slist_append(headers, ("Authorization: Bearer " + options.token).c_str());
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_URL, options.url.c_str());
    set(CURLOPT_USERAGENT, "aupscan");
    set(CURLOPT_POST, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, options.proxy.c_str());
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
    set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
    if (!options.certificate_file.empty()) set(CURLOPT_SSLCERT, options.certificate_file.c_str());
    if (!options.key_file.empty()) set(CURLOPT_SSLKEY, options.key_file.c_str());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, error);
    set(CURLOPT_WRITEFUNCTION, keep_answer);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, asked_to_stop);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&interrupted));
    if (!options.own_traffic) return;
    set(CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(options.own_traffic.get()));
  }
  ~Connection() {
    ::curl_slist_free_all(headers);
    if (easy != nullptr) ::curl_easy_cleanup(easy);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  template <typename Value>
  void set(CURLoption option, Value value) {
    static_cast<void>(::curl_easy_setopt(easy, option, value));
  }
};

HttpSink::HttpSink(HttpSinkOptions options) : options_(std::move(options)), connection_(std::make_unique<Connection>(options_, interrupted_)) {}
HttpSink::~HttpSink() = default;

SinkOutcome outcome_of_status(long status) {
  if (status >= 200 && status < 300) return SinkOutcome::Delivered;
  for (const long poison : {400L, 409L, 410L, 413L, 415L, 422L})
    if (status == poison) return SinkOutcome::Poison;
  return SinkOutcome::Retry;
}

SinkAnswer HttpSink::deliver(std::span<const Outgoing> events) {
  Connection& connection = *connection_;
  if (connection.easy == nullptr) return {SinkOutcome::Retry, 0, {}, "libcurl cannot be started"};
  std::string body = "[", answer;
  for (const Outgoing& event : events) body += (body.size() > 1 ? "," : "") + event.json;
  body += "]";
  connection.set(CURLOPT_POSTFIELDS, body.c_str());
  connection.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  connection.set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
  connection.error[0] = '\0';
  const CURLcode code = ::curl_easy_perform(connection.easy);
  if (code != CURLE_OK) return {SinkOutcome::Retry, 0, {}, connection.error[0] != '\0' ? connection.error : ::curl_easy_strerror(code)};
  long status = 0;
  curl_off_t retry_after = 0;
  ::curl_easy_getinfo(connection.easy, CURLINFO_RESPONSE_CODE, &status);
  ::curl_easy_getinfo(connection.easy, CURLINFO_RETRY_AFTER, &retry_after);
  SinkAnswer out;
  out.outcome = outcome_of_status(status);
  if (out.outcome == SinkOutcome::Delivered) {
    out.delivered = events.size();
    return out;
  }
  constexpr curl_off_t kMostSeconds = 86'400;
  out.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(retry_after, 0, kMostSeconds));
  out.why = "the collector answers HTTP " + std::to_string(status) + (answer.empty() ? "" : ": " + plain(answer));
  return out;
}

}  // namespace scanner
