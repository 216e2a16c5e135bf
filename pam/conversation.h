#pragma once

#include <security/pam_modules.h>

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace fob::pam {

// The person at the other end of the host application's conversation function. Everything shown is
// made Printable first.
class Conversation {
 public:
  // quiet: the host asked for PAM_SILENT; only questions are shown.
  Conversation(pam_handle_t* pamh, bool quiet) : pamh_(pamh), quiet_(quiet) {}

  // A host that cannot show a message loses it; the ceremony goes on.
  void Tell(std::string_view text) const;
  void Complain(std::string_view text) const;

  // The person's answer; empty is an answer. kCancelled when the host gave none, kInvalidArgument
  // when it is longer than any answer is. Every copy but the returned one is wiped.
  Result<SecretBytes> Ask(std::string_view prompt, bool echo) const;

 private:
  void Show(int style, std::string_view text) const;

  pam_handle_t* pamh_;
  bool quiet_;
};

}  // namespace fob::pam
