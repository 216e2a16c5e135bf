// pam_fob.so: the six entry points that libpam calls, in whichever process of the host it is.
//
//   authenticate   runs a ceremony; a login leaves its handle in the PAM environment: FOB_HANDLE; an
//                  event leaves FOB_EVENT, which only tells that there was one
//   open_session   removes and redeems FOB_HANDLE; leaves the login's id, no secret: FOB_LOGIN
//   close_session  removes FOB_LOGIN and ends the login that it names
//   setcred        PAM_SUCCESS beside any of them: a stack with no other auth line works
//
// acct_mgmt and chauthtok, and the last three where nothing was left for them, return PAM_IGNORE
// and call nobody.
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <syslog.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pam/arguments.h"
#include "pam/ceremony.h"
#include "pam/conversation.h"
#include "pam/host.h"
#include "pam/printable.h"
#include "pam/session.h"
#include "proto/connection.h"

namespace __gnu_cxx {
void __freeres();  // frees libstdc++'s reserve for exceptions
}

namespace {

using namespace fob;
using namespace fob::pam;

constexpr const char* kHandle = "FOB_HANDLE";
constexpr const char* kEvent = "FOB_EVENT";
constexpr const char* kLogin = "FOB_LOGIN";
// The service of fobd's own question to PAM: no recursion.
constexpr std::string_view kPasswordService = "fob-web";
constexpr int64_t kSessionTimeoutMs = 5'000;  // a session does not wait longer for web rights

void Log(pam_handle_t* pamh, int priority, const std::string& text) {
  pam_syslog(pamh, priority, "%s", Printable(text).c_str());
}

// Runs `body`; nothing that it throws and no errno passes into the host.
template <typename Body>
int Guarded(int on_exception, Body body) {
  const int saved = errno;
  int result = on_exception;
  try {
    result = body();
  } catch (...) {
    // Memory ran out, most likely; logging would need some.
  }
  errno = saved;
  return result;
}

Result<Arguments> ReadArguments(int argc, const char** argv) {
  return ParseArguments(std::span(argv, static_cast<size_t>(std::max(argc, 0))));
}

// What a trusted caller has verified itself. sshd lists the methods that succeeded in
// SSH_AUTH_INFO_0, one a line: "publickey ssh-ed25519 AAAA...".
std::vector<std::string> Vouched(const Host& host, const Arguments& arguments) {
  std::vector<std::string> vouched;
  if (arguments.after_password) vouched.emplace_back("password");
  const std::string methods = "\n" + host.Variable("SSH_AUTH_INFO_0").value_or("");
  if (methods.find("\npublickey ") != methods.npos) vouched.emplace_back("ssh-key");
  return vouched;
}

int Refuse(pam_handle_t* pamh, const Conversation& conversation, const std::string& user,
           const Refusal& refusal) {
  Log(pamh, refusal.negative ? LOG_NOTICE : LOG_ERR,
      "user " + user + " refused (" + std::string(CodeName(refusal.error.code)) +
          "): " + refusal.error.text);
  conversation.Complain(refusal.shown);
  return refusal.negative ? PAM_AUTH_ERR : PAM_AUTHINFO_UNAVAIL;
}

int Authenticate(pam_handle_t* pamh, int argc, const char** argv) {
  const Host host(pamh);
  const auto service = host.Item(PAM_SERVICE);
  if (service == kPasswordService) return PAM_IGNORE;
  // What an earlier attempt left is not this one's.
  for (const char* const left : {kHandle, kEvent, kLogin}) host.TakeVariable(left);

  const Conversation conversation(pamh);
  const auto deny = [&](int result, const std::string& why, std::string_view shown) {
    Log(pamh, LOG_ERR, "denied: " + why);
    conversation.Complain(shown);
    return result;
  };
  const auto arguments = ReadArguments(argc, argv);
  if (!arguments.ok()) {
    return deny(PAM_SERVICE_ERR, arguments.error().text,
                "fob: the PAM configuration is wrong. Ask your administrator.");
  }
  const auto user = host.User();
  if (!user.ok() || !service) {
    return deny(PAM_AUTHINFO_UNAVAIL, "the application names no user or no service",
                "fob: there is no user to check.");
  }

  const int64_t deadline_ms = proto::DeadlineIn(arguments->timeout_ms);
  proto::login::Begin::In begin;
  begin.user = *user;
  begin.service = *service;
  begin.tty = host.Item(PAM_TTY);
  begin.rhost = host.Item(PAM_RHOST);
  if (auto vouched = Vouched(host, *arguments); !vouched.empty()) {
    begin.vouched = std::move(vouched);
  }
  // The daemon gives up a little earlier: it knows better what was waited for.
  begin.timeout_ms = arguments->timeout_ms - std::min<int64_t>(arguments->timeout_ms / 10, 1000);

  auto ended = RunCeremony(arguments->socket, begin, conversation, deadline_ms);
  if (const auto* refusal = std::get_if<Refusal>(&ended)) {
    return Refuse(pamh, conversation, *user, *refusal);
  }
  const auto& granted = std::get<proto::Granted>(ended);
  if (host.Item(PAM_USER) != granted.user) {
    return deny(PAM_AUTHINFO_UNAVAIL, "the user changed during the ceremony",
                "fob: the user changed meanwhile.");
  }
  switch (granted.outcome) {
    case proto::Granted::Outcome::kSkip:
      return PAM_IGNORE;
    case proto::Granted::Outcome::kEvent:
      // Without it setcred is ignored like the rest: an event is no less good.
      if (const auto set = host.SetVariable(kEvent, "1"); !set.ok()) Log(pamh, LOG_WARNING, set.error().text);
      return PAM_SUCCESS;
    case proto::Granted::Outcome::kLogin:
      if (const auto set = host.SetVariable(kHandle, granted.handle->RevealText()); !set.ok()) {
        return deny(PAM_AUTHINFO_UNAVAIL, set.error().text, "fob: out of memory.");
      }
      return PAM_SUCCESS;
  }
  return PAM_AUTHINFO_UNAVAIL;
}

int OpenSession(pam_handle_t* pamh, int argc, const char** argv) {
  const Host host(pamh);
  auto handle = host.TakeVariable(kHandle);  // first of all: the shell must never see it
  host.TakeVariable(kEvent);
  if (!handle) return PAM_IGNORE;

  const auto lost = [&](const std::string& why) {
    Log(pamh, LOG_WARNING, "the session opens without a confirmed login: " + why);
    return PAM_IGNORE;
  };
  const auto arguments = ReadArguments(argc, argv);
  if (!arguments.ok()) return lost(arguments.error().text);
  proto::login::Confirm::In confirm;
  confirm.handle = *std::move(handle);
  confirm.user = host.Item(PAM_USER).value_or("");
  confirm.service = host.Item(PAM_SERVICE).value_or("");
  confirm.tty = host.Item(PAM_TTY);
  const auto login =
      ConfirmLogin(arguments->socket, confirm,
                   proto::DeadlineIn(std::min(arguments->timeout_ms, kSessionTimeoutMs)));
  if (!login.ok()) return lost(login.error().text);
  // Without the id the login ends when its session has vanished.
  if (const auto set = host.SetVariable(kLogin, *login); !set.ok()) {
    Log(pamh, LOG_WARNING, set.error().text);
  }
  return PAM_SUCCESS;
}

int CloseSession(pam_handle_t* pamh, int argc, const char** argv) {
  const Host host(pamh);
  const auto login = host.TakeVariable(kLogin);
  if (!login) return PAM_IGNORE;
  const auto arguments = ReadArguments(argc, argv);
  const Status ended =
      !arguments.ok()
          ? arguments.error()
          : EndLogin(arguments->socket, std::string(login->RevealText()),
                     host.Item(PAM_USER).value_or(""),
                     proto::DeadlineIn(std::min(arguments->timeout_ms, kSessionTimeoutMs)));
  if (ended.ok()) return PAM_SUCCESS;
  Log(pamh, LOG_NOTICE, "the login was not ended: " + ended.error().text);
  return PAM_IGNORE;
}

int SetCredentials(pam_handle_t* pamh) {
  for (const char* const left : {kHandle, kEvent, kLogin}) {
    if (pam_getenv(pamh, left) != nullptr) return PAM_SUCCESS;
  }
  return PAM_IGNORE;
}

// libpam unloads modules at pam_end: a host that lives long must not lose 70 kB at each login.
__attribute__((destructor)) void ReleaseRuntime() { __gnu_cxx::__freeres(); }

}  // namespace

extern "C" {

PAM_EXTERN int pam_sm_authenticate(pam_handle_t* pamh, int, int argc, const char** argv) {
  return Guarded(PAM_AUTHINFO_UNAVAIL, [&] { return Authenticate(pamh, argc, argv); });
}

PAM_EXTERN int pam_sm_setcred(pam_handle_t* pamh, int, int, const char**) {
  return Guarded(PAM_IGNORE, [&] { return SetCredentials(pamh); });
}

PAM_EXTERN int pam_sm_acct_mgmt(pam_handle_t*, int, int, const char**) { return PAM_IGNORE; }

PAM_EXTERN int pam_sm_open_session(pam_handle_t* pamh, int, int argc, const char** argv) {
  return Guarded(PAM_IGNORE, [&] { return OpenSession(pamh, argc, argv); });
}

PAM_EXTERN int pam_sm_close_session(pam_handle_t* pamh, int, int argc, const char** argv) {
  return Guarded(PAM_IGNORE, [&] { return CloseSession(pamh, argc, argv); });
}

PAM_EXTERN int pam_sm_chauthtok(pam_handle_t*, int, int, const char**) { return PAM_IGNORE; }

}  // extern "C"
