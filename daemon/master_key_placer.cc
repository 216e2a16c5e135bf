#include "daemon/master_key_placer.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "base/write_fully.h"
#include "daemon/crypto/aes_gcm_sealer.h"
#include "daemon/lockdown.h"

namespace fob {
namespace {

// The line is a SOCK_SEQPACKET socket. A message of the size of a key is one to be put; one of a byte asks to
// finish. The answer is an errno.
constexpr size_t kKeySize = crypto::AesGcmSealer::kMasterKeySize;
constexpr size_t kFinishSize = 1;

Error NotPlaced(const std::string& what, const std::string& why) {
  return MakeError(Code::kNotPermitted, "master_key_file", what + ": " + why);
}

int WriteKey(const std::string& target, const StateOwner& owner, ByteView key) {
  const std::string draft = target + ".tmp";
  ::unlink(draft.c_str());
  const UniqueFd file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.valid() && (::geteuid() != 0 || ::fchown(file.get(), owner.uid, owner.gid) == 0) &&
      WriteFully(file.get(), key) && ::fchmod(file.get(), 0400) == 0 && ::fsync(file.get()) == 0 &&
      ::rename(draft.c_str(), target.c_str()) == 0) {
    return 0;
  }
  const int error = errno;
  ::unlink(draft.c_str());
  return error;
}

int MoveKey(const std::string& from, const std::string& to) {
  return from == to || ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

// The child's part.
[[noreturn]] void ServeKeys(UniqueFd line, const std::string& path, const std::string& target, const StateOwner& owner) {
  // Alone it keeps nothing open that the restore was given, and ends with it, not with what a terminal sends to both.
  if (line.get() > 3) ::close_range(3, static_cast<unsigned>(line.get()) - 1, 0);
  ::close_range(static_cast<unsigned>(line.get()) + 1, ~0U, 0);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  if (!LockKeyPlacer(target).ok()) ::_exit(1);
  for (;;) {
    SecretBytes message(kKeySize);
    const auto bytes = message.RevealMutable();
    const ssize_t got = ::recv(line.get(), bytes.data(), bytes.size(), MSG_TRUNC);
    if (got != kKeySize && got != kFinishSize) ::_exit(0);
    const int error = got == kKeySize ? WriteKey(target, owner, message.Reveal()) : MoveKey(target, path);
    if (::send(line.get(), &error, sizeof error, MSG_NOSIGNAL) != sizeof error) ::_exit(0);
  }
}

}  // namespace

Result<MasterKeyPlacer> MasterKeyPlacer::Fork(const std::string& path, const StateOwner& owner) {
  struct stat info {};
  const std::string target = ::lstat(path.c_str(), &info) == 0 ? path + ".new" : path;
  int pair[2];
  const bool made = ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0;
  UniqueFd ours(made ? pair[0] : -1);
  UniqueFd theirs(made ? pair[1] : -1);
  const pid_t pid = made ? ::fork() : -1;
  if (pid < 0) {
    return MakeError(Code::kUnavailable, "master_key_file",
                     "cannot start the process that writes " + target + ": " + std::generic_category().message(errno));
  }
  if (pid == 0) {
    ours.reset();
    ServeKeys(std::move(theirs), path, target, owner);
  }
  return MasterKeyPlacer(path, target, std::move(ours), pid);
}

MasterKeyPlacer::MasterKeyPlacer(MasterKeyPlacer&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      line_(std::move(other.line_)),
      pid_(std::exchange(other.pid_, -1)) {}

MasterKeyPlacer::~MasterKeyPlacer() {
  if (pid_ <= 0) return;
  line_.reset();  // it ends at end-of-file
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status MasterKeyPlacer::Ask(const SecretBytes& message, const std::string& what) {
  const auto bytes = message.Reveal();
  int error = 0;
  if (::send(line_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()) ||
      ::recv(line_.get(), &error, sizeof error, 0) != sizeof error) {
    return NotPlaced(what, "the process that does it is gone");
  }
  if (error != 0) return NotPlaced(what, std::generic_category().message(error));
  return Ok();
}

Status MasterKeyPlacer::Put(const SecretBytes& key) {
  if (key.size() != kKeySize) return MakeError(Code::kInvalidArgument, "master_key_file", "no master key");
  return Ask(key, "cannot write the master key to " + target_);
}

Status MasterKeyPlacer::Finish() { return Ask(SecretBytes(kFinishSize), "cannot move " + target_ + " to " + path_); }

}  // namespace fob
