#include "daemon/ipc/worker_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace fob::ipc {
namespace {

Error NoWorker(const std::string& program, const std::string& path, const std::string& why) {
  return MakeError(Code::kUnavailable, "worker_start", "cannot get a " + program + " at " + path + ": " + why);
}

}  // namespace

Result<NewWorker> WorkerSocket::Start() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) return NoWorker(program_, path_, "the path is too long");
  std::memcpy(address.sun_path, path_.data(), path_.size());
  NewWorker out;
  out.socket.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out.socket.valid()) return NoWorker(program_, path_, std::strerror(errno));
  // EAGAIN: the service manager has stopped accepting.
  if (::connect(out.socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    const bool away = error == ENOENT || error == ECONNREFUSED;
    return NoWorker(program_, path_, std::string(std::strerror(error)) + (away ? ": is " + program_ + ".socket started?" : ""));
  }
  ucred owner{};
  socklen_t size = sizeof owner;
  if (::getsockopt(out.socket.get(), SOL_SOCKET, SO_PEERCRED, &owner, &size) != 0)
    return NoWorker(program_, path_, std::strerror(errno));
  if (owner.uid != 0 && owner.uid != ::geteuid())
    return NoWorker(program_, path_, "uid " + std::to_string(owner.uid) + " listens there");
  return out;
}

}  // namespace fob::ipc
