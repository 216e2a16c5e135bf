#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "cli/ceremony.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

std::string From(const proto::LoginInfo& login) {
  if (login.rhost && !login.rhost->empty()) return *login.rhost;
  return login.tty.value_or("");
}

std::string Render(const std::vector<proto::LoginInfo>& logins) {
  Table table({"LOGIN", "USER", "SERVICE", "FROM", "FACTORS", "MULTI", "STATE", "SINCE", "UNTIL"});
  for (const proto::LoginInfo& login : logins) {
    table.Row({login.login, login.user, login.service, From(login), Join(login.factors, " + "),
               login.multi_factor ? "yes" : "no", std::string(Name(login.state)),
               LocalTime(login.authenticated_at), LocalTime(login.expires_at)});
  }
  return table.Render();
}

constexpr const char* kService = "fobctl";  // by which policy knows fobctl login

// Proves what policy asks for, and opens the login in this very session.
Result<Output> LogIn(Context& context) {
  const passwd* account = ::getpwuid(::getuid());
  if (account == nullptr) return MakeError(Code::kNotFound, "no_account", "this uid has no account on this host");
  proto::login::Begin::In in;
  in.user = account->pw_name;
  in.service = kService;
  const std::string user = in.user;
  FOB_TRY(proto::Granted granted, Ceremony(context).LogIn(std::move(in)));
  if (!granted.handle) {
    const bool skipped = granted.outcome == proto::Granted::Outcome::kSkip;
    return MakeError(Code::kDenied, "no_login",
                     fmt::format("policy ({}) {}: no login comes of it. A rule with service = \"fobctl\" and require = \"key+uv\" allows one",
                                 granted.rule, skipped ? "asks for no factor" : "has no rule for fobctl"));
  }
  proto::login::Confirm::In confirm;
  confirm.handle = std::move(*granted.handle);
  confirm.user = user;
  confirm.service = kService;
  FOB_TRY(const auto out, context.Call<proto::login::Confirm>(confirm));
  return MakeOutput(ToJson(out), fmt::format("logged in: {} by {} until {}\n", Printable(out.login.login),
                                             Join(out.login.factors, " + "), LocalTime(out.login.expires_at)));
}

}  // namespace

void AddLoginVerbs(Parser& parser) {
  struct Args {
    std::optional<std::string> user;
    std::optional<std::string> login;
    bool all = false;
  };
  const auto args = std::make_shared<Args>();
  parser.AddGroup("login", "Verified logins; by itself: prove your factors, and hold a login in this session", LogIn);
  parser
      .AddVerb("login list", "List logins: your own, or as root everybody's",
               [args](Context& context) -> Result<Output> {
                 FOB_TRY(const auto out,
                         context.Call<proto::login::List>(
                             {args->user, args->all ? std::optional<bool>(true) : std::nullopt}));
                 return MakeOutput(ToJson(out), Render(out.logins),
                                   out.logins.empty() ? "no logins" : "");
               })
      .Optional("--user", args->user, "Whose; without it your own (root: everybody's)")
      .Flag("--all", args->all, "Those that have ended, too")
      .Example("fobctl login list")
      .Example("sudo fobctl login list --user alice --all");
  parser
      .AddVerb("login end", "End a login: it gives no more tickets",
               [args](Context& context) -> Result<Output> {
                 FOB_TRY(const auto out, context.CallOnLogin<proto::login::End>({args->login, std::nullopt}));
                 return MakeOutput(ToJson(out),
                                   fmt::format("ended {} of {}\n", Printable(out.login.login),
                                               Printable(out.login.user)));
               })
      .Optional("LOGIN,--login", args->login, "Which; without it the newest of this session")
      .Example("fobctl login end")
      .Example("sudo fobctl login end login_3q2-7wAAAAAAAAAAAAAAAA");
}

}  // namespace fob::cli
