#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/client_settings.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

struct Args {
  std::string client_id;
  std::string name;
  ClientOptions options;
};

std::string_view YesNo(bool yes) { return yes ? "yes" : "no"; }

std::string Render(const proto::Client& client) {
  Fields fields;
  fields.Add("client id", client.client_id)
      .Add("name", client.name)
      .Add("audiences", Join(client.audiences, ", "))
      .Add("scopes", Join(client.scopes, " "))
      .Add("serves", Join(client.serves, ", "))
      .Add("groups", Join(client.groups, ", "))
      .Add("fresh", Join(client.fresh, ", "))
      .Add("tokens", client.token_kind == proto::Client::TokenKind::kJwt
                         ? fmt::format("jwt, {}", Name(client.algorithm))
                         : "opaque")
      .Add("token lifetime", Duration(client.token_lifetime_ms))
      .Add("refresh", client.refresh_lifetime_ms == 0 ? "no" : Duration(client.refresh_lifetime_ms))
      .Add("outlives login", YesNo(client.outlives_login))
      .Add("direct", YesNo(client.direct))
      .Add("machine", YesNo(client.machine))
      .Add("tickets", YesNo(client.tickets))
      .Add("authenticates by", Name(client.auth_method))
      .Add("redirect URIs", Join(client.redirect_uris, ", "))
      .Add("after logout", Join(client.post_logout_redirect_uris, ", "))
      .Add("origins", Join(client.origins, ", "))
      .Add("for groups", client.user_groups.empty() ? "anybody" : Join(client.user_groups, ", "))
      .Add("ID tokens", Name(client.id_token_algorithm))
      .Add("asks for consent", YesNo(client.third_party))
      .Add("must use PKCE", YesNo(client.pkce))
      .Add("added", LocalTime(client.created_at));
  if (client.auth_method == proto::Client::AuthMethod::kClientSecret) fields.Add("secret since", LocalTime(client.secret_rotated_at));
  return fields.Render();
}

// For the two replies that carry a secret. `done` is what happened, should it not be shown.
template <typename Out>
Output WithSecret(const Out& out, const SecretBytes& secret, std::string_view done) {
  Output output = MakeOutput(ToJson(out, proto::WipingStorage()), Render(out.client),
                             "The secret is shown this once; fobd keeps only its hash.");
  // Below the values of the other lines.
  const size_t column = Render(out.client).find(Printable(out.client.client_id));
  output.text.Append(fmt::format("{:<{}}", "client secret", column));
  output.text.Append(secret);
  output.text.Append("\n");
  output.unshown =
      fmt::format("client {} {}; its secret was not shown: fobctl client rotate-secret {}",
                  out.client.name, done, out.client.client_id);
  return output;
}

Result<Output> Add(Context& context, const Args& args) {
  proto::admin::AddClient::In in;
  in.name = args.name;
  FOB_TRY(in.settings, args.options.Settings(context));
  if (args.options.audiences.empty() && args.options.serves.empty() && args.options.redirect_uris.empty()) {
    return MakeError(Code::kInvalidArgument, "usage",
                     "client add: give --audience, what its tokens are for, or --redirect-uri, for a web app that people sign in to; see fobctl client add --help");
  }
  FOB_TRY(const auto out, context.Call<proto::admin::AddClient>(in));
  if (!out.client_secret.has_value()) return MakeOutput(ToJson(out), Render(out.client));
  return WithSecret(out, *out.client_secret, "was added");
}

Result<Output> Update(Context& context, const Args& args) {
  proto::admin::UpdateClient::In in;
  in.client_id = args.client_id;
  FOB_TRY(in.settings, args.options.Settings(context));
  FOB_TRY(const auto out, context.Call<proto::admin::UpdateClient>(in));
  return MakeOutput(ToJson(out), Render(out.client));
}

Result<Output> Show(Context& context, const Args& args) {
  FOB_TRY(const auto out, context.Call<proto::admin::ShowClient>({args.client_id}));
  return MakeOutput(ToJson(out), Render(out.client));
}

Result<Output> List(Context& context, const Args&) {
  proto::admin::ListClients::Out out;
  FOB_CHECK(context.CallPages<proto::admin::ListClients>(
      {}, [&](auto page) { std::ranges::move(page.clients, std::back_inserter(out.clients)); }));
  std::ranges::sort(out.clients, {}, &proto::Client::name);
  Table table({"CLIENT", "NAME", "AUDIENCES", "SCOPES", "TOKENS", "LIVE", "REFRESH", "ADDED"});
  for (const proto::Client& client : out.clients) {
    table.Row({client.client_id, client.name, Join(client.audiences, ", "),
               Join(client.scopes, " "), std::string(Name(client.token_kind)),
               Duration(client.token_lifetime_ms),
               client.refresh_lifetime_ms == 0 ? "-" : Duration(client.refresh_lifetime_ms),
               LocalTime(client.created_at)});
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
  return WithSecret(out, out.client_secret, "has a new secret, and the old one is void");
}

}  // namespace

void AddClientVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  const auto with = [&args](Result<Output> (*run)(Context&, const Args&)) {
    return [args, run](Context& context) { return run(context, *args); };
  };
  parser.AddGroup("client", "Registered web apps");
  {
    Verb verb = parser.AddVerb("client add", "Register a web app; prints its id and, once, its secret", with(Add));
    verb.Required("NAME,--name", args->name, "What people call it")
        .OptionalList("-a,--audience", args->options.audiences,
                      "App or API that its tokens may be for; may be repeated");
    args->options.AddTo(verb);
    verb.Example("sudo fobctl client add Wiki --audience https://wiki.example.org")
        .Example("sudo fobctl client add Grafana --redirect-uri https://grafana.example.org/login/generic_oauth -s openid -s profile -s groups --group grafana-admins --refresh 12h")
        .Example("sudo fobctl --json client add Wiki -a https://wiki.example.org -s read -s write")
        .Example("sudo fobctl client add Mail -a https://mail.example.org --kind opaque --refresh 12h");
  }
  {
    Verb verb = parser.AddVerb("client update", "Change what a web app may have; what is not named stays", with(Update));
    verb.Required("CLIENT,--client", args->client_id, "Its id or name")
        .OptionalList("-a,--audience", args->options.audiences,
                      "App or API that its tokens may be for, instead of those before; may be repeated");
    args->options.AddTo(verb);
    verb.Flag("--no-refresh", args->options.no_refresh, "It may not refresh its tokens any more")
        .OptionalList("--clear", args->options.clear, "Empty a list: " + ClientOptions::Clearable() + "; may be repeated")
        .Example("sudo fobctl client update Wiki --refresh 12h")
        .Example("sudo fobctl client update Wiki --machine yes --clear groups");
  }
  parser.AddVerb("client show", "Show a web app and what it may have", with(Show))
      .Required("CLIENT,--client", args->client_id, "Its id or name")
      .Example("sudo fobctl client show Wiki");
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
