#include "pam/arguments.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fob::pam {
namespace {

Result<Arguments> Parse(const std::vector<const char*>& arguments) {
  return ParseArguments(arguments);
}

TEST(PamArguments, DefaultsAreThoseOfAnInstalledSystem) {
  const auto arguments = Parse({});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->socket, "/run/fob/fobd.sock");
  EXPECT_EQ(arguments->timeout_ms, 60'000);
  EXPECT_FALSE(arguments->after_password);
}

TEST(PamArguments, EachIsRead) {
  const auto arguments = Parse({"socket=/tmp/x", "timeout=600", "after=password"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->socket, "/tmp/x");
  EXPECT_EQ(arguments->timeout_ms, 600'000);
  EXPECT_TRUE(arguments->after_password);
}

TEST(PamArguments, WhatIsUnknownOrMalformedIsAnErrorThatNamesIt) {
  const std::string long_path = "socket=/" + std::string(107, 'x');
  for (const char* bad : {"", "debug", "sockets=/x", "socket", "socket=", "socket=relative",
                          long_path.c_str(), "timeout=", "timeout=0", "timeout=601", "timeout=-5",
                          "timeout=+5", "timeout= 5", "timeout=5s", "timeout=99999999999999999999",
                          "after=", "after=ssh-key", "after=password ", "Timeout=5"}) {
    const auto arguments = Parse({bad});
    ASSERT_FALSE(arguments.ok()) << bad;
    EXPECT_EQ(arguments.error().code, Code::kInvalidArgument);
    EXPECT_NE(arguments.error().text.find(bad), std::string::npos) << arguments.error().text;
  }
  EXPECT_FALSE(Parse({"timeout=5", "timeout=6"}).ok());
}

}  // namespace
}  // namespace fob::pam
