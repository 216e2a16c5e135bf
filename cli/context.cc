#include "cli/context.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

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

Result<proto::Connection> Context::Connect(int64_t deadline_ms) {
  FOB_TRY(proto::Connection connection, proto::Connection::Open(socket(), deadline_ms));
  connection.set_interrupt_fd(interrupts_.fd());
  return connection;
}

Result<SecretBytes> Context::ReadSecret(const std::string& path, std::string_view what) {
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
    return LineReader(file.get()).Next([&]() -> Status {
      FOB_CHECK(WaitReadable(file.get(), interrupts_.fd(), deadline));
      return Ok();
    });
  };
  auto secret = read();
  const bool nothing =
      secret.ok() ? secret->empty()
                  : secret.error().reason == "no_answer" && secret.error().code == Code::kCancelled;
  if (nothing) {
    return MakeError(
        Code::kInvalidArgument, "empty_input",
        fmt::format("{} is missing: {} is empty", what, path == "-" ? "standard input" : path));
  }
  return secret;
}

}  // namespace fob::cli
