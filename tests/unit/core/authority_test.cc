#include "daemon/core/authority.h"

#include <gtest/gtest.h>

namespace fob::core {
namespace {

Peer Uid(uint32_t uid) { return {uid, uid, 1, 1}; }

class AuthorityTest : public ::testing::Test {
 protected:
  AuthorityTest() { settings_.callers = {{113, {"postgresql", "pgbouncer"}}, {114, {"dovecot"}}}; }
  Settings settings_;
  Authority authority_{settings_};
};

TEST_F(AuthorityTest, I5_WhoMayCallByUidAlone) {
  const struct {
    Peer peer;
    bool anyone, self_or_trusted, login_caller, trusted;
  } rows[] = {
      {Uid(0), true, true, true, true},
      {Uid(113), true, true, true, false},
      {Uid(1000), true, true, false, false},
      {Uid(65534), true, true, false, false},
      {Peer{}, true, true, false, false},               // a peer that nobody filled
      {Peer{1000, 0, 1, 1}, true, true, false, false},  // gid 0 is no uid 0
      {Peer{1, 113, 1, 1}, true, true, false, false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(authority_.Admit(row.peer, Who::kAnyone).ok(), row.anyone) << row.peer.uid;
    EXPECT_EQ(authority_.Admit(row.peer, Who::kSelfOrTrusted).ok(), row.self_or_trusted)
        << row.peer.uid;
    EXPECT_EQ(authority_.Admit(row.peer, Who::kLoginCaller).ok(), row.login_caller) << row.peer.uid;
    EXPECT_EQ(authority_.Admit(row.peer, Who::kTrusted).ok(), row.trusted) << row.peer.uid;
  }
  EXPECT_EQ(authority_.Admit(Uid(1000), Who::kTrusted).error().code, Code::kNotPermitted);
}

TEST_F(AuthorityTest, AWordBeyondTheListAdmitsNobody) {
  EXPECT_FALSE(authority_.Admit(Uid(0), static_cast<Who>(99)).ok());
}

TEST_F(AuthorityTest, I5_AGrantedUidRunsLoginsOfItsServicesOnly) {
  EXPECT_TRUE(authority_.MayRunLogins(Uid(113), "postgresql"));
  EXPECT_TRUE(authority_.MayRunLogins(Uid(113), "pgbouncer"));
  for (const char* service : {"sshd", "dovecot", "postgres", "postgresql2", ""}) {
    EXPECT_FALSE(authority_.MayRunLogins(Uid(113), service)) << service;
  }
  EXPECT_FALSE(authority_.MayRunLogins(Uid(1000), "postgresql"));
  EXPECT_TRUE(authority_.MayRunLogins(Uid(0), "anything"));
  EXPECT_FALSE(authority_.IsTrusted(Uid(113)));
}

TEST_F(AuthorityTest, OthersActForThemselvesTrustedOnesForAnyone) {
  EXPECT_TRUE(authority_.MayActFor(Uid(1000), 1000));
  EXPECT_FALSE(authority_.MayActFor(Uid(1000), 1001));
  EXPECT_FALSE(authority_.MayActFor(Uid(1000), 0));
  EXPECT_FALSE(authority_.MayActFor(Uid(113), 1000));
  EXPECT_TRUE(authority_.MayActFor(Uid(0), 1000));
}

TEST_F(AuthorityTest, TheTrustedUidsAreThoseOfTheSettings) {
  settings_.trusted_uids = {1000};
  EXPECT_TRUE(authority_.IsTrusted(Uid(1000)));
  EXPECT_FALSE(authority_.IsTrusted(Uid(0)));
}

}  // namespace
}  // namespace fob::core
