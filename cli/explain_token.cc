#include <fmt/format.h>

#include "cli/table.h"
#include "cli/token_input.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

Result<Output> Explain(Context& context, const std::string& file) {
  proto::token::Explain::In in;
  FOB_TRY(in.token, ReadToken(context, file));
  FOB_TRY(const auto out, context.Call<proto::token::Explain>(in));
  Fields fields;
  fields.Add("token", std::string(proto::Name(out.kind)))
      .Add("active", out.active ? "yes" : fmt::format("no: {}", out.why.value_or("fobd says no more")));
  if (out.info) {
    fields.Add("audience", out.info->aud)
        .Add("scope", out.info->scope)
        .Add("issued", LocalTime(out.info->iat))
        .Add("expires", LocalTime(out.info->exp))
        .Add("acr", out.info->acr.value_or(""))
        .Add("amr", out.info->amr ? Join(*out.info->amr, " ") : "");
  }
  if (out.grant) {
    fields.Add("grant", out.grant->grant)
        .Add("granted", LocalTime(out.grant->created_at))
        .Add("web app", fmt::format("{} ({})", out.grant->client, out.grant->client_id))
        .Add("user", out.grant->user.value_or("none: the web app's own"))
        .Add("login", out.grant->login.value_or(""));
  }
  fields.Add("at service", out.service.value_or(""))
      .Add("proved by", out.factors ? Join(*out.factors, " + ") : "")
      .Add("policy rule", out.rule.value_or(""));
  return MakeOutput(ToJson(out), fields.Render());
}

}  // namespace

void AddExplainTokenVerb(Parser& parser) {
  const auto file = std::make_shared<std::string>("-");
  parser
      .AddVerb("explain token", "Why a token exists: its login, factors, rule and grant, and whether it lives",
               [file](Context& context) { return Explain(context, *file); })
      .Defaulted("FILE,--token-file", *file, "File with the token, or - for standard input")
      .Example("fobctl explain token < token");
}

}  // namespace fob::cli
