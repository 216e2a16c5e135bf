// HTTP itself: what is kept open, what is cut off, and who is believed.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/functional/web/gateway_fixture.h"

namespace fob::testing {
namespace {

class Http : public Gateway {
 protected:
  Http() : Gateway("metrics_from = [\"127.0.0.1\"]\n[limits]\nheader_seconds = 1\nbody_seconds = 1\nidle_seconds = 2\n") {}
};

std::string GetText(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
}

TEST_F(Http, KeepsAConnectionOpen) {
  HttpConnection connection(socket_.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(connection.Send(GetText("/healthz")));
    const HttpAnswer answer = connection.Receive();
    EXPECT_EQ(200, answer.status);
    EXPECT_EQ("ok\n", answer.body);
    EXPECT_NE("", answer.Field("date"));
  }
}

TEST_F(Http, AnswersWhatIsPipelinedInItsOrder) {
  HttpConnection connection(socket_.port());
  std::string all;
  for (int i = 0; i < 50; ++i) all += GetText(i % 2 == 0 ? "/healthz" : "/nothing");
  ASSERT_TRUE(connection.Send(all));
  for (int i = 0; i < 50; ++i) ASSERT_EQ(i % 2 == 0 ? 200 : 404, connection.Receive().status) << i;
}

TEST_F(Http, ClosesWhenTheClientSaysSo) {
  HttpConnection connection(socket_.port());
  connection.Send(GetText("/healthz", "Connection: close\r\n"));
  const HttpAnswer answer = connection.Receive();
  EXPECT_EQ(200, answer.status);
  EXPECT_EQ("close", answer.Field("connection"));
  EXPECT_TRUE(connection.Ended());
}

TEST_F(Http, HeadHasNoBodyAndTheLengthOfGet) {
  HttpConnection connection(socket_.port());
  connection.Send("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + GetText("/nothing"));
  char text[4096] = "";
  std::string all;
  while (all.find("404") == std::string::npos) {
    const ssize_t got = ::recv(connection.fd(), text, sizeof text, 0);
    ASSERT_GT(got, 0);
    all.append(text, static_cast<size_t>(got));
  }
  EXPECT_THAT(all, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("ok\n")));
}

TEST_F(Http, SaysContinueWhenAsked) {
  HttpConnection connection(socket_.port());
  connection.Send("POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                  "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(100, connection.Receive().status);
  connection.Send("a=b");
  EXPECT_EQ(401, connection.Receive().status);
}

TEST_F(Http, TellsOnceWhatIsWrongAndHangsUp) {
  // To the byte: nothing else of our memory goes with it.
  struct {
    std::string text;
    int status;
    std::string body;
  } const bad[] = {
      {"nonsense\r\n\r\n", 400, "this is not a well-formed HTTP/1.1 request\n"},
      {"GET / HTTP/1.1\r\n\r\n", 400, "the request has no Host\n"},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "the header field host stands twice\n"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
       "this is not a well-formed HTTP/1.1 request\n"},
      {"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n", 413, "the body is too large\n"},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(70'000, 'a') + "\r\n\r\n", 431, "the header is too large\n"},
  };
  for (const auto& row : bad) {
    HttpConnection connection(socket_.port());
    connection.Send(row.text + GetText("/healthz"));
    const HttpAnswer answer = connection.Receive();
    EXPECT_EQ(row.status, answer.status) << row.text.substr(0, 80);
    EXPECT_EQ(row.body, answer.body) << row.text.substr(0, 80);
    EXPECT_TRUE(connection.Ended());
  }
}

TEST_F(Http, WhoIsSlowIsCutOff) {
  HttpConnection header(socket_.port()), body(socket_.port()), silent(socket_.port()), idle(socket_.port());
  header.Send("GET /healthz HTTP/1.1\r\nHo");
  body.Send("POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  idle.Send(GetText("/healthz"));
  EXPECT_EQ(200, idle.Receive().status);
  EXPECT_EQ(408, header.Receive().status);
  EXPECT_TRUE(header.Ended());
  EXPECT_EQ(408, body.Receive().status);
  EXPECT_TRUE(silent.Ended());
  EXPECT_TRUE(idle.Ended());
}

TEST_F(Http, KnowsItsMethods) {
  EXPECT_EQ(405, browser_.Get("/token").status);
  EXPECT_EQ("POST", browser_.Get("/token").Field("allow"));
  EXPECT_EQ(405, browser_.Ask("DELETE", "/login", "", {}).status);
  EXPECT_EQ("GET, HEAD, POST", browser_.Ask("DELETE", "/login", "", {}).Field("allow"));
  for (const char* method : {"DELETE", "TRACE", "PUT", "POST"}) {
    EXPECT_EQ(405, browser_.Ask(method, "/", "", {}).status) << method;
    EXPECT_EQ("GET, HEAD", browser_.Ask(method, "/", "", {}).Field("allow"));
  }
  EXPECT_EQ(303, browser_.Get("/").status);
  EXPECT_EQ(404, browser_.Get("/tokens").status);
  EXPECT_EQ(404, browser_.Get("/assets/../token").status);
  EXPECT_EQ(404, browser_.Get("/%6cogin").status);
}

TEST_F(Http, MetricsAreNoStrangersBusiness) {
  browser_.Get("/healthz");
  const HttpAnswer metrics = browser_.Get("/metrics");
  EXPECT_EQ(200, metrics.status);
  EXPECT_THAT(metrics.body, HasSubstr("fob_webd_requests_total{path=\"/healthz\",status=\"2xx\"}"));
  EXPECT_THAT(metrics.body, HasSubstr("fob_webd_fobd_connected 1"));
  EXPECT_EQ(404, browser_.Get("/metrics", {{"X-Forwarded-For", "127.0.0.1"}}).status);
  EXPECT_EQ(404, browser_.Get("/metrics", {{"Forwarded", "for=127.0.0.1"}}).status);
}

TEST_F(Http, TheAccessLogTellsNoSecretAndNoLineOfTheClients) {
  browser_.Get("/authorize?code=hush-hush");
  browser_.Get("/%0a<3>forged");
  browser_.Get("/healthz");
  webd_->Stop();
  const std::string log = webd_->log();
  EXPECT_THAT(log, HasSubstr("fob-webd: 127.0.0.1 \"GET /authorize\" "));
  EXPECT_THAT(log, Not(HasSubstr("hush")));
  EXPECT_THAT(log, Not(HasSubstr("\n<3>forged")));
}

TEST_F(Http, EndsCleanlyAndLetsWhatIsUnderWayEnd) {
  fobd_->Stall(true);
  HttpConnection connection(socket_.port());
  connection.Send(GetText("/healthz"));
  while (fobd_->calls() == 0) ::usleep(1000);
  webd_->Signal(SIGTERM);
  fobd_->Stall(false);
  EXPECT_EQ(200, connection.Receive().status);
  EXPECT_EQ(0, webd_->Wait());
}

TEST_F(Http, StartsWithinItsTimeAndStaysSmall) {
  EXPECT_LT(webd_->ready_ms(), 1000);  // the figure itself is bench/run's
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(webd_->rss_kib(), 15 * 1024);
#endif
}

class Behind : public Gateway {
 protected:
  Behind() : Gateway("proxies = [\"127.0.0.1\"]\n") {}
};

TEST_F(Behind, AProxyTellsWhoAsks) {
  std::string rhost;
  fobd_->On<proto::web::BeginLogin>([&](const auto& in) -> Result<proto::web::BeginLogin::Out> {
    rhost = in.rhost;
    return MakeError(Code::kExhausted, "busy", "");
  });
  EXPECT_EQ(429, browser_.Get("/login", {{"X-Forwarded-For", "6.6.6.6, 192.0.2.7"}}).status);
  EXPECT_EQ("192.0.2.7", rhost);
  EXPECT_EQ(404, browser_.Get("/metrics", {{"X-Forwarded-For", "192.0.2.7"}}).status);
}

class OfBothFamilies : public Gateway {
 protected:
  OfBothFamilies() : Gateway("proxies = [\"127.0.0.1\"]\nmetrics_from = [\"127.0.0.1\"]\n", LoopbackSocket::Family::kBoth) {}
};

TEST_F(OfBothFamilies, APeerOfIpv4IsTheOneThatTheFileNames) {
  EXPECT_EQ(200, browser_.Get("/metrics").status);
  browser_.Get("/healthz", {{"X-Forwarded-For", "192.0.2.7"}});
  browser_.Get("/jwks");
  webd_->Stop();
  EXPECT_THAT(webd_->log(), HasSubstr("fob-webd: 192.0.2.7 \"GET /healthz\" "));
  EXPECT_THAT(webd_->log(), HasSubstr("fob-webd: 127.0.0.1 \"GET /jwks\" "));
}

TEST_F(Http, WhoIsNoProxyIsNotBelieved) {
  std::string rhost;
  fobd_->On<proto::web::BeginLogin>([&](const auto& in) -> Result<proto::web::BeginLogin::Out> {
    rhost = in.rhost;
    return MakeError(Code::kExhausted, "busy", "");
  });
  browser_.Get("/login", {{"X-Forwarded-For", "192.0.2.7"}});
  EXPECT_EQ("127.0.0.1", rhost);
}

}  // namespace
}  // namespace fob::testing
