#include "cli/verbs.h"

namespace fob::cli {
namespace {

struct Args {
  std::string client_id;
  std::string secret_file;
  std::string ticket_file = "-";
  std::optional<std::string> audience;
};

Result<Output> Exchange(Context& context, const Args& args) {
  if (args.secret_file == "-" && args.ticket_file == "-") {
    return MakeError(Code::kInvalidArgument, "usage",
                     "the client secret and the ticket cannot both come from standard input: name "
                     "a file for one");
  }
  proto::token::Exchange::In in;
  in.client_id = args.client_id;
  in.audience = args.audience;
  FOB_TRY(in.client_secret, context.ReadSecret(args.secret_file, "client secret"));
  FOB_TRY(in.ticket, context.ReadSecret(args.ticket_file, "ticket"));
  FOB_TRY(const auto out, context.Call<proto::token::Exchange>(in));
  return SecretOutput(ToJson(out, proto::WipingStorage()), out.access_token);
}

}  // namespace

void AddExchangeVerb(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser
      .AddVerb("exchange", "Redeem a ticket, as the web app, for an access token",
               [args](Context& context) { return Exchange(context, *args); })
      .Required("--client", args->client_id, "The web app, by id or name")
      .Required("--client-secret-file", args->secret_file,
                "File with the web app's secret, or - for standard input")
      .Defaulted("--ticket-file", args->ticket_file,
                 "File with the ticket, or - for standard input")
      .Optional("--audience", args->audience, "App or API that the token is for [the ticket's]")
      .Example(
          "fobctl exchange --client \"$ID\" --client-secret-file app.secret --ticket-file ticket")
      .Example(
          "fobctl ticket --client \"$ID\" | fobctl exchange --client \"$ID\" --client-secret-file "
          "app.secret");
}

}  // namespace fob::cli
