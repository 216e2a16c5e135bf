#include <fmt/format.h>

#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

std::string Render(const proto::User& user) {
  return Fields()
      .Add("user", user.user)
      .Add("uid", fmt::to_string(user.uid))
      .Add("sub", user.sub)
      .Add("blocked",
           user.blocked ? "yes: the account's uid changed; see fobctl user rebind" : "no")
      .Add("locked", user.locked_at ? "since " + LocalTime(user.locked_at) + "; see fobctl user unlock" : "no")
      .Add("known since", LocalTime(user.created_at))
      .Add("keys", fmt::to_string(user.keys))
      .Add("otps", fmt::to_string(user.otps))
      .Add("recovery codes", fmt::to_string(user.recovery_codes))
      .Render();
}

}  // namespace

void AddUserVerbs(Parser& parser) {
  struct Args {
    std::optional<std::string> shown;
    std::string user;
  };
  const auto args = std::make_shared<Args>();
  parser.AddGroup("user", "What fobd knows of a Linux account");
  parser
      .AddVerb("user show", "Show a user: uid, subject, factors",
               [args](Context& context) -> Result<Output> {
                 FOB_TRY(const auto out, context.Call<proto::admin::ShowUser>({args->shown, {}}));
                 return MakeOutput(ToJson(out), Render(out.user));
               })
      .Optional("USER,--user", args->shown, "Whom; without it yourself")
      .Example("fobctl user show")
      .Example("sudo fobctl user show alice");
  const auto verb = [&]<typename Method>(std::string_view path, const std::string& summary, Method*) {
    parser
        .AddVerb(path, summary,
                 [args](Context& context) -> Result<Output> {
                   FOB_TRY(const auto out, context.Call<Method>({args->user}));
                   return MakeOutput(ToJson(out), Render(out.user));
                 })
        .Required("USER,--user", args->user, "Whom")
        .Example(fmt::format("sudo fobctl {} alice", path));
  };
  verb("user rebind", "Accept that an account has another uid than when it was enrolled; all logins and grants end",
       static_cast<proto::admin::RebindUser*>(nullptr));
  verb("user lock", "Let nothing of a user's count: no login, no ticket, no token",
       static_cast<proto::admin::LockUser*>(nullptr));
  verb("user unlock", "End a lock, and forgive all wrong codes", static_cast<proto::admin::UnlockUser*>(nullptr));
}

}  // namespace fob::cli
