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
      .Add("known since", LocalTime(user.created_at))
      .Add("keys", fmt::to_string(user.keys))
      .Add("otps", fmt::to_string(user.otps))
      .Render();
}

}  // namespace

void AddUserVerbs(Parser& parser) {
  struct Args {
    std::optional<std::string> shown;
    std::string rebound;
  };
  const auto args = std::make_shared<Args>();
  parser.AddGroup("user", "What fobd knows of a Linux account");
  parser
      .AddVerb("user show", "Show a user: uid, subject, factors",
               [args](Context& context) -> Result<Output> {
                 FOB_TRY(const auto out, context.Call<proto::admin::ShowUser>({args->shown}));
                 return MakeOutput(ToJson(out), Render(out.user));
               })
      .Optional("USER,--user", args->shown, "Whom; without it yourself")
      .Example("fobctl user show")
      .Example("sudo fobctl user show alice");
  parser
      .AddVerb("user rebind", "Accept that an account has another uid than when it was enrolled",
               [args](Context& context) -> Result<Output> {
                 FOB_TRY(const auto out, context.Call<proto::admin::RebindUser>({args->rebound}));
                 return MakeOutput(ToJson(out), Render(out.user));
               })
      .Required("USER,--user", args->rebound, "Whom")
      .Example("sudo fobctl user rebind alice");
}

}  // namespace fob::cli
