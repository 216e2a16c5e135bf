#pragma once

#include <boost/json.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "proto/frame.h"
#include "proto/messages_json.h"

namespace fob::testing {

// A stand-in for fobd that answers by method, on any number of connections. What it has no answer
// for it leaves waiting, as a key that nobody touches does.
class FakeDaemon {
 public:
  struct Received {
    std::string method;
    boost::json::object parameters;
    bool more = false;
  };

  explicit FakeDaemon(std::string path);
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  const std::string& path() const { return path_; }

  // The next call of Method gets these; all but the last are sent with "continues".
  template <typename Method>
  FakeDaemon& Answer(const std::vector<typename Method::Out>& replies) {
    std::vector<boost::json::object> objects;
    for (const auto& reply : replies) objects.push_back(proto::ToJson(reply));
    return AnswerJson(std::string(Method::kName), objects, /*ends=*/true);
  }
  template <typename Method>
  FakeDaemon& Answer(const typename Method::Out& reply) {
    return AnswerJson(std::string(Method::kName), {proto::ToJson(reply)}, /*ends=*/true);
  }
  // The next call of Method gets this, with "continues", and no end.
  template <typename Method>
  FakeDaemon& Stall(const typename Method::Out& reply) {
    return AnswerJson(std::string(Method::kName), {proto::ToJson(reply)}, /*ends=*/false);
  }
  FakeDaemon& AnswerJson(std::string method, const std::vector<boost::json::object>& replies,
                         bool ends);
  // The next call of the method fails so.
  FakeDaemon& Fail(std::string method, const Error& error);
  // The next call of the method gets these bytes, and the connection ends.
  FakeDaemon& Raw(std::string method, std::string bytes);

  // All calls so far.
  std::vector<Received> calls();
  // Waits, at most ten seconds, until that many calls came, or connections were closed by clients.
  bool WaitForCalls(size_t count);
  bool WaitForClosed(size_t count);

 private:
  struct Peer {
    UniqueFd socket;
    proto::FrameReader reader;
  };
  struct Script {
    std::string bytes;
    bool hang_up = false;
  };

  void Serve();
  bool Read(Peer& peer);  // false: the connection is over
  bool Handle(Peer& peer, std::string_view message);

  std::string path_;
  UniqueFd listener_;
  UniqueFd stop_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<std::string, std::deque<Script>> scripts_;
  std::vector<Received> calls_;
  size_t closed_ = 0;
  std::thread thread_;
};

}  // namespace fob::testing
