// I1: a PAM login without memory, wherever it runs out, is denied: no crash, no skip, and no
// success but fobd's own, of which the handle is the proof (what failed was not needed then).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/faults/memory/failing_malloc.h"
#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

// The host application's part has memory.
struct Person {
  std::string code;
  pam_conv conv{&Person::Converse, this};

  static int Converse(int count, const pam_message** messages, pam_response** out, void* self) {
    const Unhindered host;
    auto* answers =
        static_cast<pam_response*>(std::calloc(static_cast<size_t>(count), sizeof(pam_response)));
    for (int i = 0; i < count; ++i) {
      if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON ||
          messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
        answers[i].resp = ::strdup(static_cast<Person*>(self)->code.c_str());
    }
    *out = answers;
    return PAM_SUCCESS;
  }
};

class NoMemory : public EndToEnd {
 protected:
  NoMemory() { EnrolTotp(); }

  struct Outcome {
    int result = -1;
    int64_t allocations = 0;
    int handle = 0;  // whether there is one
  };
  // Authenticates in a child, and opens a session where that succeeds. `which`: whose allocations
  // fail, those of authenticate or those of open_session.
  enum class Phase { kAuthenticate, kOpenSession };
  Outcome Run(Phase which, int64_t number, bool and_all_after) {
    const std::string code = NextCode();
    const ChildReport child = RunInChild([&] {
      Person person{code};
      PamSession session(services_.folder(), "sshd", Me(), &person.conv);
      Outcome outcome;
      if (which == Phase::kAuthenticate) FailAllocation(number, and_all_after);
      outcome.result = session.Authenticate();
      outcome.allocations = StopFailing();
      outcome.handle = session.Variable("FOB_HANDLE").has_value() ? 1 : 0;
      if (which == Phase::kOpenSession) {
        EXPECT_PAM(PAM_SUCCESS, outcome.result);
        FailAllocation(number, and_all_after);
        outcome.result = session.OpenSession();
        outcome.allocations = StopFailing();
      }
      return std::to_string(outcome.result) + " " + std::to_string(outcome.allocations) +
             " " + std::to_string(outcome.handle);
    });
    Outcome outcome;
    std::sscanf(child.said.c_str(), "%d %ld %d", &outcome.result, &outcome.allocations,
                &outcome.handle);
    return outcome;
  }
  static int64_t Stride() {
    const char* asked = std::getenv("FOB_FAULTS");
    return asked != nullptr && std::string_view(asked) == "all" ? 1 : 3;
  }
};

TEST_F(NoMemory, I1_AnywhereInAuthenticateIsADenial) {
  const Outcome quiet = Run(Phase::kAuthenticate, 0, false);
  ASSERT_EQ(PAM_SUCCESS, quiet.result);
  ASSERT_GT(quiet.allocations, 20);
  for (const bool and_all_after : {false, true}) {
    std::map<std::string, int> results;
    for (int64_t number = 1; number <= quiet.allocations && !HasFailure(); number += Stride()) {
      const Outcome outcome = Run(Phase::kAuthenticate, number, and_all_after);
      SCOPED_TRACE("allocation " + std::to_string(number) + " of " +
                   std::to_string(quiet.allocations) + (and_all_after ? " and all after" : ""));
      EXPECT_NE(PAM_IGNORE, outcome.result);
      EXPECT_TRUE(outcome.result != PAM_SUCCESS || outcome.handle == 1) << "without a grant";
      ++results[PamResult(outcome.result)];
    }
    std::printf("authenticate, %lld allocations%s:", static_cast<long long>(quiet.allocations),
                and_all_after ? ", one and all after it" : ", one");
    for (const auto& [result, times] : results) std::printf(" %s %d", result.c_str(), times);
    std::printf("\n");
    EXPECT_LE(results["PAM_SUCCESS"], 2);
  }
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

TEST_F(NoMemory, AnywhereInOpenSessionIsNoCrash) {
  const Outcome quiet = Run(Phase::kOpenSession, 0, false);
  ASSERT_EQ(PAM_SUCCESS, quiet.result);
  ASSERT_GT(quiet.allocations, 10);
  for (const bool and_all_after : {false, true}) {
    for (int64_t number = 1; number <= quiet.allocations && !HasFailure(); number += Stride()) {
      SCOPED_TRACE(number);
      Run(Phase::kOpenSession, number, and_all_after);
    }
  }
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

}  // namespace
}  // namespace fob::testing
