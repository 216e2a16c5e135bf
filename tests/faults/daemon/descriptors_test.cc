// No descriptor is left: fobd keeps those whom it serves, refuses the rest, and recovers by itself.
#include <dirent.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

using ::testing::AnyOf;

class Descriptors : public EndToEnd {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "to see what memory is readable the sanitizer takes descriptors of its own";
#endif
    EndToEnd::SetUp();
  }
  rlim_t OpenInDaemon() const {
    rlim_t count = 0;
    DIR* folder = ::opendir(("/proc/" + std::to_string(daemon_.pid()) + "/fd").c_str());
    while (const dirent* entry = ::readdir(folder)) count += entry->d_name[0] != '.' ? 1 : 0;
    ::closedir(folder);
    return count;
  }
  void LimitDaemonTo(rlim_t count) {
    rlimit before{};
    ASSERT_EQ(0, ::prlimit(daemon_.pid(), RLIMIT_NOFILE, nullptr, &before));
    const rlimit lower{count, before.rlim_max};
    ASSERT_EQ(0, ::prlimit(daemon_.pid(), RLIMIT_NOFILE, &lower, nullptr));
  }
  static Result<proto::admin::Status::Out> Ask(proto::Connection& connection, int64_t ms) {
    return connection.Call<proto::admin::Status>({}, proto::DeadlineIn(ms));
  }
};

TEST_F(Descriptors, AllUsedUpCostNobodyWhoIsServedAndComeBack) {
  EnrolTotp();
  proto::Connection first = daemon_.Connect();
  ASSERT_TRUE(Ask(first, 10'000).ok());
  LimitDaemonTo(OpenInDaemon() + 4);
  std::vector<proto::Connection> crowd;
  size_t served = 0;
  for (int i = 0; i < 12; ++i) {
    crowd.push_back(daemon_.Connect());
    if (!Ask(crowd.back(), 300).ok()) break;
    ++served;
  }
  EXPECT_LT(served, 12u);
  EXPECT_GE(served, 1u);
  // Who was there before goes on, and a login from outside is denied in time.
  EXPECT_TRUE(Ask(first, 10'000).ok()) << daemon_.log();
  {
    ScriptedConversation person;
    person.Error("");
    EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("brief", person).Authenticate());
  }
  crowd.clear();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
  EXPECT_TRUE(Ask(first, 10'000).ok());
}

TEST_F(Descriptors, NoneForAWorkerIsSaidAndComesBack) {
  proto::Connection first = daemon_.Connect();
  const auto enrol = [&] {
    proto::enrol::EnrolKey::In in;
    in.user = Me();
    in.name = "blue";
    in.timeout_ms = 1000;
    return ReasonOf(first.Stream<proto::enrol::EnrolKey>(in, proto::DeadlineIn(20'000),
                                                         [](auto) { return Ok(); }));
  };
  const std::string nobody_came = enrol();
  // The crowd takes each descriptor that becomes free.
  LimitDaemonTo(OpenInDaemon() + 2);
  std::vector<proto::Connection> crowd;
  for (int i = 0; i < 40; ++i) crowd.push_back(daemon_.Connect());
  std::string refused = nobody_came;  // a worker may have stood ready
  for (int i = 0; i < 4 && refused == nobody_came; ++i) refused = enrol();
  EXPECT_THAT(refused, AnyOf("worker_start", "nss", "caller_gone"));
  crowd.clear();
  LimitDaemonTo(OpenInDaemon() + 64);
  EXPECT_EQ(nobody_came, enrol());
}

}  // namespace
}  // namespace fob::testing
