#pragma once

#include <string>
#include <string_view>

namespace fob::pam {

// `text` as it may be shown on a terminal or logged: one line of valid UTF-8, without control
// characters (C0, DEL, C1), line separators and marks that turn the direction of text; each becomes
// a space. At most 400 bytes, cut between characters, so that it fits a PAM message.
std::string Printable(std::string_view text);

}  // namespace fob::pam
