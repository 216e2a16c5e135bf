#include <fmt/format.h>

#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

struct Args {
  std::string client_id;
  std::string name;
  std::vector<std::string> audiences;
  std::vector<std::string> scopes;
  std::optional<int64_t> token_lifetime_ms;
};

// For the two replies that carry a secret. `done` is what happened, should it not be shown.
template <typename Out>
Output WithSecret(const Out& out, std::string_view done) {
  Output output = MakeOutput(ToJson(out, proto::WipingStorage()),
                             Fields()
                                 .Add("client id", out.client.client_id)
                                 .Add("name", out.client.name)
                                 .Add("audiences", Join(out.client.audiences, ", "))
                                 .Add("scopes", Join(out.client.scopes, " "))
                                 .Add("token lifetime", Duration(out.client.token_lifetime_ms))
                                 .Render(),
                             "The secret is shown this once; fobd keeps only its hash.");
  output.text.Append("client secret   ");
  output.text.Append(out.client_secret);
  output.text.Append("\n");
  output.unshown =
      fmt::format("client {} {}; its secret was not shown: fobctl client rotate-secret {}",
                  out.client.name, done, out.client.client_id);
  return output;
}

Result<Output> Add(Context& context, const Args& args) {
  proto::admin::AddClient::In in;
  in.name = args.name;
  in.audiences = args.audiences;
  if (!args.scopes.empty()) in.scopes = args.scopes;
  in.token_lifetime_ms = args.token_lifetime_ms;
  FOB_TRY(const auto out, context.Call<proto::admin::AddClient>(in));
  return WithSecret(out, "was added");
}

Result<Output> List(Context& context, const Args&) {
  FOB_TRY(const auto out, context.Call<proto::admin::ListClients>({}));
  Table table({"CLIENT", "NAME", "AUDIENCES", "SCOPES", "TOKENS LIVE", "ADDED", "SECRET SINCE"});
  for (const proto::Client& client : out.clients) {
    table.Row({client.client_id, client.name, Join(client.audiences, ", "),
               Join(client.scopes, " "), Duration(client.token_lifetime_ms),
               LocalTime(client.created_at), LocalTime(client.secret_rotated_at)});
  }
  return MakeOutput(ToJson(out), table.Render(),
                    out.clients.empty() ? "no web apps are registered" : "");
}

Result<Output> Remove(Context& context, const Args& args) {
  FOB_TRY(const auto out, context.Call<proto::admin::RemoveClient>({args.client_id}));
  return MakeOutput(ToJson(out), fmt::format("removed {} ({})\n", Printable(out.client.client_id),
                                             Printable(out.client.name)));
}

Result<Output> RotateSecret(Context& context, const Args& args) {
  FOB_TRY(const auto out, context.Call<proto::admin::RotateClientSecret>({args.client_id}));
  return WithSecret(out, "has a new secret, and the old one is void");
}

}  // namespace

void AddClientVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  const auto with = [&args](Result<Output> (*run)(Context&, const Args&)) {
    return [args, run](Context& context) { return run(context, *args); };
  };
  parser.AddGroup("client", "Registered web apps");
  parser.AddVerb("client add", "Register a web app; prints its id and, once, its secret", with(Add))
      .Required("NAME,--name", args->name, "What people call it")
      .RequiredList("-a,--audience", args->audiences,
                    "App or API that its tokens may be for; may be repeated")
      .OptionalList("-s,--scope", args->scopes, "Scope that it may ask for; may be repeated")
      .DurationMs("--token-lifetime", args->token_lifetime_ms, 10'000, 3'600'000,
                  "How long its tokens live, such as 5m (10s to 1h) [5m]")
      .Example("sudo fobctl client add Wiki --audience https://wiki.example.org")
      .Example("sudo fobctl --json client add Wiki -a https://wiki.example.org -s read -s write");
  parser.AddVerb("client list", "List web apps", with(List)).Example("sudo fobctl client list");
  parser.AddVerb("client remove", "Remove a web app; its tokens die", with(Remove))
      .Required("CLIENT,--client", args->client_id, "Its id or name")
      .Example("sudo fobctl client remove client_3q2-7wAAAAAAAAAAAAAAAA");
  parser
      .AddVerb("client rotate-secret", "Give a web app a new secret; the old one is void",
               with(RotateSecret))
      .Required("CLIENT,--client", args->client_id, "Its id or name")
      .Example("sudo fobctl client rotate-secret client_3q2-7wAAAAAAAAAAAAAAAA");
}

}  // namespace fob::cli
