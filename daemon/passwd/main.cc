// fob-passwd: one check of one password by PAM, for fobd at the other end of a socket. Root's, because nobody
// else reads /etc/shadow.
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

#include "base/standard_streams.h"
#include "daemon/passwd/pam_check.h"
#include "proto/envelope.h"
#include "proto/frame.h"
#include "proto/messages_json.h"
#include "sandbox/sandbox.h"

namespace {

using fob::Code;
using fob::Error;
using fob::MakeError;
using fob::Result;
using fob::SecretBytes;
using fob::passwd::Verdict;
using Check = fob::proto::password::Check;

constexpr int kUsage = 2;
constexpr unsigned kLongestSeconds = 20;  // of a check; fobd waits no longer
constexpr std::string_view kInterface = "org.fobd.Password";

// The one call. kCorrupt: it is none.
Result<fob::proto::Call> ReadCall(int socket) {
  const Error none = MakeError(Code::kCorrupt, "bad_call", "no call came");
  fob::proto::FrameReader reader;
  while (true) {
    FOB_TRY(const auto message, reader.Next());
    if (message.has_value()) {
      if (reader.partial()) return none;
      return fob::proto::ParseCall(*message);
    }
    const auto space = reader.Space();
    if (space.empty()) return none;
    const ssize_t got = ::read(socket, space.data(), space.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return none;
    reader.Filled(static_cast<size_t>(got));
  }
}

void Reply(int socket, const SecretBytes& frame) {
  fob::ByteView rest = frame.Reveal();
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    rest = rest.subspan(static_cast<size_t>(sent));
  }
}

Result<Check::Out> Answer(const fob::proto::Call& call) {
  if (call.method != Check::kName) return MakeError(Code::kInvalidArgument, "bad_call", "no such method here");
  FOB_TRY(const Check::In in, fob::proto::FromJson<Check::In>(call.parameters, fob::proto::Unknown::kRefuse));
  // PAM takes C strings.
  const bool nul = in.user.find('\0') != std::string::npos || in.rhost.find('\0') != std::string::npos ||
                   in.password.RevealText().find('\0') != std::string_view::npos;
  if (nul || in.user.empty() || in.user.size() > 256 || in.rhost.size() > 256 || in.password.size() > 512) {
    return MakeError(Code::kInvalidArgument, "bad_call", "a user, rhost or password that can be none");
  }
  using Why = Check::Out::Why;
  Check::Out out;
  switch (fob::passwd::CheckPassword(in.user, in.rhost, in.password)) {
    case Verdict::kAccepted: out.accepted = true; break;
    case Verdict::kWrong: out.why = Why::kWrong; break;
    case Verdict::kExpired: out.why = Why::kExpired; break;
    case Verdict::kUnavailable: out.why = Why::kUnavailable; break;
  }
  return out;
}

int Fail(const Error& error, int status) {
  std::fprintf(stderr, "fob-passwd: %s\n", error.text.c_str());
  return status;
}

}  // namespace

int main(int argc, char**) {
  if (!fob::HoldStandardStreams()) return 1;
  int type = 0;
  socklen_t size = sizeof type;
  if (argc != 1 || ::getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) {
    std::fprintf(stderr, "fob-passwd takes no arguments, and a socket as its standard input: fobd or systemd starts it\n");
    return kUsage;
  }
  ::alarm(kLongestSeconds);  // its default ends the process, wherever PAM's modules hang
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (const fob::Status locked = fob::sandbox::LockPasswordCheck(); !locked.ok()) return Fail(locked.error(), 1);
  const auto call = ReadCall(0);
  if (!call.ok()) return Fail(call.error(), 1);
  const auto answer = Answer(*call);
  Reply(0, answer.ok() ? fob::proto::EncodeReply(fob::proto::ToJson(*answer), false)
                       : fob::proto::EncodeError(kInterface, answer.error()));
  return 0;
}
