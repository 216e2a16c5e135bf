#include <fmt/format.h>

#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

Result<Output> List(Context& context) {
  FOB_TRY(const auto out, context.Call<proto::admin::ListSigningKeys>({}));
  Table table({"KEY ID", "ALGORITHM", "STATE", "MADE", "SIGNS FROM"});
  for (const proto::SigningKey& key : out.keys) {
    table.Row({key.kid, std::string(Name(key.algorithm)), std::string(Name(key.state)), LocalTime(key.created_at),
               key.signs_from == 0 ? "at once" : LocalTime(key.signs_from)});
  }
  return MakeOutput(ToJson(out), table.Render());
}

Result<Output> Rotate(Context& context, const std::optional<std::string>& algorithm) {
  using Algorithm = proto::admin::RotateSigningKey::In::Algorithm;
  proto::admin::RotateSigningKey::In in;
  if (algorithm) {
    in.algorithm = *algorithm == "ES256"   ? Algorithm::kES256
                   : *algorithm == "EdDSA" ? Algorithm::kEdDSA
                                           : Algorithm::kRS256;
  }
  FOB_TRY(const auto out, context.Call<proto::admin::RotateSigningKey>(in));
  return MakeOutput(ToJson(out), fmt::format("{} is published and signs from {}\n", Printable(out.key.kid),
                                             LocalTime(out.key.signs_from)));
}

}  // namespace

void AddKeysVerbs(Parser& parser) {
  const auto algorithm = std::make_shared<std::optional<std::string>>();
  parser.AddGroup("keys", "fobd's own keys, which sign tokens");
  parser.AddVerb("keys list", "List the signing keys", List).Example("sudo fobctl keys list");
  parser
      .AddVerb("keys rotate", "Make the next signing key: it is published now and signs later",
               [algorithm](Context& context) { return Rotate(context, *algorithm); })
      .Choice("--algorithm", *algorithm, {"ES256", "EdDSA", "RS256"}, "Of which algorithm [ES256]")
      .Example("sudo fobctl keys rotate");
}

}  // namespace fob::cli
