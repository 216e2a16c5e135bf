#include "daemon/host/system_host.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "daemon/host/caller_facts.h"
#include "tests/unit/host/loop.h"

namespace fob::host {
namespace {

TEST(NssAccounts, OwnUidAndItsGroups) {
  const passwd* own = ::getpwuid(::getuid());
  ASSERT_NE(own, nullptr);
  const std::string name = own->pw_name;
  const auto by_uid = NssAccounts().ByUid(::getuid());
  ASSERT_TRUE(by_uid.ok()) << by_uid.error().text;
  EXPECT_EQ(by_uid->name, name);
  EXPECT_EQ(by_uid->uid, ::getuid());
  const group* primary = ::getgrgid(by_uid->gid);
  ASSERT_NE(primary, nullptr);
  EXPECT_THAT(by_uid->groups, testing::Contains(primary->gr_name));
  const auto by_name = NssAccounts().ByName(name);
  ASSERT_TRUE(by_name.ok()) << by_name.error().text;
  EXPECT_EQ(by_name->uid, ::getuid());
}

TEST(NssAccounts, I13_UnknownIsNotFound) {
  for (const std::string name : {"no-such-account-of-fob", "", "a:b", "../root", "a\nb"}) {
    const auto found = NssAccounts().ByName(name);
    ASSERT_FALSE(found.ok()) << name;
    EXPECT_EQ(found.error().code, Code::kNotFound) << name;
  }
  const auto found = NssAccounts().ByUid(4'000'000'001u);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kNotFound);
}

int BrokenGroup(gid_t, group*, char*, size_t, group** found) {
  *found = nullptr;
  return EIO;
}
int HugeGroup(gid_t, group*, char*, size_t, group** found) {
  *found = nullptr;
  return ERANGE;
}
int NoGroup(gid_t, group*, char*, size_t, group** found) {
  *found = nullptr;
  return 0;
}
int LargeGroup(gid_t, group* entry, char* buffer, size_t size, group** found) {
  *found = nullptr;
  if (size < 16u * 1024 * 1024) return ERANGE;
  std::string("large").copy(buffer, size - 1);
  buffer[5] = '\0';
  entry->gr_name = buffer;
  *found = entry;
  return 0;
}
int NoMemoryForList(const char*, gid_t, gid_t*, int*) { return -1; }
int EndlessList(const char*, gid_t, gid_t*, int* count) {
  *count += 1'000'000;
  return -1;
}
int NoDescriptorForList(const char*, gid_t gid, gid_t* gids, int* count) {
  gids[0] = gid;
  *count = 1;
  errno = EMFILE;
  return 1;
}

TEST(NssAccounts, I1_I13_GroupsThatCannotBeLookedUpFailTheAccount) {
  GroupCalls broken;
  broken.by_gid = BrokenGroup;
  GroupCalls huge;
  huge.by_gid = HugeGroup;
  GroupCalls no_memory;
  no_memory.list = NoMemoryForList;
  GroupCalls endless;
  endless.list = EndlessList;
  GroupCalls no_descriptor;
  no_descriptor.list = NoDescriptorForList;
  for (const GroupCalls& calls : {broken, huge, no_memory, endless, no_descriptor}) {
    const auto account = NssAccounts(calls).ByUid(::getuid());
    ASSERT_FALSE(account.ok());
    EXPECT_EQ(account.error().code, Code::kUnavailable);
    EXPECT_EQ(account.error().reason, "nss");
  }
}

TEST(NssAccounts, I13_AGidWithoutAGroupHasNoName) {
  GroupCalls none;
  none.by_gid = NoGroup;
  const auto account = NssAccounts(none).ByUid(::getuid());
  ASSERT_TRUE(account.ok()) << account.error().text;
  EXPECT_TRUE(account->groups.empty());
}

TEST(NssAccounts, AGroupMayHaveVeryManyMembers) {
  GroupCalls large;
  large.by_gid = LargeGroup;
  const auto account = NssAccounts(large).ByUid(::getuid());
  ASSERT_TRUE(account.ok()) << account.error().text;
  EXPECT_THAT(account->groups, testing::Contains("large"));
}

TEST(NssAccounts, GroupsAreLookedUpOnlyWhereTheyAreWanted) {
  GroupCalls broken;
  broken.by_gid = BrokenGroup;
  broken.list = NoMemoryForList;
  const auto account = NssAccounts(broken).ByUid(::getuid(), Accounts::Groups::kSkip);
  ASSERT_TRUE(account.ok()) << account.error().text;
  EXPECT_TRUE(account->groups.empty());
}

struct OneSession final : Sessions {
  explicit OneSession(std::optional<LogindSession> s) : session(std::move(s)) {}
  std::optional<LogindSession> Of(int32_t) const override { return session; }
  bool IsThere(const std::string& id) const override { return session.has_value() && session->id == id; }
  std::optional<LogindSession> session;
};

// A /proc of one process, 42.
class CallerFactsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "fob-proc-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    std::filesystem::create_directory(root_ + "/42");
    Write("stat", "42 (sshd) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 5000 0 0\n");
    Write("status", "Name:\tsshd\nUid:\t0\t0\t0\t0\n");
    Write("sessionid", "7\n");
    Write("comm", "sshd\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& file, const std::string& text) { std::ofstream(root_ + "/42/" + file) << text; }
  Result<core::CallerFacts> Read(core::Peer peer, std::optional<LogindSession> session = std::nullopt) {
    return ReadCallerFacts(peer, ProcFiles(root_), OneSession(std::move(session)));
  }

  std::string root_;
};

const core::Peer kPeer = {.uid = 0, .gid = 0, .pid = 42, .start_time = 5000};

TEST_F(CallerFactsTest, AuditSessionComesFirst) {
  const auto facts = Read(kPeer, LogindSession{"c2", "seat0", true, true});
  ASSERT_TRUE(facts.ok()) << facts.error().text;
  EXPECT_EQ(facts->kernel_session, "audit:7");
  EXPECT_TRUE(facts->session_known);
  EXPECT_TRUE(facts->session_remote);
  EXPECT_TRUE(facts->session_active);
  EXPECT_EQ(facts->seat, "seat0");
  EXPECT_EQ(facts->executable, "sshd");
}

TEST_F(CallerFactsTest, ElseTheLogindSessionElseNone) {
  Write("sessionid", "4294967295\n");
  EXPECT_EQ(Read(kPeer, LogindSession{"c2", "", false, false})->kernel_session, "logind:c2");
  const auto facts = Read(kPeer);
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->kernel_session, "");
  EXPECT_FALSE(facts->session_known);
}

TEST_F(CallerFactsTest, AnotherProcessOfThatPidIsGone) {
  core::Peer peer = kPeer;
  peer.start_time = 4999;
  EXPECT_EQ(Read(peer).error().reason, "caller_gone");
  peer = kPeer;
  peer.uid = 1000;
  EXPECT_EQ(Read(peer).error().reason, "caller_gone");
  peer = kPeer;
  peer.pid = 43;
  EXPECT_EQ(Read(peer).error().reason, "caller_gone");
  peer.pid = 0;
  EXPECT_EQ(Read(peer).error().reason, "caller_gone");
}

// The process is the gateway's, and its session is not the one of who sits at the browser.
TEST_F(CallerFactsTest, ABrowsersUserIsInNoSessionOfThisHost) {
  Write("status", "Name:\tfob-webd\nUid:\t990\t990\t990\t990\n");
  core::Peer peer = kPeer;
  peer.uid = 1000;
  peer.browser = std::make_shared<const core::BrowserUser>(core::BrowserUser{990, "login_1", "key_1", 0});
  const auto facts = Read(peer, LogindSession{"c2", "seat0", false, true});
  ASSERT_TRUE(facts.ok()) << facts.error().text;
  EXPECT_FALSE(facts->session_known);
  EXPECT_EQ(facts->kernel_session, "");
  EXPECT_EQ(facts->seat, "");
  peer.browser = std::make_shared<const core::BrowserUser>(core::BrowserUser{991, "login_1", "key_1", 0});
  EXPECT_EQ(Read(peer).error().reason, "caller_gone");
}

// The pid goes to another process between the first and the last look.
TEST_F(CallerFactsTest, ReuseWhileReadingIsSeen) {
  struct Reusing final : Sessions {
    explicit Reusing(std::string p) : path(std::move(p)) {}
    bool IsThere(const std::string&) const override { return true; }
    std::optional<LogindSession> Of(int32_t) const override {
      std::ofstream(path) << "42 (evil) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 6000 0 0\n";
      return std::nullopt;
    }
    std::string path;
  };
  const auto facts = ReadCallerFacts(kPeer, ProcFiles(root_), Reusing(root_ + "/42/stat"));
  ASSERT_FALSE(facts.ok());
  EXPECT_EQ(facts.error().code, Code::kUnavailable);
}

TEST(SystemHost, DescribesItsOwnProcess) {
  Loop loop;
  SystemHost host(loop.post());
  const core::Peer self = {::getuid(), ::getgid(), ::getpid(), ReadStartTime(::getpid())};
  EXPECT_NE(self.start_time, 0u);
  std::optional<Result<core::CallerFacts>> facts;
  host.DescribeCaller(self, [&](Result<core::CallerFacts> outcome) { facts.emplace(std::move(outcome)); });
  ASSERT_TRUE(loop.RunNext());
  ASSERT_TRUE(facts.has_value() && facts->ok()) << facts->error().text;
  EXPECT_EQ((*facts)->executable, "host_test");
  EXPECT_EQ((*facts)->boot_id, host.BootId());
  EXPECT_EQ(host.BootId().size(), 36u);
  EXPECT_FALSE(host.HostName().empty());
}

TEST(SystemHost, IdentifiesAccountAndCallerInOneStep) {
  Loop loop;
  SystemHost host(loop.post());
  const core::Peer self = {::getuid(), ::getgid(), ::getpid(), ReadStartTime(::getpid())};
  std::vector<Result<core::Parties>> answers;
  const auto keep = [&](Result<core::Parties> outcome) { answers.push_back(std::move(outcome)); };
  const std::string own = ::getpwuid(::getuid())->pw_name;
  host.Identify(self, std::nullopt, core::Host::Groups::kLookUp, keep);
  ASSERT_TRUE(loop.RunNext());
  host.Identify(self, own, core::Host::Groups::kSkip, keep);
  ASSERT_TRUE(loop.RunNext());
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.error().text;
    EXPECT_EQ(answer->account.name, own);
    EXPECT_EQ(answer->account.uid, ::getuid());
    EXPECT_EQ(answer->caller.executable, "host_test");
    EXPECT_EQ(answer->caller.boot_id, host.BootId());
  }
  EXPECT_FALSE(answers.at(0)->account.groups.empty());
  EXPECT_TRUE(answers.at(1)->account.groups.empty());

  host.Identify(self, "no-such-account-of-fob", core::Host::Groups::kSkip, keep);
  ASSERT_TRUE(loop.RunNext());
  EXPECT_EQ(answers.at(2).error().code, Code::kNotFound);
  core::Peer gone = self;
  gone.start_time += 1;
  host.Identify(gone, own, core::Host::Groups::kSkip, keep);
  ASSERT_TRUE(loop.RunNext());
  EXPECT_EQ(answers.at(3).error().reason, "caller_gone");
}

TEST(SystemHost, HungAccountsAreUnavailableAndCallersStillDescribed) {
  struct HungAccounts final : Accounts {
    explicit HungAccounts(std::shared_ptr<Door> d) : door(std::move(d)) {}
    Result<core::Account> ByName(const std::string&, Groups) const override {
      door->Pass();
      return core::Account{};
    }
    Result<core::Account> ByUid(uint32_t, Groups groups) const override { return ByName("", groups); }
    std::shared_ptr<Door> door;
  };
  Loop loop;
  const auto door = std::make_shared<Door>();
  SystemHost host({std::make_shared<HungAccounts>(door), std::make_shared<OneSession>(std::nullopt), ProcFiles()},
                  {.threads = 2, .queue = 8, .most_lost = 4, .deadline_ms = 250}, loop.post());
  std::vector<std::string> answers;
  const auto keep = [&](Result<core::Account> outcome) { answers.push_back(outcome.ok() ? "ok" : outcome.error().reason); };
  host.AccountByName("ada", keep);
  host.AccountByUid(1000, keep);
  ASSERT_TRUE(loop.RunNext(2));
  EXPECT_EQ(answers, (std::vector<std::string>{"timed_out", "timed_out"}));
  std::string described;
  host.DescribeCaller({::getuid(), ::getgid(), ::getpid(), 0},
                      [&](Result<core::CallerFacts> facts) { described = facts.ok() ? "ok" : facts.error().reason; });
  ASSERT_TRUE(loop.RunNext());
  EXPECT_EQ(described, "ok");
  door->Open();
}

}  // namespace
}  // namespace fob::host
