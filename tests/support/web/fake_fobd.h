#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "proto/messages_json.h"

namespace fob::testing {

// A stand-in for fobd that answers each method as a test says, on any number of connections. What no handler knows is answered
// as fobd answers a method that it does not have. Metadata is there from the beginning.
class FakeFobd {
 public:
  FakeFobd(std::string path, std::string issuer);
  ~FakeFobd();
  FakeFobd(const FakeFobd&) = delete;
  FakeFobd& operator=(const FakeFobd&) = delete;

  template <typename Method>
  void On(std::function<Result<typename Method::Out>(const typename Method::In&)> handler) {
    const std::lock_guard lock(mutex_);
    handlers_[std::string(Method::kName)] = [handler](const boost::json::object& parameters) -> Result<boost::json::object> {
      auto in = proto::FromJson<typename Method::In>(parameters, proto::Unknown::kRefuse);
      if (!in.ok()) return MakeError(Code::kInternal, "test", "bad parameter " + in.error().text);
      auto out = handler(*in);
      if (!out.ok()) return out.error();
      return proto::ToJson(*out);
    };
  }

  void Start();
  void Stop();  // hangs up on everybody, and takes nobody new
  void Stall(bool on) { stalled_ = on; }  // takes calls and answers none
  int calls() const { return calls_; }

 private:
  using Handler = std::function<Result<boost::json::object>(const boost::json::object&)>;
  void Serve(int fd);
  SecretBytes Answer(std::string_view message);

  const std::string path_;
  std::map<std::string, Handler> handlers_;
  std::mutex mutex_;  // guards handlers_ and connections_
  std::vector<int> connections_;
  UniqueFd listener_;
  std::thread acceptor_;
  std::vector<std::thread> servers_;
  std::atomic<bool> stopping_ = false, stalled_ = false;
  std::atomic<int> calls_ = 0;
};

}  // namespace fob::testing
