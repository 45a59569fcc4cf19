#include "scanner/app/metrics_server.h"

#include <httplib.h>

#include <thread>
#include <utility>

namespace scanner {

class MetricsServer::Impl {
 public:
  explicit Impl(Answers answers) : answers_(std::move(answers)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(1); };
    // Without SO_REUSEPORT: a second agent must not take half of the first one's requests.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_keep_alive_max_count(8);
    server_.set_read_timeout(2);
    server_.set_write_timeout(2);
    server_.set_payload_max_length(1024);
    answer("/metrics", answers_.metrics, "text/plain; version=0.0.4; charset=utf-8");
    answer("/healthz", answers_.healthz, "text/plain; charset=utf-8");
    answer("/readyz", answers_.readyz, "text/plain; charset=utf-8");
  }
  ~Impl() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool bind(const std::string& host, int port) { return server_.bind_to_port(host, port); }
  void serve() {
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // stop() before the loop runs would be forgotten.
    while (!server_.is_running()) std::this_thread::yield();
  }

 private:
  void answer(const char* path, const std::function<Answer()>& make, const char* type) {
    server_.Get(path, [make, type](const httplib::Request&, httplib::Response& response) {
      const Answer answer = make();
      response.status = answer.good ? 200 : 503;
      response.set_content(answer.text, type);
    });
  }

  Answers answers_;
  httplib::Server server_;
  std::thread thread_;
};

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsServer::~MetricsServer() = default;

Result<std::unique_ptr<MetricsServer>> MetricsServer::open(const std::string& listen, Answers answers) {
  const std::size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  auto impl = std::make_unique<Impl>(std::move(answers));
  if (!impl->bind(host, std::atoi(listen.c_str() + colon + 1))) return fail("control.metrics: " + listen + " cannot be bound: is it in use?");
  impl->serve();
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

}  // namespace scanner
