#include "cli/ceremony.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

// The codes go to stdout alone, so that they can be kept or printed.
Result<Output> Create(Context& context, const std::optional<std::string>& user) {
  proto::enrol::CreateRecoveryCodes::In in;
  in.user = user;
  FOB_TRY(const proto::Done done, Ceremony(context).Run<proto::enrol::CreateRecoveryCodes>(std::move(in)));
  if (!done.recovery_codes) return MakeError(Code::kCorrupt, "bad_reply", "fobd made no recovery codes");
  Output output;
  output.json = ToJson(done, proto::WipingStorage());
  for (const SecretBytes& code : *done.recovery_codes) {
    output.text.Append(code);
    output.text.Append("\n");
  }
  output.notice = done.message;
  output.unshown = "recovery codes were made and not shown: make new ones with fobctl recovery create";
  return output;
}

}  // namespace

void AddRecoveryVerbs(Parser& parser) {
  const auto user = std::make_shared<std::optional<std::string>>();
  parser.AddGroup("recovery", "Codes for the day when key and phone are lost");
  parser
      .AddVerb("recovery create", "Make ten single-use codes; earlier ones are void",
               [user](Context& context) { return Create(context, *user); })
      .Optional("--user", *user, "Whose; without it your own")
      .Example("fobctl recovery create")
      .Example("sudo fobctl recovery create --user alice");
}

}  // namespace fob::cli
