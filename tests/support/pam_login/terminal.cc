#include "tests/support/pam_login/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/secret.h"

namespace fob::testing {
namespace {

// Echo is off while this lives, where the input is a terminal.
class EchoOff {
 public:
  explicit EchoOff(bool wanted) : active_(wanted && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!active_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~EchoOff() {
    if (!active_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::puts("");
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  termios before_{};
  bool active_;
};

// One line as malloc'ed text, or null at end of input. Unbuffered: what follows is for the next
// reader.
char* ReadLine() {
  auto* line = static_cast<char*>(std::calloc(1, PAM_MAX_RESP_SIZE));
  for (size_t size = 0; line != nullptr && size + 1 < PAM_MAX_RESP_SIZE; ++size) {
    if (::read(STDIN_FILENO, line + size, 1) != 1) {
      if (size != 0) break;
      std::free(line);
      return nullptr;
    }
    if (line[size] == '\n') {
      line[size] = '\0';
      break;
    }
  }
  return line;
}

bool Hear(const pam_message& message, pam_response& response) {
  switch (message.msg_style) {
    case PAM_TEXT_INFO:
      std::printf("  info     %s\n", message.msg);
      return true;
    case PAM_ERROR_MSG:
      std::printf("  error    %s\n", message.msg);
      return true;
    case PAM_PROMPT_ECHO_ON:
    case PAM_PROMPT_ECHO_OFF:
      break;
    default:
      return false;
  }
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  std::printf("  question %s", message.msg);
  if (!terminal) std::puts("");
  std::fflush(stdout);
  const EchoOff quiet(message.msg_style == PAM_PROMPT_ECHO_OFF && terminal);
  response.resp = ReadLine();
  return response.resp != nullptr;
}

}  // namespace

int TerminalConversation(int count, const pam_message** messages, pam_response** responses, void*) {
  if (count <= 0 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
  auto* answers =
      static_cast<pam_response*>(std::calloc(static_cast<size_t>(count), sizeof(pam_response)));
  if (answers == nullptr) return PAM_BUF_ERR;
  for (int i = 0; i < count; ++i) {
    if (Hear(*messages[i], answers[i])) continue;
    for (int j = 0; j < i; ++j) {
      if (answers[j].resp != nullptr) Wipe(answers[j].resp, PAM_MAX_RESP_SIZE);
      std::free(answers[j].resp);
    }
    std::free(answers);
    return PAM_CONV_ERR;
  }
  *responses = answers;
  std::fflush(stdout);
  return PAM_SUCCESS;
}

}  // namespace fob::testing
