// Either process goes away and comes back.
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "tests/functional/web/gateway_fixture.h"

namespace fob::testing {
namespace {

namespace token = proto::token;
constexpr const char* kForm = "grant_type=client_credentials&client_id=a&client_secret=b";

class Recovery : public Gateway {
 protected:
  Recovery() : Gateway("call_seconds = 2\n") {
    fobd_->On<token::ClientCredentials>([](const auto&) -> Result<token::ClientCredentials::Out> {
      token::ClientCredentials::Out out;
      out.token_type = "Bearer";
      return out;
    });
  }
};

TEST_F(Recovery, ARestartOfFobdIsWaitedFor) {
  ASSERT_EQ(200, browser_.Post("/token", kForm).status);
  fobd_->Stop();
  std::thread later([this] {
    ::usleep(300'000);
    fobd_->Start();
  });
  EXPECT_EQ(200, browser_.Post("/token", kForm).status);
  later.join();
}

TEST_F(Recovery, WithoutFobdEverythingSaysSoInTime) {
  fobd_->Stop();
  const HttpAnswer answer = browser_.Post("/token", kForm);
  EXPECT_EQ(503, answer.status);
  EXPECT_NE("", answer.Field("retry-after"));
  EXPECT_EQ("temporarily_unavailable", Text(Json(answer), "error"));
  EXPECT_EQ(503, browser_.Get("/healthz").status);
  const HttpAnswer page = browser_.Get("/login", {{"Accept", "text/html"}});
  EXPECT_EQ(503, page.status);
  EXPECT_THAT(page.body, HasSubstr("load this page again"));
  fobd_->Start();
  EXPECT_EQ(200, browser_.Post("/token", kForm).status);
}

TEST_F(Recovery, AnFobdThatStallsIsGivenUp) {
  ASSERT_EQ(200, browser_.Get("/healthz").status);
  fobd_->Stall(true);
  EXPECT_EQ(503, browser_.Get("/healthz").status);
  fobd_->Stall(false);
  EXPECT_EQ(200, browser_.Get("/healthz").status);
}

TEST_F(Recovery, WhatWasUnderWayIsNotAskedTwice) {
  int redemptions = 0;
  fobd_->On<token::RedeemCode>([&](const auto&) -> Result<token::RedeemCode::Out> {
    ++redemptions;
    ::usleep(300'000);
    return token::RedeemCode::Out{};
  });
  ASSERT_EQ(200, browser_.Get("/healthz").status);
  std::thread stops([this] {
    ::usleep(100'000);
    fobd_->Stop();
    fobd_->Start();
  });
  EXPECT_EQ(503, browser_.Post("/token", "grant_type=authorization_code&code=c&client_id=a&client_secret=b").status);
  stops.join();
  EXPECT_EQ(1, redemptions) << "nobody knows what became of it: only the client may ask again";
}

TEST_F(Recovery, AKilledGatewayGoesOnWhereItWas) {
  fobd_->On<proto::web::BeginLogin>([](const auto&) -> Result<proto::web::BeginLogin::Out> {
    proto::web::BeginLogin::Out out;
    out.step.attempt = SecretBytes(std::string_view("attempt-1"));
    return out;
  });
  fobd_->On<proto::web::ProvePassword>([](const auto& in) -> Result<proto::web::ProvePassword::Out> {
    proto::web::ProvePassword::Out out;
    out.step.attempt = in.attempt.Clone();
    out.step.session = SecretBytes(std::string_view("session-1"));
    return out;
  });
  const HttpAnswer page = browser_.Get("/login");
  webd_->Kill();
  webd_->Start();
  EXPECT_EQ("/account", browser_.Submit("/login", "do=password&password=x&attempt=" + HiddenField(page.body, "attempt")).Field("location"));
}

TEST_F(Recovery, AStalledGatewayLosesNothing) {
  webd_->Signal(SIGSTOP);
  std::thread wakes([this] {
    ::usleep(300'000);
    webd_->Signal(SIGCONT);
  });
  EXPECT_EQ(200, browser_.Post("/token", kForm).status);
  wakes.join();
}

}  // namespace
}  // namespace fob::testing
