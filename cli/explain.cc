#include <fmt/format.h>

#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

struct Args {
  std::optional<std::string> user;
  std::string service;
  std::optional<std::string> rhost;
  std::optional<std::string> locality;
};

using Explain = proto::login::Explain;

std::string Render(const Explain::Out& out) {
  std::string text = Fields()
                         .Add("user", out.user)
                         .Add("locality", out.locality)
                         .Add("rule", fmt::format("{} (line {})", out.rule, out.line))
                         .Add("decision", std::string(proto::Name(out.decision)))
                         .Add("because", out.why)
                         .Render();
  if (out.ways.empty()) return text;
  Table table({"WAY", "POSSIBLE NOW"});
  for (const proto::Way& way : out.ways) {
    table.Row({Join(way.factors, " then "), way.why_not ? "no: " + *way.why_not : "yes"});
  }
  return text + "\n" + table.Render();
}

Result<Output> ExplainLogin(Context& context, const Args& args) {
  Explain::In in;
  in.user = args.user;
  in.service = args.service;
  in.rhost = args.rhost;
  using Locality = Explain::In::Locality;
  if (args.locality == "local") in.locality = Locality::kLocal;
  if (args.locality == "remote") in.locality = Locality::kRemote;
  if (args.locality == "unknown") in.locality = Locality::kUnknown;
  FOB_TRY(const auto out, context.Call<Explain>(in));
  return MakeOutput(ToJson(out), Render(out));
}

}  // namespace

void AddExplainVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser.AddGroup("explain", "Why a login would be allowed or refused, and why a token exists");
  parser
      .AddVerb("explain login", "What a login at a service would be asked for, and by which rule",
               [args](Context& context) { return ExplainLogin(context, *args); })
      .Required("SERVICE,--service", args->service, "PAM service, such as sshd or sudo")
      .Optional("USER,--user", args->user, "Whose; without it your own")
      .Optional("--rhost", args->rhost, "As if it came from this host")
      .Choice("--locality", args->locality, {"local", "remote", "unknown"}, "As if the person sat there (root)")
      .Example("fobctl explain login sudo")
      .Example("sudo fobctl explain login sshd alice --rhost 192.0.2.1");
}

}  // namespace fob::cli
