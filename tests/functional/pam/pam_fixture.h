#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "proto/messages.h"
#include "tests/functional/pam/log_capture.h"
#include "tests/support/pam_harness/pam_services.h"
#include "tests/support/pam_harness/pam_session.h"
#include "tests/support/scripted_daemon/scripted_daemon.h"

namespace fob::testing {

using Info = proto::Info::Kind;
using Ask = proto::Ask::Kind;
using Outcome = proto::Granted::Outcome;
using proto::login::Begin;
using proto::login::Confirm;
using proto::login::Continue;
using proto::login::End;

// A folder with a few services, and the path at which they look for a daemon.
class PamModule : public ::testing::Test {
 protected:
  PamModule() {
    // pam_permit would turn a PAM_IGNORE of ours into PAM_SUCCESS: what is denied here was denied.
    services_.Write("sshd",
                    "auth required {fob} timeout=20\nauth required pam_permit.so\n"
                    "account required {fob}\naccount required pam_permit.so\n"
                    "password required {fob}\npassword required pam_permit.so\n"
                    "session required pam_permit.so\nsession required {fob}\n");
    services_.Write("brief", "auth required {fob} timeout=1\nauth required pam_permit.so\n");
    services_.Write("alone", "auth required {fob} timeout=20\nsession required {fob} timeout=20\n");
  }

  std::string socket() const { return services_.Path("fobd.sock"); }
  PamSession Session(const std::string& service, const ScriptedConversation& conversation,
                     const std::string& user = "alice") const {
    return PamSession(services_.folder(), service, user, conversation);
  }

  // Authenticates; the person reads `shown` and is denied, the log tells for whom.
  void Denies(const std::string& shown, const std::string& service = "sshd",
              int expected = PAM_AUTHINFO_UNAVAIL) {
    ScriptedConversation person;
    person.Error(shown);
    Denies(person, service, expected);
  }
  void Denies(ScriptedConversation& person, const std::string& service = "sshd",
              int expected = PAM_AUTHINFO_UNAVAIL) {
    PamSession session = Session(service, person);
    EXPECT_EQ(PamResult(expected), PamResult(session.Authenticate()));
    EXPECT_THAT(session.Environment(), ::testing::ElementsAre());
    EXPECT_THAT(log_.text(), ::testing::HasSubstr("alice"));
  }

  static proto::LoginInfo Login(std::string id, std::string user,
                                proto::LoginInfo::State state = proto::LoginInfo::State::kLive) {
    proto::LoginInfo info;
    info.login = std::move(id);
    info.user = std::move(user);
    info.uid = 1000;
    info.service = "sshd";
    info.factors = {"password", "totp"};
    info.multi_factor = true;
    info.state = state;
    info.authenticated_at = 1'700'000'000;
    info.expires_at = 1'700'040'000;
    return info;
  }

  PamServices services_;
  LogCapture log_;
};

#define EXPECT_PAM(expected, actual) \
  EXPECT_EQ(::fob::testing::PamResult(expected), ::fob::testing::PamResult(actual))

}  // namespace fob::testing
