#include "web/oauth/client_auth.h"

#include <gtest/gtest.h>

namespace fob::web {
namespace {

ClientAuthOr Read(const std::string& authorization, const std::string& body) {
  Request request;
  if (!authorization.empty()) request.fields.emplace_back("authorization", authorization);
  const auto form = Form::Parse(body);
  EXPECT_TRUE(form.ok());
  return ReadClientAuth(request, *form);
}

std::string Secret(const ClientAuth& auth) { return auth.client_secret ? std::string(auth.client_secret->RevealText()) : "-"; }

TEST(ClientAuth, BasicIsFormEncodedBelowItsBase64) {
  // "client%5F1:s%3Ae+c" by RFC 6749 clause 2.3.1
  const auto read = Read("Basic Y2xpZW50JTVGMTpzJTNBZStj", "");
  ASSERT_FALSE(read.bad);
  EXPECT_EQ("client_1", read.auth.client_id);
  EXPECT_EQ("s:e c", Secret(read.auth));
}

TEST(ClientAuth, TakesTheFormsSecretAndPublicClients) {
  EXPECT_EQ("x", Secret(Read("", "client_id=a&client_secret=x").auth));
  const auto of_public = Read("", "client_id=a");
  EXPECT_FALSE(of_public.bad);
  EXPECT_EQ("-", Secret(of_public.auth));
}

TEST(ClientAuth, TakesAnAssertionWithItsType) {
  const std::string type = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
  EXPECT_FALSE(Read("", "client_assertion=e.y.J&" + type).bad);
  EXPECT_EQ("invalid_request", Read("", "client_assertion=e.y.J").bad->error);
  EXPECT_EQ("invalid_request", Read("", "client_assertion=e.y.J&client_assertion_type=x").bad->error);
  EXPECT_EQ("invalid_request", Read("", "client_secret=x&client_assertion=e.y.J&" + type).bad->error);
}

TEST(ClientAuth, RefusesTwoWaysAtOnce) {
  EXPECT_EQ("invalid_request", Read("Basic YTpi", "client_secret=b").bad->error);
  EXPECT_EQ("invalid_request", Read("Basic YTpi", "client_id=other").bad->error);
  EXPECT_FALSE(Read("Basic YTpi", "client_id=a").bad);
}

TEST(ClientAuth, RefusesWhatIsNoBasic) {
  for (const std::string header : {"Bearer YTpi", "Basic", "Basic YTp", "Basic !!!!", "Basic YWI=", "Basic YTo=%", "Basic JTpi"}) {
    const auto read = Read(header, "");
    ASSERT_TRUE(read.bad) << header;
    EXPECT_EQ("invalid_client", read.bad->error) << header;
    EXPECT_EQ(401, read.bad->status) << header;
  }
  EXPECT_EQ("invalid_client", Read("", "").bad->error);
}

}  // namespace
}  // namespace fob::web
