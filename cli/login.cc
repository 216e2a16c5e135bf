#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/own_login.h"
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

Result<Output> LogIn(Context& context) {
  FOB_TRY(const auto out, OpenOwnLogin(context));
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
                 proto::login::List::In in;
                 in.user = args->user;
                 if (args->all) in.all = true;
                 proto::login::List::Out out;
                 FOB_CHECK(context.CallPages<proto::login::List>(std::move(in), [&](auto page) {
                   std::ranges::move(page.logins, std::back_inserter(out.logins));
                 }));
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
                 FOB_TRY(const auto out, context.CallOnLogin<proto::login::End>({args->login, std::nullopt, {}}));
                 return MakeOutput(ToJson(out),
                                   fmt::format("ended {} of {}\n", Printable(out.login.login),
                                               Printable(out.login.user)));
               })
      .Optional("LOGIN,--login", args->login, "Which; without it the newest of this session")
      .Example("fobctl login end")
      .Example("sudo fobctl login end login_3q2-7wAAAAAAAAAAAAAAAA");
}

}  // namespace fob::cli
