#include "daemon/ipc/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <cstring>

#include "daemon/ipc/connection.h"

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

constexpr int kTogether = 32;  // connections taken before others have their turn

}  // namespace

struct Server::Acceptor {
  asio::local::stream_protocol::acceptor socket;
};

Status MakeSocketFolder(const std::string& path) {
  // Like /run/fob, which a reboot empties: nobody else may write there.
  const std::string folder = path.substr(0, path.rfind('/'));
  if (!folder.empty() && ::mkdir(folder.c_str(), 0755) == 0 && ::chmod(folder.c_str(), 0755) != 0) {
    return MakeError(Code::kUnavailable, "cannot_listen", folder + ": chmod: " + std::strerror(errno));
  }
  return Ok();
}

Result<UniqueFd> Listen(const std::string& path) {
  const auto fail = [&](std::string_view what) {
    return MakeError(Code::kUnavailable, "cannot_listen", path + ": " + std::string(what) + ": " + std::strerror(errno));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return MakeError(Code::kInvalidArgument, "socket_path", path + ": a socket path has at most 107 bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail("socket");

  FOB_CHECK(MakeSocketFolder(path));
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) {
      return MakeError(Code::kConflict, "socket_path", path + ": something that is not a socket stands there");
    }
    // Refused by nobody: the socket of a daemon that is gone. Anything else is somebody's.
    if (::connect(fd.get(), generic, sizeof(address)) == 0 || errno != ECONNREFUSED) {
      return MakeError(Code::kConflict, "already_running", path + ": another fobd, or another program, serves this socket");
    }
    if (::unlink(path.c_str()) != 0) return fail("cannot remove the old socket");
    fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) return fail("socket");
  }
  if (::bind(fd.get(), generic, sizeof(address)) != 0) return fail("cannot bind");
  // Every local uid may call; what it may do is decided call by call.
  if (::chmod(path.c_str(), 0666) != 0) return fail("chmod");
  // Short: who stands in it waits for all before him, and the kernel keeps the others waiting behind.
  if (::listen(fd.get(), 64) != 0) return fail("listen");
  return fd;
}

Server::Server(Loop& loop, UniqueFd listener, const Dispatcher& dispatcher, ServerLimits limits,
               StartTimeOf start_time_of, IsTrusted is_trusted)
    : loop_(loop),
      acceptor_(std::make_unique<Acceptor>(Acceptor{asio::local::stream_protocol::acceptor(
          loop.context(), asio::local::stream_protocol(), listener.release())})),
      dispatcher_(dispatcher),
      limits_(limits),
      arrivals_(clock_, limits.arrivals, limits.arrivals_per_second),
      start_time_of_(std::move(start_time_of)),
      is_trusted_(std::move(is_trusted)) {}

Server::~Server() {
  while (!open_.empty()) (*open_.begin())->Close();
}

void Server::Start() {
  acceptor_->socket.native_non_blocking(true);  // systemd may have passed one that blocks
  Accept();
}

bool Server::HasRoom(uint32_t uid, bool trusted) const {
  if (connections() >= limits_.connections) return false;
  if (trusted) return true;
  const int reserve = (limits_.connections + 3) / 4;
  if (untrusted_ >= std::max(1, limits_.connections - reserve)) return false;
  const auto of_uid = by_uid_.find(uid);
  return of_uid == by_uid_.end() || of_uid->second < limits_.connections_per_uid;
}

void Server::Accept() {
  acceptor_->socket.async_wait(asio::local::stream_protocol::acceptor::wait_read,
                               [this](const boost::system::error_code& failed) {
                                 if (failed == asio::error::operation_aborted) return;  // the server may be gone
                                 const Loop::Turn turn(loop_);
                                 TakeWaiting();
                               });
}

// Many at once: whom there is no room for costs little, and must not keep the others waiting in the queue.
void Server::TakeWaiting() {
  for (int i = 0; i < kTogether; ++i) {
    UniqueFd socket(::accept4(acceptor_->socket.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.valid()) {
      Welcome(std::move(socket));
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      // Out of descriptors: a connection that ends makes room; asking again at once would spin.
      retry_ = loop_.After(100, [this] { Accept(); });
      return;
    }
  }
  Accept();
}

void Server::Welcome(UniqueFd socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return;
  core::Peer peer{credentials.uid, credentials.gid, credentials.pid, 0};
  const bool trusted = is_trusted_(peer);
  if (!HasRoom(peer.uid, trusted) || (!trusted && !arrivals_.Take(peer.uid))) return;
  peer.start_time = start_time_of_(peer.pid);
  asio::local::stream_protocol::socket stream(loop_.context(), asio::local::stream_protocol(), socket.release());
  auto connection = std::make_shared<Connection>(*this, std::move(stream), peer, trusted);
  open_.insert(connection);
  if (!trusted) ++untrusted_, ++by_uid_[peer.uid];
  connection->Start();
}

void Server::Forget(const std::shared_ptr<Connection>& connection) {
  if (open_.erase(connection) == 0 || connection->trusted()) return;
  --untrusted_;
  if (--by_uid_[connection->uid()] == 0) by_uid_.erase(connection->uid());
}

}  // namespace fob::ipc
