#include "cli/token_input.h"

namespace fob::cli {

Result<SecretBytes> ReadToken(Context& context, const std::string& file) {
  const bool jwt = file.starts_with("eyJ") && file.find('.') != std::string::npos;
  const bool opaque = (file.starts_with("at_") || file.starts_with("rt_")) && file.size() > 40;
  if (jwt || opaque) {
    return MakeError(Code::kInvalidArgument, "usage",
                     "that is a token, which other users can now see in the list of processes: "
                     "give it in a file or on "
                     "standard input");
  }
  return context.ReadSecret(file, "token");
}

}  // namespace fob::cli
