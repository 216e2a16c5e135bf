#pragma once

#include <security/pam_modules.h>

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace fob::pam {

// The person at the other end of the host application's conversation function. Everything shown is
// made Printable first. PAM_SILENT silences nothing: sudo always says it (up to 1.9.15), and whoever
// is not told to touch the key waits for nothing (I11).
class Conversation {
 public:
  explicit Conversation(pam_handle_t* pamh) : pamh_(pamh) {}

  // A host that cannot show a message loses it; the ceremony goes on.
  void Tell(std::string_view text) const;
  void Complain(std::string_view text) const;

  // The person's answer; empty is an answer. kCancelled when the host gave none, kInvalidArgument
  // when it is longer than any answer is. Every copy but the returned one is wiped.
  Result<SecretBytes> Ask(std::string_view prompt, bool echo) const;

 private:
  void Show(int style, std::string_view text) const;

  pam_handle_t* pamh_;
};

}  // namespace fob::pam
