#include <fmt/format.h>

#include "cli/verbs.h"

namespace fob::cli {

void AddEnrolCodeVerbs(Parser& parser) {
  struct Args {
    std::string user;
    std::optional<int64_t> lifetime_ms;
  };
  const auto args = std::make_shared<Args>();
  parser.AddGroup("enrol-code", "One-time codes for a user's first factor");
  parser
      .AddVerb("enrol-code create",
               "Print a one-time code with which a user enrols the first factor",
               [args](Context& context) -> Result<Output> {
                 FOB_TRY(const auto out,
                         context.Call<proto::enrol::CreateCode>({args->user, args->lifetime_ms}));
                 Output output = SecretOutput(
                     ToJson(out, proto::WipingStorage()), out.enrol_code,
                     fmt::format("Valid once, for {}, until {}.", Printable(args->user),
                                 LocalTime(out.expires_at)));
                 output.unshown = fmt::format(
                     "a code for {} was made; it was not shown: fobctl enrol-code create {}",
                     args->user, args->user);
                 return output;
               })
      .Required("USER,--user", args->user, "For whom")
      .DurationMs("--lifetime", args->lifetime_ms, 60'000,
                  int64_t{30} * 24 * 3600 * 1000,
                  "How long it is valid, such as 2h (1m to 30d) [fobd's setting]")
      .Example("sudo fobctl enrol-code create alice --lifetime 2h");
}

}  // namespace fob::cli
