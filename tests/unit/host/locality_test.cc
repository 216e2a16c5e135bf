// From the kernel's and logind's word about a process to whether a key wakes for it.
#include <gtest/gtest.h>
#include <unistd.h>

#include "daemon/core/locality.h"
#include "daemon/core/policy.h"
#include "daemon/host/caller_facts.h"

namespace fob::host {
namespace {

// logind's word about every process.
class EveryonesSession final : public Sessions {
 public:
  explicit EveryonesSession(std::optional<LogindSession> session) : session_(std::move(session)) {}
  std::optional<LogindSession> Of(int32_t) const override { return session_; }

 private:
  const std::optional<LogindSession> session_;
};

struct Case {
  const char* name;
  std::optional<LogindSession> session;
  std::string rhost;
  std::string tty;
  bool trusted;
  bool named;  // the rule names the service
  bool wakes;
};

TEST(CallerLocality, I9_ARemoteLoginNeverWakesAKeyUnlessPolicyNamesTheService) {
  const LogindSession seated{"2", "seat0", false, true}, background{"3", "seat0", false, false},
      ssh{"5", "", true, true}, ssh_with_seat{"6", "seat0", true, true}, cron{"7", "", false, true};
  const Case cases[] = {
      {"at the seat", seated, "", "", true, false, true},
      {"at the seat, for itself", seated, "", "", false, false, true},
      {"in the background, for itself", background, "", "", false, false, false},
      {"by ssh", ssh, "", "", true, false, false},
      {"by ssh, on a pretended terminal", ssh, "", "tty1", true, false, false},
      {"by ssh, for itself", ssh, "", "tty1", false, true, false},
      {"by ssh with a seat", ssh_with_seat, "", "tty1", true, false, false},
      {"a remote host, from the seat", seated, "192.0.2.7", "tty1", true, false, false},
      {"cron", cron, "", "", true, false, false},
      {"no session, on a seat's terminal", std::nullopt, "", "tty1", true, false, true},
      {"no session, on its own word", std::nullopt, "", "tty1", false, false, false},
      {"no session, elsewhere", std::nullopt, "", "pts/3", true, false, false},
      {"by ssh, where policy names it", ssh, "192.0.2.7", "ssh", true, true, true},
      {"by ssh, untrusted, where policy names it", ssh, "192.0.2.7", "ssh", false, true, false},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const core::Peer self{::getuid(), ::getgid(), ::getpid(), 0};
    const auto facts = ReadCallerFacts(self, ProcFiles(), EveryonesSession(one.session));
    ASSERT_TRUE(facts.ok()) << facts.error().text;
    core::Rule rule;
    if (one.named) rule.services = {"sshd"};
    const auto locality = core::LocalityOf(one.rhost, one.tty, *facts, one.trusted);
    EXPECT_EQ(core::MayWakeKey(rule, locality, "sshd", one.trusted), one.wakes);
  }
}

}  // namespace
}  // namespace fob::host
