#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/unique_function.h"
#include "web/http/listener.h"
#include "web/http/message.h"
#include "web/http/request_parser.h"
#include "web/loop/loop.h"

namespace fob::web {

struct ServerLimits {
  MessageLimits message;
  int64_t header_ms = 10'000;  // from a request's first byte, or a connection's beginning, to the end of its header
  int64_t body_ms = 20'000;    // from there to the end of its body
  int64_t idle_ms = 60'000;    // between requests
  int64_t write_ms = 20'000;   // for taking an answer
  int64_t drain_ms = 5'000;    // for what is under way when the server stops
  int connections = 16'384;
  int connections_per_address = 1'024;  // proxies and Unix sockets are exempt
  bool operator==(const ServerLimits&) const = default;
};

using Reply = UniqueFunction<void(Response)>;

// What a server tells of its work.
struct ServerEvents {
  std::function<void(const Request&, const Response&, int64_t microseconds)> answered;
  std::function<void(std::string_view why)> cut_off;
};

class Connection;

// HTTP/1.1 on any number of listeners. Requests of one connection are answered one after the other; each wait has an
// end. When all places are taken, whoever has been idle longest goes.
class Server {
 public:
  // `handle` gets each request, and answers it once, now or later, through its reply.
  using Handle = std::function<void(Request, Reply)>;
  // What is known of a peer, by its address and the request's header.
  using Identify = std::function<void(Request&)>;

  Server(Loop& loop, std::vector<Listener> listeners, ServerLimits limits, Handle handle, Identify identify,
         std::function<bool(const std::string& address)> is_proxy, ServerEvents events);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void Start();
  // Takes nothing new, lets what is under way end, then calls `stopped`.
  void Stop(UniqueFunction<void()> stopped);

  int connections() const { return static_cast<int>(open_.size()); }

 private:
  friend class Connection;
  struct Port {
    Listener listener;
    std::unique_ptr<Watch> watch;
  };

  void Accept(Port& port);
  void TakeWaiting(Port& port);
  void Welcome(const Port& port, UniqueFd socket);
  bool MakeRoom();
  void Forget(const std::shared_ptr<Connection>& connection);
  void Sweep();

  Loop& loop_;
  const SystemClock clock_;
  std::vector<Port> ports_;
  const ServerLimits limits_;
  const Handle handle_;
  const Identify identify_;
  const std::function<bool(const std::string&)> is_proxy_;
  const ServerEvents events_;
  std::unordered_set<std::shared_ptr<Connection>> open_;
  std::unordered_map<std::string, int> by_address_;
  std::unique_ptr<Timer> sweep_, retry_;
  UniqueFunction<void()> stopped_;
  bool stopping_ = false;
  SecretBytes scratch_;  // what was just read
};

}  // namespace fob::web
