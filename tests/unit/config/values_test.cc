#include "daemon/config/values.h"

#include <gtest/gtest.h>

#include "daemon/config/spelling.h"

namespace fob::config {
namespace {

TEST(Values, Issuer) {
  for (const auto* good : {"https://login.example.org", "https://a.b:8443/x/y", "http://localhost", "http://127.0.0.1:80",
                           "https://192.0.2.1"}) {
    EXPECT_EQ(IssuerProblem(good), "") << good;
  }
  for (const auto* bad : {"", "login.example.org", "ftp://a.example", "https://", "https:///x", "http://example.org",
                          "http://localhost.example.org", "https://a.example?x", "https://a.example#x", "https://u@a.example",
                          "https://a.example:0", "https://a.example:99999", "https://a.example:", "https://A.example",
                          "https://a..example", "https://a.example/\n", "https://-a.example", "http://127.0.0.1.evil.example"}) {
    EXPECT_NE(IssuerProblem(bad), "") << bad;
  }
}

TEST(Values, RpId) {
  for (const auto* good : {"localhost", "login.example.org", "a-b.c1"}) EXPECT_EQ(RpIdProblem(good), "") << good;
  for (const auto* bad : {"", "https://a.example", "a.example:443", "A.example", "192.0.2.1", "a.example.", ".a", "a b",
                          "a_b.example", "-a.example", "a-.example"}) {
    EXPECT_NE(RpIdProblem(bad), "") << bad;
  }
  EXPECT_NE(RpIdProblem(std::string(64, 'a') + ".example"), "");
  std::string longest;
  while (longest.size() < 250) longest += "abcdefghi.";
  EXPECT_NE(RpIdProblem(longest + "abcd"), "");
}

TEST(Values, Path) {
  for (const auto* good : {"/a", "/run/fob/fobd.sock", "/a/..b"}) EXPECT_EQ(PathProblem(good), "") << good;
  for (const auto* bad : {"", "/", "a", "/a/", "/a//b", "/./a", "/a/..", "/a\nb"}) EXPECT_NE(PathProblem(bad), "") << bad;
  EXPECT_EQ(SocketPathProblem("/" + std::string(106, 'a')), "");
  EXPECT_NE(SocketPathProblem("/" + std::string(107, 'a')), "");
}

TEST(Values, Names) {
  for (const auto* good : {"sshd", "polkit-1", "gdm-password", "user@", "a.b"}) EXPECT_EQ(ServiceProblem(good), "") << good;
  for (const auto* bad : {"", "..", "a/b", "a b", ".hidden"}) EXPECT_NE(ServiceProblem(bad), "") << bad;
  for (const auto* good : {"ada", "DOMAIN\\ada", "ada@example.org", "domain users"}) EXPECT_EQ(AccountProblem(good), "") << good;
  for (const auto* bad : {"", "a:b", "a/b", "-a", " a", "a\n", "a,b"}) EXPECT_NE(AccountProblem(bad), "") << bad;
}

TEST(Spelling, Nearest) {
  constexpr std::string_view kWords[] = {"issuer", "rp_id", "socket"};
  EXPECT_EQ(Nearest("isuer", kWords), "issuer");
  EXPECT_EQ(Nearest("rpid", kWords), "rp_id");
  EXPECT_EQ(Nearest("sockets", kWords), "socket");
  EXPECT_EQ(Nearest("policy", kWords), "");
  EXPECT_EQ(Nearest("", kWords), "");
  EXPECT_EQ(Nearest(std::string(100'000, 'a'), kWords), "");
}

}  // namespace
}  // namespace fob::config
