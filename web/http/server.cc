#include "web/http/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "web/http/connection.h"

namespace fob::web {
namespace {

constexpr int kTogether = 64;  // connections taken before others have their turn
constexpr int64_t kSweepMs = 500;
constexpr size_t kScratch = 16 * 1024;  // a whole TLS record, so that none is left in its layer unseen

}  // namespace

Server::Server(Loop& loop, std::vector<Listener> listeners, ServerLimits limits, Handle handle, Identify identify,
               std::function<bool(const std::string&)> is_proxy, ServerEvents events)
    : loop_(loop),
      limits_(limits),
      handle_(std::move(handle)),
      identify_(std::move(identify)),
      is_proxy_(std::move(is_proxy)),
      events_(std::move(events)),
      scratch_(kScratch) {
  for (Listener& listener : listeners) ports_.push_back({std::move(listener), nullptr});
}

Server::~Server() {
  while (!open_.empty()) (*open_.begin())->Close();
}

void Server::Start() {
  for (Port& port : ports_) {
    port.watch = loop_.WatchOver(port.listener.socket.get());
    Accept(port);
  }
  Sweep();
}

void Server::Stop(UniqueFunction<void()> stopped) {
  stopping_ = true;
  stopped_ = std::move(stopped);
  retry_.reset();
  for (Port& port : ports_) port.watch.reset();
  const std::vector<std::shared_ptr<Connection>> now(open_.begin(), open_.end());
  for (const auto& connection : now) connection->Finish();
  if (open_.empty() && stopped_) return std::exchange(stopped_, {})();
  retry_ = loop_.After(limits_.drain_ms, [this] {
    if (stopped_) std::exchange(stopped_, {})();
  });
}

void Server::Accept(Port& port) {
  port.watch->WhenReadable([this, &port] { TakeWaiting(port); });
}

void Server::TakeWaiting(Port& port) {
  for (int i = 0; i < kTogether; ++i) {
    UniqueFd socket(::accept4(port.listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.valid()) {
      Welcome(port, std::move(socket));
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      // Out of descriptors: whoever is idle makes room; asking again at once would spin.
      MakeRoom();
      retry_ = loop_.After(100, [this] {
        for (Port& each : ports_) Accept(each);
      });
      return;
    }
  }
  Accept(port);
}

void Server::Welcome(const Port& port, UniqueFd socket) {
  std::string address = PeerAddress(socket.get());
  if (connections() >= limits_.connections && !MakeRoom()) return;
  int& of_address = by_address_[address];
  if (of_address >= limits_.connections_per_address && !is_proxy_(address)) {
    if (events_.cut_off) events_.cut_off("too_many");
    return;
  }
  ++of_address;
  auto transport = port.listener.wrap(socket.get());
  auto connection = std::make_shared<Connection>(*this, std::move(socket), std::move(transport), std::move(address),
                                                 port.listener.secure);
  open_.insert(connection);
  connection->Start();
}

// Closes whoever waits longest for his peer. False when everybody is being answered.
bool Server::MakeRoom() {
  std::shared_ptr<Connection> longest;
  int64_t since = 0;
  for (const auto& connection : open_) {
    const auto waits = connection->waits_since_ms();
    if (waits && (longest == nullptr || *waits < since)) longest = connection, since = *waits;
  }
  if (longest == nullptr) return false;
  if (events_.cut_off) events_.cut_off("room");
  longest->Close();
  return true;
}

void Server::Forget(const std::shared_ptr<Connection>& connection) {
  if (open_.erase(connection) == 0) return;
  const auto of_address = by_address_.find(connection->address());
  if (of_address != by_address_.end() && --of_address->second == 0) by_address_.erase(of_address);
  if (stopping_ && open_.empty() && stopped_) loop_.Post(std::exchange(stopped_, {}));
}

void Server::Sweep() {
  const int64_t now = clock_.MonotonicMs();
  std::vector<std::shared_ptr<Connection>> due;
  for (const auto& connection : open_) {
    if (connection->IsDue(now)) due.push_back(connection);
  }
  for (const auto& connection : due) connection->CheckDeadline(now);
  sweep_ = loop_.After(kSweepMs, [this] { Sweep(); });
}

}  // namespace fob::web
