#include "web/http/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "web/http/ip_address.h"

namespace fob::web {
namespace {

constexpr int kBacklog = 1024;

Error CannotListen(const std::string& where, const std::string& what) {
  return MakeError(Code::kUnavailable, "cannot_listen", where + ": " + what + ": " + std::strerror(errno));
}

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

Result<Endpoint> ParseEndpoint(const std::string& text) {
  const auto bad = [&] {
    return MakeError(Code::kInvalidArgument, "address", text + ": not an address such as 127.0.0.1:8080 or [::1]:8080");
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad();
  std::string host = text.substr(0, colon);
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data() + colon + 1, end, port); read.ec != std::errc() || read.ptr != end) {
    return bad();
  }
  Endpoint endpoint;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return bad();
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&endpoint.address, &v6, sizeof v6);
    endpoint.size = sizeof v6;
  } else {
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return bad();
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&endpoint.address, &v4, sizeof v4);
    endpoint.size = sizeof v4;
  }
  return endpoint;
}

}  // namespace

Status CheckAddress(const std::string& address) {
  FOB_CHECK(ParseEndpoint(address));
  return Ok();
}

Result<UniqueFd> BindTcp(const std::string& address) {
  FOB_TRY(const Endpoint endpoint, ParseEndpoint(address));
  UniqueFd fd(::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      // Connections inherit it: answers are written whole, and wait for no acknowledgement.
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      (endpoint.address.ss_family == AF_INET6 &&
       ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)) {
    return CannotListen(address, "socket");
  }
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) != 0) {
    return CannotListen(address, "cannot bind");
  }
  if (::listen(fd.get(), kBacklog) != 0) return CannotListen(address, "listen");
  return fd;
}

Result<UniqueFd> BindUnix(const std::string& path, unsigned mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return MakeError(Code::kInvalidArgument, "socket_path", path + ": a socket path has at most 107 bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return CannotListen(path, "socket");
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) {
      return MakeError(Code::kConflict, "socket_path", path + ": something that is not a socket stands there");
    }
    if (::connect(fd.get(), generic, sizeof address) == 0 || errno != ECONNREFUSED) {
      return MakeError(Code::kConflict, "already_running", path + ": another program serves this socket");
    }
    if (::unlink(path.c_str()) != 0) return CannotListen(path, "cannot remove the old socket");
    fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) return CannotListen(path, "socket");
  }
  if (::bind(fd.get(), generic, sizeof address) != 0) return CannotListen(path, "cannot bind");
  if (::chmod(path.c_str(), mode) != 0) return CannotListen(path, "chmod");
  if (::listen(fd.get(), kBacklog) != 0) return CannotListen(path, "listen");
  return fd;
}

std::string PeerAddress(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "unknown";
  if (peer.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &peer, sizeof v4);
    return IpAddress::Of(v4.sin_addr).Text();
  }
  if (peer.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &peer, sizeof v6);
    return IpAddress::Of(v6.sin6_addr).Text();
  }
  return "unix";
}

}  // namespace fob::web
