#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "proto/messages_json.h"
#include "tests/support/daemon/daemon_process.h"
#include "tests/support/pam_harness/child_process.h"
#include "tests/support/pam_harness/pam_services.h"
#include "tests/support/pam_harness/pam_session.h"

namespace fob::testing {

// The clock stands at the start of a time step of the last minutes, so that tokens are good for the
// world's libraries.
DaemonSetup AtTheStartOfAStep();

// The test's own account, and another one.
std::string Me();
inline constexpr const char* kSomebody = "daemon";

inline constexpr const char* kAppUri = "https://app.example.org/callback";

// The secret of RFC 6238 appendix B, and its otpauth URI.
inline constexpr const char* kSecretHex = "3132333435363738393031323334353637383930";
inline constexpr const char* kUri =
    "otpauth://totp/test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30";

// The output of a program, without its last newline; fails the test when it does not end well.
std::string OutputOf(const std::vector<std::string>& command, const std::string& input = "");

// A code by oathtool. `hash`: sha1, sha256, sha512.
std::string OathtoolCode(int64_t at, const std::string& hash = "sha1", int digits = 6,
                         const std::string& secret_hex = kSecretHex);

// The words of a JSON array.
std::vector<std::string> WordsOf(const boost::json::value& array);

// A running daemon, PAM services that reach it, and what tests do with both.
//
//   sshd      a password is vouched for, then a code   login   fob alone
//   console   a password is vouched for, then fob      vault   fob alone; policy wants key+uv
//   sudo      a password, then fob; elevation          open    fob alone; policy skips
//   brief     as sshd, and waits one second at most
class EndToEnd : public ::testing::Test {
 protected:
  explicit EndToEnd(DaemonSetup setup = AtTheStartOfAStep());

  struct App {
    std::string id;
    SecretBytes secret;
  };

  PamSession Session(const std::string& service, const ScriptedConversation& person,
                     const std::string& user = Me()) const {
    return PamSession(services_.folder(), service, user, person);
  }
  // Authenticates at `service`, answering one question with `answer`. PAM's result; handle, if any,
  // is dropped.
  int Authenticate(const std::string& service, const std::string& answer,
                   const std::string& user = Me());
  // Denied, and the person reads `shown`.
  void IsDenied(const std::string& service, const std::string& answer, const std::string& shown,
                int expected = PAM_AUTH_ERR);

  // Imports kUri, or another one, and proves it with a code of now.
  void EnrolTotp(const std::string& user = Me());
  void EnrolTotp(const std::string& user, const std::string& name, const std::string& uri,
                 const std::string& code);
  // The clock moves one step on; the code of that step.
  std::string NextCode();

  // A login with password and code at sshd, its session left open. The id of the login, which is
  // live.
  std::string LogIn(const std::string& user = Me());
  proto::LoginInfo FindLogin(const std::string& id);
  size_t LiveLogins();

  App AddApp(const std::string& name, std::vector<std::string> audiences,
             std::vector<std::string> scopes = {});
  App AddApp(const std::string& name, proto::ClientSettings settings);
  Result<proto::token::Ticket::Out> Ticket(const App& app,
                                           std::optional<std::string> login = std::nullopt,
                                           std::optional<std::string> audience = std::nullopt);
  Result<proto::token::Exchange::Out> Exchange(const App& app, const SecretBytes& ticket,
                                               std::optional<std::string> audience = std::nullopt);
  // A browser that is signed in as the newest login here, by a link: its session.
  SecretBytes Browser();
  // A client with kAppUri, and what it gets by way of that browser: a code, and what it redeems that for.
  App AddCodeApp(const std::string& name, proto::ClientSettings settings = {});
  SecretBytes CodeFor(const App& app, const SecretBytes& session);
  static proto::token::RedeemCode::In Redeeming(const App& app, const SecretBytes& code);

  // The claims of a token that fobd calls active; null, with a failure, when it does not.
  boost::json::object ActiveClaims(const SecretBytes& token);

  // The newest audit event.
  proto::AuditEvent LastEvent();

  PamServices services_;
  DaemonProcess daemon_;
};

// The reason word of a failed call; "" when it succeeded.
template <typename T>
std::string ReasonOf(const Result<T>& result) {
  return result.ok() ? "" : result.error().reason;
}

#define EXPECT_PAM(expected, actual) \
  EXPECT_EQ(::fob::testing::PamResult(expected), ::fob::testing::PamResult(actual))

}  // namespace fob::testing
