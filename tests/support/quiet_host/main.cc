// quiet-host CONFDIR SERVICE USER: authenticates, opens a session, and waits for the end of its
// standard input, from which it has answered each question with a line. It keeps no answer and uses
// no buffers, so that what stands in its memory afterwards is the module's doing. "authenticated" and
// "opened", or "failed", on standard output.
#include <security/pam_appl.h>
#include <string.h>
#include <unistd.h>

#include <cstdlib>

namespace {

constexpr size_t kMaxLine = 128;

char* ReadLine() {
  char* line = static_cast<char*>(std::calloc(1, kMaxLine));
  for (size_t have = 0; have + 1 < kMaxLine && ::read(0, line + have, 1) == 1; ++have) {
    if (line[have] == '\n') {
      line[have] = '\0';
      return line;
    }
  }
  std::free(line);
  return nullptr;
}

void Say(const char* text) {
  if (::write(1, text, ::strlen(text)) < 0) ::_exit(3);
}

int Converse(int count, const pam_message** messages, pam_response** out, void*) {
  auto* answers =
      static_cast<pam_response*>(std::calloc(static_cast<size_t>(count), sizeof(pam_response)));
  for (int i = 0; i < count; ++i) {
    const int style = messages[i]->msg_style;
    if (style != PAM_PROMPT_ECHO_ON && style != PAM_PROMPT_ECHO_OFF) continue;
    answers[i].resp = ReadLine();
    if (answers[i].resp == nullptr) return PAM_CONV_ERR;
  }
  *out = answers;
  return PAM_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const pam_conv conversation{&Converse, nullptr};
  pam_handle_t* pamh = nullptr;
  if (pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pamh) != PAM_SUCCESS) return 1;
  bool good = pam_authenticate(pamh, 0) == PAM_SUCCESS;
  Say(good ? "authenticated\n" : "failed\n");
  if (good) {
    good = pam_open_session(pamh, 0) == PAM_SUCCESS;
    Say(good ? "opened\n" : "failed\n");
  }
  char rest = 0;
  while (::read(0, &rest, 1) > 0) {
  }
  pam_end(pamh, PAM_SUCCESS);
  return good ? 0 : 1;
}
