// pam-login: runs one login through the real Linux-PAM, as a host application does, and prints each
// message of the conversation and the result of each phase.
//
//   pam-login --service NAME --user NAME [--confdir FOLDER] [--tty TTY] [--rhost HOST]
//             [--session] [--leave-open] [-- COMMAND [ARGUMENT...]]
//
// --confdir     read service files there instead of in /etc/pam.d
// --session     after authenticate and account: setcred, open_session and close_session
// COMMAND       runs inside the session with the PAM environment added to its own; implies
// --session
// --leave-open  do not close the session, as an application that crashed; implies --session
//
// Exit status: 0 each phase, and the command, succeeded; 1 one did not; 2 usage.
#include <getopt.h>
#include <security/pam_appl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/pam_login/terminal.h"

namespace {

struct Options {
  std::string service, user, confdir, tty, rhost;
  bool session = false;
  bool leave_open = false;
  std::vector<char*> command;  // ends with a null where there is one
};

int Usage() {
  std::fputs(
      "usage: pam-login --service NAME --user NAME [--confdir FOLDER] [--tty TTY] [--rhost HOST]\n"
      "                 [--session] [--leave-open] [-- COMMAND [ARGUMENT...]]\n",
      stderr);
  return 2;
}

bool ReadOptions(int argc, char** argv, Options& out) {
  const option known[] = {
      {"service", required_argument, nullptr, 's'}, {"user", required_argument, nullptr, 'u'},
      {"confdir", required_argument, nullptr, 'c'}, {"tty", required_argument, nullptr, 't'},
      {"rhost", required_argument, nullptr, 'r'},   {"session", no_argument, nullptr, 'S'},
      {"leave-open", no_argument, nullptr, 'L'},    {nullptr, 0, nullptr, 0}};
  for (int which = 0; (which = ::getopt_long(argc, argv, "+", known, nullptr)) != -1;) {
    switch (which) {
      case 's':
        out.service = optarg;
        break;
      case 'u':
        out.user = optarg;
        break;
      case 'c':
        out.confdir = optarg;
        break;
      case 't':
        out.tty = optarg;
        break;
      case 'r':
        out.rhost = optarg;
        break;
      case 'S':
        out.session = true;
        break;
      case 'L':
        out.leave_open = true;
        break;
      default:
        return false;
    }
  }
  if (optind < argc) out.command.assign(argv + optind, argv + argc + 1);
  out.session = out.session || out.leave_open || !out.command.empty();
  return !out.service.empty() && !out.user.empty();
}

// Prints the result of a phase; false when it failed.
bool Passed(pam_handle_t* pamh, const char* phase, int result) {
  std::printf("%-13s %s\n", phase, pam_strerror(pamh, result));
  std::fflush(stdout);
  return result == PAM_SUCCESS;
}

bool RunCommand(pam_handle_t* pamh, const std::vector<char*>& command) {
  if (command.empty()) return true;
  const pid_t pid = ::fork();
  if (pid < 0) return false;
  if (pid == 0) {
    char** environment = pam_getenvlist(pamh);
    for (char** line = environment; line != nullptr && *line != nullptr; ++line) ::putenv(*line);
    ::execvp(command[0], command.data());
    std::perror(command[0]);
    ::_exit(127);
  }
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool RunSession(pam_handle_t* pamh, const Options& options) {
  if (!Passed(pamh, "setcred", pam_setcred(pamh, PAM_ESTABLISH_CRED))) return false;
  if (!Passed(pamh, "open_session", pam_open_session(pamh, 0))) return false;
  const bool ran = RunCommand(pamh, options.command);
  if (options.leave_open) return ran;
  const bool closed = Passed(pamh, "close_session", pam_close_session(pamh, 0));
  return Passed(pamh, "setcred", pam_setcred(pamh, PAM_DELETE_CRED)) && closed && ran;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!ReadOptions(argc, argv, options)) return Usage();
  const pam_conv conversation{&fob::testing::TerminalConversation, nullptr};
  pam_handle_t* pamh = nullptr;
  const int started =
      pam_start_confdir(options.service.c_str(), options.user.c_str(), &conversation,
                        options.confdir.empty() ? nullptr : options.confdir.c_str(), &pamh);
  if (started != PAM_SUCCESS) {
    std::fprintf(stderr, "pam-login: PAM does not start (%d)\n", started);
    return 1;
  }
  if (!options.tty.empty()) pam_set_item(pamh, PAM_TTY, options.tty.c_str());
  if (!options.rhost.empty()) pam_set_item(pamh, PAM_RHOST, options.rhost.c_str());
  bool passed = Passed(pamh, "authenticate", pam_authenticate(pamh, 0)) &&
                Passed(pamh, "account", pam_acct_mgmt(pamh, 0));
  if (passed && options.session) passed = RunSession(pamh, options);
  pam_end(pamh, passed ? PAM_SUCCESS : PAM_AUTH_ERR);
  return passed ? 0 : 1;
}
