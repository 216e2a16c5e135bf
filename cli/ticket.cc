#include "cli/verbs.h"

namespace fob::cli {

void AddTicketVerb(Parser& parser) {
  struct Args {
    std::string client_id;
    std::optional<std::string> audience;
    std::optional<std::string> scope;
    std::optional<std::string> login;
  };
  const auto args = std::make_shared<Args>();
  parser
      .AddVerb("ticket",
               "Print a ticket: seconds-long, single-use proof of your login for one web app",
               [args](Context& context) -> Result<Output> {
                 FOB_TRY(const auto out,
                         context.CallOnLogin<proto::token::Ticket>(
                             {args->client_id, args->audience, args->scope, args->login}));
                 return SecretOutput(ToJson(out, proto::WipingStorage()), out.ticket);
               })
      .Required("--client", args->client_id, "The web app that will redeem it, by id or name")
      .Optional("--audience", args->audience,
                "App or API that the token is for [the web app's only one]")
      .Optional("--scope", args->scope, "Scopes, blanks between them [all of the web app's]")
      .Optional("--login", args->login, "Which login [the newest of this session]")
      .Example("fobctl ticket --client client_3q2-7wAAAAAAAAAAAAAAAA")
      .Example(
          "fobctl ticket --client \"$ID\" | fobctl exchange --client \"$ID\" --client-secret-file "
          "app.secret");
}

}  // namespace fob::cli
