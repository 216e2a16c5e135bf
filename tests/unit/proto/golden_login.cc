#include "tests/unit/proto/golden.h"

namespace fob::proto {
namespace {

LoginInfo LiveLogin() {
  return {.login = "login_3q2-7wAAAAAAAAAAAAAAAA",
          .user = "ada",
          .uid = 1000,
          .service = "sshd",
          .tty = "pts/3",
          .rhost = "192.0.2.7",
          .factors = {"password", "totp"},
          .multi_factor = true,
          .state = LoginInfo::State::kLive,
          .authenticated_at = 1700000000,
          .confirmed_at = 1700000002,
          .expires_at = 1700043200,
          .kernel_session = "audit:7"};
}

}  // namespace

void AddLoginExamples(Goldens& goldens) {
  goldens.Of<login::Begin>()
      .Call({.user = "ada",
             .service = "sshd",
             .tty = "pts/3",
             .rhost = "192.0.2.7",
             .vouched = {{"password", "ssh-key"}},
             .timeout_ms = 60000},
            true)
      .Call({.user = "ada", .service = "sudo"}, true)
      .More({.info = Info{Info::Kind::kInsert, "Insert your security key."}})
      .More({.info = Info{Info::Kind::kTouch, "Touch your security key to log in to sshd as ada."}})
      .More({.info = Info{Info::Kind::kWait, "Another login uses the key."}})
      .More({.info = Info{Info::Kind::kNotice, "2 PIN tries are left."}})
      .Last({.ask = Ask{Ask::Kind::kChoice, "Code, or Enter for your security key: ", true}})
      .Last({.granted = Granted{.outcome = Granted::Outcome::kSkip, .user = "ada", .factors = {}, .rule = "rule 1"}});
  goldens.Of<login::Continue>()
      .Call({.answer = Secret("123456")}, true)
      .Last({.ask = Ask{Ask::Kind::kPin, "PIN of your security key: ", false}})
      .Last({.ask = Ask{Ask::Kind::kCode, "Code: ", true}})
      .Last({.ask = Ask{Ask::Kind::kEnrolCode, "Enrolment code: ", true}})
      .Last({.granted = Granted{.outcome = Granted::Outcome::kLogin,
                                .user = "ada",
                                .factors = {"password", "totp"},
                                .rule = "ssh",
                                .handle = Secret("aGFuZGxlLWhhbmRsZS1oYW5kbGU"),
                                .expires_at = 1700000120}})
      .Last({.granted = Granted{.outcome = Granted::Outcome::kEvent, .user = "ada", .factors = {"key"}, .rule = "elevation"}});
  goldens.Of<login::Confirm>()
      .Call({.handle = Secret("aGFuZGxlLWhhbmRsZS1oYW5kbGU"), .user = "ada", .service = "sshd", .tty = "pts/3"})
      .Last({.login = LiveLogin()});
  using Explain = login::Explain;
  goldens.Of<Explain>()
      .Call({.service = "sudo"})
      .Call({.user = "ada", .service = "sshd", .rhost = "192.0.2.7"})
      .Call({.user = "ada", .service = "login", .locality = Explain::In::Locality::kLocal})
      .Last({.user = "ada", .locality = "remote", .rule = "ssh", .line = 93, .decision = Explain::Out::Decision::kAsk,
             .ways = {{.factors = {"key+uv"}, .why_not = "ada has no key+uv"}, {.factors = {"totp"}}}, .why = "rule ssh"})
      .Last({.user = "ada", .locality = "local", .rule = "rest", .line = 99, .decision = Explain::Out::Decision::kDeny, .why = "rule rest"});
  LoginInfo bare = LiveLogin();
  bare.tty.reset();
  bare.rhost.reset();
  bare.confirmed_at.reset();
  bare.kernel_session.reset();
  LoginInfo expired = LiveLogin();
  expired.state = LoginInfo::State::kExpired;
  goldens.Of<login::List>()
      .Call({})
      .Call({.user = "ada", .all = true, .before = "login_x"})
      .Last({.logins = {}})
      .Last({.logins = {LiveLogin()}, .next = LiveLogin().login})
      .Last({.logins = {LiveLogin(), bare, expired}});
  LoginInfo ended = LiveLogin();
  ended.state = LoginInfo::State::kEnded;
  goldens.Of<login::End>().Call({}).Call({.login = ended.login, .user = ended.user}).Last({.login = ended});
}

}  // namespace fob::proto
