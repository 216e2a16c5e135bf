#include "daemon/ipc/worker_spawner.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/ipc/spawner_process.h"

namespace fob::ipc {
namespace {

constexpr int kPatienceMs = 5000;  // to start a program takes a few

Error CannotStart(const std::string& program, std::string_view why) {
  return MakeError(Code::kUnavailable, "worker_start",
                   "cannot start the key worker " + program + ": " + std::string(why));
}

}  // namespace

Result<WorkerSpawner> WorkerSpawner::Fork(std::vector<std::string> command, Lock lock) {
  if (command.empty()) return WorkerSpawner("", UniqueFd(), -1);
  const std::string program = command.front();
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return CannotStart(program, std::strerror(errno));
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return CannotStart(program, std::strerror(errno));
  if (pid == 0) {
    ours.reset();
    if (!lock().ok()) ::_exit(1);
    ServeSpawns(theirs.get(), command);
  }
  return WorkerSpawner(program, std::move(ours), pid);
}

WorkerSpawner::WorkerSpawner(WorkerSpawner&& other) noexcept
    : program_(std::move(other.program_)),
      line_(std::move(other.line_)),
      pid_(std::exchange(other.pid_, -1)) {}

WorkerSpawner::~WorkerSpawner() {
  if (pid_ <= 0) return;
  line_.reset();  // it ends at end-of-file
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<NewWorker> WorkerSpawner::Start() {
  if (pid_ <= 0) return MakeError(Code::kUnavailable, "no_worker", "no key worker is configured");
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return CannotStart(program_, std::strerror(errno));
  NewWorker out;
  out.socket.reset(pair[0]);
  const UniqueFd theirs(pair[1]);
  pollfd readable{line_.get(), POLLIN, 0};
  std::optional<SpawnMessage> answer;
  if (SendSpawnMessage(line_.get(), 0, theirs.get()) && ::poll(&readable, 1, kPatienceMs) == 1)
    answer = ReceiveSpawnMessage(line_.get());
  if (!answer.has_value()) {
    // A late answer would be taken for that of the next question.
    line_.reset();
    return CannotStart(program_, "the process that starts it is gone: restart fobd");
  }
  if (answer->error != 0 || !answer->fd.valid())
    return CannotStart(program_, std::strerror(answer->error));
  out.pidfd = std::move(answer->fd);
  return out;
}

}  // namespace fob::ipc
