#include "tests/support/virtual_key/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace fob::testing {
namespace {

constexpr size_t kMaxPacket = 64 * 1024;

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + strerror(errno));
}

sockaddr_un Address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw std::runtime_error("socket path is too long: " + path);
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

UniqueFd NewSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd.valid()) Fail("socket");
  return fd;
}

}  // namespace

UniqueFd ListenAt(const std::string& path) {
  if (ConnectTo(path).valid()) throw std::runtime_error("another process listens at " + path);
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  const sockaddr_un address = Address(temporary);
  UniqueFd fd = NewSocket();
  const mode_t old_mask = umask(0177);
  const int bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  umask(old_mask);
  if (bound != 0) Fail("cannot bind " + temporary);
  if (listen(fd.get(), 16) != 0) Fail("cannot listen at " + temporary);
  if (rename(temporary.c_str(), path.c_str()) != 0) Fail("cannot rename " + temporary);
  return fd;
}

UniqueFd ConnectTo(const std::string& path) {
  const sockaddr_un address = Address(path);
  UniqueFd fd = NewSocket();
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return UniqueFd();
  return fd;
}

std::optional<Bytes> ReceivePacket(int fd) {
  Bytes out(kMaxPacket);
  const ssize_t got = recv(fd, out.data(), out.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  out.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return out;
}

bool SendPacket(int fd, ByteView packet) {
  return send(fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
         static_cast<ssize_t>(packet.size());
}

}  // namespace fob::testing
