#include <gtest/gtest.h>

#include "daemon/config/settings_text.h"
#include "minimal.h"

namespace fob::config {
namespace {

std::string WebErrorOf(std::string_view middle) {
  const auto parsed = ParseSettings(Minimal(middle), "fobd.toml");
  return parsed.ok() ? "" : parsed.error().text;
}

TEST(Web, IsReadAsItStands) {
  const auto parsed = ParseSettings(Minimal(R"([web]
gateway_uid = 114
origins = ["https://sso.example.org", "http://localhost:8443"]
password_socket = "/run/other/passwd.sock"
password_worker = ["/usr/libexec/fob/fob-passwd", "-v"]
link = "touch")"),
                                    "fobd.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text;
  EXPECT_EQ(parsed->web_uid, 114u);
  EXPECT_EQ(parsed->web_origins.size(), 2u);
  EXPECT_EQ(parsed->password_socket, "/run/other/passwd.sock");
  EXPECT_EQ(parsed->password_worker.size(), 2u);
  EXPECT_TRUE(parsed->link_needs_touch);
}

TEST(Web, WithoutItThereIsNoGatewayAndTheSocketOfTheUnit) {
  const auto parsed = ParseSettings(Minimal(), "fobd.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text;
  EXPECT_FALSE(parsed->web_uid.has_value());
  EXPECT_TRUE(parsed->web_origins.empty() && parsed->password_worker.empty() && !parsed->link_needs_touch);
  EXPECT_EQ(parsed->password_socket, "/run/fob/passwd.sock");
}

// What trusted_uids names acts without a session: as the gateway it would act for anybody.
TEST(Web, TheGatewayIsNobodyWhoIsTrusted) {
  EXPECT_NE(WebErrorOf("socket = \"/tmp/fobd.sock\"\ntrusted_uids = [0, 114]\n[web]\ngateway_uid = 114").find("gateway_uid"), std::string::npos);
  EXPECT_NE(WebErrorOf("[web]\ngateway_uid = 0").find("gateway_uid"), std::string::npos);
}

TEST(Web, WhatDoesNotFitIsRefused) {
  for (const char* line : {R"(origins = ["https://sso.example.org/"])", R"(origins = ["http://sso.example.org"])", R"(origins = ["*"])",
                           R"(origins = ["https://a.example.org", "https://a.example.org"])", R"(password_socket = "passwd.sock")",
                           R"(password_worker = ["fob-passwd"])", R"(link = "always")", "gateway_uid = -1", "pages = 1"}) {
    EXPECT_NE(WebErrorOf(std::string("[web]\n") + line), "") << line;
  }
}

}  // namespace
}  // namespace fob::config
