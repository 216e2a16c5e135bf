#include "cli/own_login.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

// An audience that wants a touch for each ticket gets it from a login of its own, whose time and factors then stand in
// the token: a touch that only the ticket knew of would be told to nobody.
Result<proto::token::Ticket::Out> TakeTicket(Context& context, proto::token::Ticket::In in) {
  auto out = context.CallOnLogin<proto::token::Ticket>(in);
  const bool wants_touch = !out.ok() && out.error().reason == "fresh_touch" && !in.login.has_value();
  if (!wants_touch || !context.terminal().interactive()) return out;
  context.terminal().Say("Each ticket for this audience takes a touch of your security key.");
  FOB_TRY(const auto opened, OpenOwnLogin(context));
  in.login = opened.login.login;
  return context.Call<proto::token::Ticket>(in);
}

}  // namespace

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
                 FOB_TRY(const auto out, TakeTicket(context, {args->client_id, args->audience, args->scope, args->login}));
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
