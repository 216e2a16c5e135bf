#include "pam/conversation.h"

#include <security/pam_ext.h>
#include <string.h>

#include <cstdlib>
#include <string>

#include "pam/printable.h"

namespace fob::pam {

void Conversation::Show(int style, std::string_view text) const {
  const std::string line = Printable(text);
  if (!line.empty()) pam_prompt(pamh_, style, nullptr, "%s", line.c_str());
}

void Conversation::Tell(std::string_view text) const { Show(PAM_TEXT_INFO, text); }
void Conversation::Complain(std::string_view text) const { Show(PAM_ERROR_MSG, text); }

Result<SecretBytes> Conversation::Ask(std::string_view prompt, bool echo) const {
  const std::string line = Printable(prompt);
  char* typed = nullptr;
  const int result = pam_prompt(pamh_, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, &typed,
                                "%s", line.c_str());
  if (typed == nullptr) return MakeError(Code::kCancelled, "cancelled", "cancelled at the prompt");
  const size_t size = strlen(typed);
  const bool fits = size <= PAM_MAX_RESP_SIZE;
  SecretBytes answer(fits && result == PAM_SUCCESS ? std::string_view(typed, size)
                                                   : std::string_view());
  Wipe(typed, size);
  std::free(typed);
  if (result != PAM_SUCCESS)
    return MakeError(Code::kCancelled, "cancelled", "cancelled at the prompt");
  if (!fits) return MakeError(Code::kInvalidArgument, "answer_too_long", "the answer is too long");
  return answer;
}

}  // namespace fob::pam
