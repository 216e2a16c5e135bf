#pragma once

#include <string>

#include "cli/context.h"

namespace fob::cli {

// A token out of `file`, or standard input when it is "-". A token in place of a file is refused: other
// users see it in the list of processes.
Result<SecretBytes> ReadToken(Context& context, const std::string& file);

}  // namespace fob::cli
