#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"

namespace fob::cli {

// Signed heads as the audit trail is to be held against: those given, and the last ones that stand in
// the lines of `file` (or of standard input: "-"). Nothing when there are none.
Result<std::optional<std::vector<std::string>>> SignedHeads(Context& context,
                                                            std::vector<std::string> given,
                                                            const std::optional<std::string>& file);

// SEQ:HASH:SIG in a line of the journal; empty: the line has none.
std::string HeadIn(std::string_view line);

}  // namespace fob::cli
