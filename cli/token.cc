#include <fmt/format.h>

#include "cli/table.h"
#include "cli/token_input.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

bool IsTime(std::string_view claim) {
  return claim == "exp" || claim == "iat" || claim == "nbf" || claim == "auth_time";
}

std::string ClaimText(std::string_view name, const boost::json::value& value) {
  if (IsTime(name) && value.is_int64())
    return fmt::format("{} ({})", value.get_int64(), LocalTime(value.get_int64()));
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  return boost::json::serialize(value);
}

std::string RenderClaims(const boost::json::object& claims) {
  Fields fields;
  for (const auto& member : claims) {
    const std::string_view name(member.key().data(), member.key().size());
    fields.Add(Printable(name), ClaimText(name, member.value()));
  }
  return fields.Render();
}

struct GetArgs {
  std::string client_id;
  std::optional<std::string> audience;
  std::optional<std::string> scope;
  std::optional<std::string> login;
};

Result<Output> Get(Context& context, const GetArgs& args) {
  FOB_TRY(const auto out, context.CallOnLogin<proto::token::Take>(
                              {args.client_id, args.audience, args.scope, args.login}));
  return SecretOutput(ToJson(out, proto::WipingStorage()), out.access_token);
}

struct RevokeArgs {
  std::string file = "-";
  std::optional<std::string> client_id;
  std::optional<std::string> secret_file;
};

Result<Output> Revoke(Context& context, const RevokeArgs& args) {
  if (args.client_id.has_value() != args.secret_file.has_value()) {
    return MakeError(Code::kInvalidArgument, "usage", "--client and --client-secret-file go together");
  }
  if (args.secret_file == "-" && args.file == "-") {
    return MakeError(Code::kInvalidArgument, "usage",
                     "the client secret and the token cannot both come from standard input: name a file for one");
  }
  proto::token::Revoke::In in;
  FOB_TRY(in.token, ReadToken(context, args.file));
  in.client_id = args.client_id;
  if (args.secret_file) {
    FOB_TRY(in.client_secret, context.ReadSecret(*args.secret_file, "client secret"));
  }
  FOB_TRY(const auto out, context.Call<proto::token::Revoke>(in));
  // An fobd that does not say so yet revoked what it knew.
  const bool revoked = out.revoked.value_or(true);
  boost::json::object json = ToJson(out);
  json["revoked"] = revoked;
  return MakeOutput(std::move(json), revoked ? "revoked\n" : "not a token that lives here: nothing to revoke\n");
}

Result<Output> Verify(Context& context, const std::string& file) {
  proto::token::Verify::In in;
  FOB_TRY(in.access_token, ReadToken(context, file));
  FOB_TRY(const auto out, context.Call<proto::token::Verify>(in));
  boost::json::object json = ToJson(out);
  if (out.active) {
    const boost::json::value* claims = json.if_contains("claims");
    if (claims == nullptr) claims = json.if_contains("info");
    const std::string text =
        claims != nullptr && claims->is_object() ? RenderClaims(claims->get_object()) : "";
    return MakeOutput(std::move(json), text);
  }
  Output output =
      MakeOutput(std::move(json),
                 fmt::format("not active: {}\n", Printable(out.why.value_or("fobd says no more"))));
  output.exit_code = kRefused;
  return output;
}

// The JWK Set itself, ready to be published: one document in both forms.
Result<Output> ShowJwks(Context& context) {
  FOB_TRY(const auto out, context.Call<proto::token::Jwks>({}));
  FOB_TRY(boost::json::object set, proto::ParseObject(out.jwks.text));
  Output output;
  output.text.Append(boost::json::serialize(set));
  output.text.Append("\n");
  output.json = std::move(set);
  return output;
}

}  // namespace

void AddTokenVerbs(Parser& parser) {
  const auto file = std::make_shared<std::string>("-");
  const auto get = std::make_shared<GetArgs>();
  const auto revoke = std::make_shared<RevokeArgs>();
  parser.AddGroup("token", "Access tokens");
  parser.SetDefault("token", "get");
  parser
      .AddVerb("token get",
               "Print an access token from your login, for a web app registered as direct; get may be left out",
               [get](Context& context) { return Get(context, *get); })
      .Required("--client", get->client_id, "The web app, by id or name")
      .Optional("--audience", get->audience, "App or API that the token is for [the web app's only one]")
      .Optional("--scope", get->scope, "Scopes, blanks between them [all of the web app's]")
      .Optional("--login", get->login, "Which login [the newest of this session]")
      .Example("fobctl token --client wiki-cli")
      .Example("curl -H \"Authorization: Bearer $(fobctl token --client wiki-cli)\" https://wiki.example.org/api");
  parser
      .AddVerb("token revoke", "Kill a token: an access token by itself, a refresh token with its whole grant",
               [revoke](Context& context) { return Revoke(context, *revoke); })
      .Defaulted("FILE,--token-file", revoke->file, "File with the token, or - for standard input")
      .Optional("--client", revoke->client_id, "As this web app [as its user, or as root]")
      .Optional("--client-secret-file", revoke->secret_file, "File with the web app's secret, or - for standard input")
      .Example("fobctl token revoke < token")
      .Example("fobctl token revoke token --client \"$ID\" --client-secret-file app.secret");
  parser
      .AddVerb("token verify",
               "Ask whether a token is good now; prints its claims, exits 1 when it is not",
               [file](Context& context) { return Verify(context, *file); })
      .Defaulted("FILE,--token-file", *file, "File with the token, or - for standard input")
      .Example("fobctl token verify token.jwt")
      .Example("fobctl token verify < token.jwt");
  parser.AddVerb("jwks", "Print the public signing keys as a JWK Set (RFC 7517)", ShowJwks)
      .Example("fobctl jwks > jwks.json");
}

}  // namespace fob::cli
