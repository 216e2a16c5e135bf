#include <fmt/format.h>

#include "cli/table.h"
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

Result<Output> Verify(Context& context, const std::string& file) {
  if (file.starts_with("eyJ") && file.find('.') != std::string::npos) {
    return MakeError(Code::kInvalidArgument, "usage",
                     "that is a token, which other users can now see in the list of processes: "
                     "give it in a file or on "
                     "standard input");
  }
  proto::token::Verify::In in;
  FOB_TRY(in.access_token, context.ReadSecret(file, "token"));
  FOB_TRY(const auto out, context.Call<proto::token::Verify>(in));
  boost::json::object json = ToJson(out);
  if (out.active) {
    const boost::json::value* claims = json.if_contains("claims");
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
  parser.AddGroup("token", "Access tokens");
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
