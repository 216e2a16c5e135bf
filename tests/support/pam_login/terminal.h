#pragma once

#include <security/pam_appl.h>

namespace fob::testing {

// A PAM conversation with standard input and output. Each message is printed on a line with its
// kind before it; each answer is one line of input, typed without echo where the question asks for
// that and the input is a terminal. At end of input the question is cancelled (PAM_CONV_ERR).
int TerminalConversation(int count, const pam_message** messages, pam_response** responses,
                         void* unused);

}  // namespace fob::testing
