#include "scanner/protocol/http_login.h"
#include "scanner/model/digest.h"
#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::string basic(std::string_view credentials) { return "Authorization: Basic " + to_base64(as_bytes(credentials)) + "\r\n"; }
std::string get(const std::string& headers) { return "GET /a HTTP/1.1\r\nHost: a.test.example\r\n" + headers + "\r\n"; }
std::string post(std::string_view type, const std::string& body, const std::string& headers = "") {
  return "POST /login HTTP/1.1\r\nContent-Type: " + std::string(type) + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string form(const std::string& body, const std::string& headers = "") { return post("application/x-www-form-urlencoded; charset=utf-8", body, headers); }
std::string answer(const std::string& status, const std::string& headers = "") { return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: 0\r\n\r\n"; }

std::vector<LoginSeen> seen_in(const std::vector<Segment>& segments) {
  FlowRun run(test_flow(80));
  for (const Segment& segment : segments) run.say(segment.sender, segment.bytes);
  check_every_cut(test_flow(80), segments);
  return run.sink.all<LoginSeen>();
}

std::vector<LoginSeen> seen_of(const std::string& request, const std::string& response) { return seen_in({{kClient, request}, {kServer, response}}); }

const std::string kNo = answer("401 Unauthorized");

}  // namespace

TEST_CASE("Basic credentials that are refused or accepted are told as numbers", "[protocol]") {
  const auto logins = seen_in({{kClient, get(basic("ann:one"))}, {kServer, kNo}, {kClient, get(basic("ann:two"))}, {kServer, kNo}, {kClient, get(basic("ann:three"))}, {kServer, answer("200 OK")}});
  REQUIRE(logins.size() == 3);
  CHECK(logins[0].protocol == "http");
  CHECK(logins[0].step == LoginStep::Refused);
  CHECK(logins[0].credentials != logins[1].credentials);
  CHECK(logins[0].name == logins[1].name);
  CHECK_FALSE(logins[0].hidden);
  CHECK(logins[2].step == LoginStep::Accepted);
}

TEST_CASE("a request without credentials is refused nothing, and a server's fault is no refusal", "[protocol]") {
  CHECK(seen_of(get(""), kNo).empty());
  CHECK(seen_of(get(basic("ann:one")), answer("503 Busy")).empty());
  CHECK(seen_of(get(basic("ann:one")), answer("403 Forbidden")).empty());
  CHECK(seen_of(get(basic("ann:one")), answer("404 Not Found")).empty());
}

TEST_CASE("credentials that are let in again and again on one flow are told once", "[protocol]") {
  const Segment asked{kClient, get(basic("ann:one"))}, let_in{kServer, answer("200 OK")};
  CHECK(seen_in({asked, let_in, asked, let_in, asked, let_in}).size() == 1);
}

TEST_CASE("tokens, signatures and handshakes are no log-ins that can be told apart", "[protocol]") {
  for (const char* value : {"Bearer eyJhbGciOi.x.y", "AWS4-HMAC-SHA256 Credential=a, Signature=b", "NTLM TlRMTVNTUAADAAAA", "Negotiate YIIabc", "Token x", "", "Basic", "Basic !!", "Basic YWJj", "Digest realm=\"a\""}) {
    INFO(value);
    CHECK_FALSE(login_of_authorization(value));
    CHECK(seen_of(get("Authorization: " + std::string(value) + "\r\n"), kNo).empty());
  }
  CHECK_FALSE(login_of_authorization("Basic " + to_base64(as_bytes("ci:" + std::string(120, 't')))));
}

TEST_CASE("of Digest the name is known, and an old nonce is no wrong password", "[protocol]") {
  const auto ask = [](const char* response) { return get("Authorization: Digest username=\"ann\", nonce=\"n\", response=\"" + std::string(response) + "\"\r\n"); };
  const auto logins = seen_in({{kClient, ask("1")}, {kServer, kNo}, {kClient, ask("2")}, {kServer, answer("401 Unauthorized", "WWW-Authenticate: Digest nonce=\"m\", stale=TRUE\r\n")}, {kClient, ask("3")}, {kServer, kNo}});
  REQUIRE(logins.size() == 2);
  CHECK(logins[0].hidden);
  CHECK(logins[0].credentials == logins[1].credentials);
  CHECK(logins[0].credentials == logins[0].name);
}

TEST_CASE("a form or JSON with a password that is refused is a log-in, whatever protects it against forgery", "[protocol]") {
  for (const std::string& request : {form("csrf_token=1&user=ann&password=x"), form("csrf_token=2&user=ann&password=x"), form("log=ann&pwd=x"), post("application/json", R"({ "username" : "ann", "password" : "x" })"),
                                     post("application/json", R"({"in":{"email":"a@b.example","passwd":"x\"y"}})")})
    for (const char* status : {"401 Unauthorized", "403 Forbidden"}) {
      INFO(request);
      const auto logins = seen_of(request, answer(status));
      REQUIRE(logins.size() == 1);
      CHECK(logins[0].step == LoginStep::Refused);
    }
  CHECK(login_of_form("token=1&user=ann&password=x")->credentials == login_of_form("token=2&user=ann&password=x")->credentials);
  CHECK(login_of_form("user=ann&password=x")->credentials != login_of_form("user=ann&password=y")->credentials);
  CHECK(login_of_form("user=ann&password=x")->name != login_of_form("user=bob&password=x")->name);
}

TEST_CASE("posts without a password, of other kinds or with another log-in beside are not forms that log in", "[protocol]") {
  CHECK(seen_of(form("user=ann&comment=hello"), kNo).empty());
  CHECK(seen_of(form("user=ann&password="), kNo).empty());
  CHECK(seen_of(post("application/json", R"([1,{"level":"warn","passed":3}])"), kNo).empty());
  CHECK(seen_of(post("text/plain", "password=x"), kNo).empty());
  CHECK(seen_of(form("user=ann&password=x", "Authorization: Bearer t\r\n"), kNo).empty());
  CHECK(seen_of(form("user=ann&password=x", "Content-Encoding: gzip\r\n"), kNo).empty());
}

TEST_CASE("of a long form the first KiB is looked at", "[protocol]") {
  CHECK(seen_of(form("password=x&user=ann&more=" + std::string(3000, 'm')), kNo).size() == 1);
  CHECK(seen_of(form("more=" + std::string(1100, 'm') + "&password=x"), kNo).empty());
}

TEST_CASE("a request that a proxy passes on says so", "[protocol]") {
  for (const char* header : {"X-Forwarded-For: 203.0.113.9\r\n", "Forwarded: for=203.0.113.9\r\n", "Via: 1.1 front\r\n", "X-Real-IP: 203.0.113.9\r\n"}) {
    REQUIRE(seen_of(get(header + basic("ann:one")), kNo).size() == 1);
    CHECK(seen_of(get(header + basic("ann:one")), kNo)[0].passed_on);
    CHECK(seen_of(form("user=ann&password=x", header), kNo)[0].passed_on);
  }
  CHECK_FALSE(seen_of(get(basic("ann:one")), kNo)[0].passed_on);
}

TEST_CASE("answers belong to their requests, also where several wait", "[protocol]") {
  const auto logins = seen_in({{kClient, get("") + get(basic("ann:one")) + get("")}, {kServer, answer("401 no") + answer("200 OK") + answer("401 no")}});
  REQUIRE(logins.size() == 1);
  CHECK(logins[0].step == LoginStep::Accepted);
}

TEST_CASE("a form with a hole is none", "[protocol]") {
  FlowRun run(test_flow(80));
  const std::string request = form("user=ann&password=x");
  run.say(kClient, request.substr(0, request.size() - 4));
  run.lose(kClient, 4);
  run.say(kServer, kNo);
  CHECK(run.sink.all<LoginSeen>().empty());
}
