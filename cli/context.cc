#include "cli/context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/utf8.h"
#include "sandbox/sandbox.h"

namespace fob::cli {
namespace {

constexpr int64_t kCallMs = 10'000;
constexpr int64_t kCeremonyMs = 600'000;  // fobd's own limit is shorter
constexpr int64_t kGraceMs = 2'000;       // so that fobd's reason for giving up arrives

}  // namespace

Context::Context(Globals globals)
    : globals_(std::move(globals)), terminal_(interrupts_.fd(), globals_.quiet) {}

std::string Context::socket() const {
  if (globals_.socket) return *globals_.socket;
  const char* named = ::secure_getenv("FOB_SOCKET");
  return named != nullptr && *named != '\0' ? named : std::string(kDefaultSocket);
}

int64_t Context::CallDeadline() const {
  return proto::DeadlineIn(globals_.timeout_ms.value_or(kCallMs));
}

int64_t Context::CeremonyDeadline() const {
  return proto::DeadlineIn(globals_.timeout_ms ? *globals_.timeout_ms + kGraceMs : kCeremonyMs);
}

Status Context::Lock() { return std::exchange(locked_, true) ? Ok() : sandbox::LockClient(); }

Result<proto::Connection> Context::Connect(int64_t deadline_ms) {
  FOB_CHECK(Lock());
  auto connection = proto::Connection::Open(socket(), deadline_ms);
  if (!connection.ok()) {
    const bool forbidden = connection.error().reason == "daemon_unreachable" &&
                           ::faccessat(AT_FDCWD, socket().c_str(), W_OK, AT_EACCESS) != 0 &&
                           errno == EACCES;
    if (!forbidden) return connection.error();
    return MakeError(Code::kNotPermitted, "socket_forbidden",
                     fmt::format("you may not open {}", socket()));
  }
  connection->set_interrupt_fd(interrupts_.fd());
  return connection;
}

Error Context::OfThisSession(Error error) {
  const bool none = error.code == Code::kNotFound &&
                    (error.reason == "no_login" || error.reason == "no_such_login");
  if (none) {
    error.text =
        "you have no live login in this session (expired, or ended?): log in through PAM; fobctl "
        "login list shows them";
  }
  return error;
}

Result<std::string> Context::ReadFile(const std::string& path, std::string_view what, size_t most) {
  FOB_CHECK(Lock());
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  std::string text(most + 1, '\0');
  size_t size = 0;
  bool good = file.valid();
  while (good && size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    good = got > 0;
    if (good) size += static_cast<size_t>(got);
  }
  if (!good) {
    return MakeError(errno == ENOENT ? Code::kNotFound : errno == EACCES ? Code::kNotPermitted : Code::kInvalidArgument,
                     "file_unreadable", fmt::format("cannot read {} from {}: {}", what, path, std::strerror(errno)));
  }
  if (size > most) {
    return MakeError(Code::kInvalidArgument, "file_too_long", fmt::format("{} in {} has more than {} bytes", what, path, most));
  }
  text.resize(size);
  return text;
}

Result<SecretBytes> Context::ReadSecret(const std::string& path, std::string_view what) {
  FOB_CHECK(Lock());
  const int64_t deadline = proto::DeadlineIn(globals_.timeout_ms.value_or(kCeremonyMs));
  const auto read = [&]() -> Result<SecretBytes> {
    if (path == "-") return terminal_.ReadLine(what, deadline);
    // Without O_NONBLOCK a named pipe that nobody writes to would hold the open, deaf to Ctrl-C.
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.valid()) {
      const Code code = errno == ENOENT   ? Code::kNotFound
                        : errno == EACCES ? Code::kNotPermitted
                                          : Code::kInternal;
      return MakeError(code, "file_unreadable",
                       fmt::format("cannot read {} from {}: {}", what, path, std::strerror(errno)));
    }
    struct stat info {};
    if (::fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode)) {
      return MakeError(Code::kInvalidArgument, "file_unreadable",
                       fmt::format("cannot read {} from {}: it is a directory", what, path));
    }
    return LineReader(file.get()).Next([&]() -> Status {
      FOB_CHECK(WaitReadable(file.get(), interrupts_.fd(), deadline));
      return Ok();
    });
  };
  const std::string source = path == "-" ? "standard input" : path;
  auto secret = read();
  if (secret.ok() && !IsUtf8(secret->RevealText())) {
    return MakeError(Code::kInvalidArgument, "not_utf8",
                     fmt::format("{} in {} is not UTF-8", what, source));
  }
  if (!secret.ok() && (secret.error().reason == "line_too_long" || secret.error().reason == "read_failed")) {
    return MakeError(secret.error().code, secret.error().reason,
                     fmt::format("cannot read {} from {}: {}", what, source, secret.error().text));
  }
  const bool nothing =
      secret.ok() ? secret->empty()
                  : secret.error().reason == "no_answer" && secret.error().code == Code::kCancelled;
  if (nothing) {
    return MakeError(
        Code::kInvalidArgument, "empty_input",
        fmt::format("{} is missing: {} is empty", what, source));
  }
  return secret;
}

}  // namespace fob::cli
