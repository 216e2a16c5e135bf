#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

struct Args {
  std::optional<std::string> grant, login, client_id, user;
  bool all = false;
};

Result<Output> List(Context& context, const Args& args) {
  proto::token::ListGrants::In in;
  in.user = args.user;
  in.login = args.login;
  in.client_id = args.client_id;
  if (args.all) in.all = true;
  proto::token::ListGrants::Out out;
  FOB_CHECK(context.CallPages<proto::token::ListGrants>(
      std::move(in), [&](auto page) { std::ranges::move(page.grants, std::back_inserter(out.grants)); }));
  Table table({"GRANT", "CLIENT", "USER", "LOGIN", "AUDIENCE", "SCOPE", "SINCE", "UNTIL", "DEAD"});
  for (const proto::Grant& grant : out.grants) {
    table.Row({grant.grant, grant.client.empty() ? grant.client_id : grant.client, grant.user.value_or("-"),
               grant.login.value_or("-"), grant.audience, grant.scope, LocalTime(grant.created_at),
               LocalTime(grant.expires_at), grant.live ? "" : grant.why.value_or("yes")});
  }
  return MakeOutput(ToJson(out), table.Render(), out.grants.empty() ? "no grants" : "");
}

Result<Output> Revoke(Context& context, const Args& args) {
  FOB_TRY(const auto out, context.Call<proto::token::RevokeGrants>({args.grant, args.login, args.client_id, args.user, {}}));
  if (out.grant) return MakeOutput(ToJson(out), fmt::format("revoked {}\n", Printable(out.grant->grant)));
  const std::string whose = args.login ? *args.login : args.client_id ? *args.client_id : args.user.value_or("");
  const int64_t revoked = out.revoked.value_or(0);
  return MakeOutput(ToJson(out), fmt::format("revoked {} {} of {}\n", revoked, revoked == 1 ? "grant" : "grants", Printable(whose)));
}

}  // namespace

void AddGrantVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser.AddGroup("grant", "What web apps hold from logins");
  parser
      .AddVerb("grant list", "List grants: your own, or as root everybody's",
               [args](Context& context) { return List(context, *args); })
      .Optional("--user", args->user, "Whose; without it your own (root: everybody's)")
      .Optional("--login", args->login, "From this login")
      .Optional("--client", args->client_id, "Of this web app, by id or name")
      .Flag("--all", args->all, "Those that are dead, too")
      .Example("fobctl grant list")
      .Example("sudo fobctl grant list --client Wiki --all");
  parser
      .AddVerb("grant revoke", "Revoke a grant, or all of a login, a user or a web app: their tokens die",
               [args](Context& context) { return Revoke(context, *args); })
      .Optional("GRANT,--grant", args->grant, "Which one")
      .Optional("--login", args->login, "All from this login")
      .Optional("--client", args->client_id, "All of this web app, by id or name (root)")
      .Optional("--user", args->user, "All of this user")
      .Example("fobctl grant revoke grant_3q2-7wAAAAAAAAAAAAAAAA")
      .Example("sudo fobctl grant revoke --user alice");
}

}  // namespace fob::cli
