#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/ipc/server.h"
#include "proto/frame.h"

namespace fob::ipc {

// One caller's connection. Messages are taken one at a time; the socket is read all the while, so that
// a caller who goes away is noticed while its ceremony waits.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server& server, boost::asio::local::stream_protocol::socket socket, const core::Peer& peer,
             bool trusted);

  void Start();
  void Close();
  uint32_t uid() const { return session_.peer.uid; }
  bool trusted() const { return trusted_; }

 private:
  void Read();
  void OnRead(const boost::system::error_code& failed, size_t size);
  void TakeNext();
  void Handle(std::string_view message);
  void Work(proto::Call call);
  void WorkBeside(proto::Call call);
  void GiveAnswers();  // of what is worked on together, in the order of the calls
  // Whoever cannot frame a call is told so once, after what he has asked before, and let go.
  void Reject(const Error& error);
  void Send(SecretBytes frame);
  void Flush();
  void AwaitRoom();
  void Taken(size_t size);
  void AllTaken();
  void Answered();
  void SetDeadline(int64_t ms);
  void WatchDeadline();
  int64_t IdleMs() const;

  // A call that is worked on beside others, and what is to be sent when its turn has come.
  struct Beside {
    std::vector<SecretBytes> frames;
    bool answered = false;
  };
  static constexpr size_t kMaxBeside = 64;
  static constexpr size_t kMaxGathered = 16;  // replies that go out in one system call
  static constexpr size_t kMaxQueued = 512 * 1024;  // bytes of replies that a slow reader may leave waiting

  Server& server_;
  boost::asio::local::stream_protocol::socket socket_;
  Session session_;
  const bool trusted_;
  proto::FrameReader reader_;
  std::deque<SecretBytes> out_;
  std::deque<std::shared_ptr<Beside>> beside_;
  std::optional<proto::Call> next_;  // waits until those are answered
  std::optional<Error> rejected_;    // so does this
  std::chrono::steady_clock::time_point deadline_;
  std::chrono::steady_clock::time_point watched_until_;
  std::unique_ptr<core::Timers::Handle> watch_;
  size_t queued_ = 0;      // bytes in out_, less
  size_t first_sent_ = 0;  // those of its first frame that are sent
  bool flush_due_ = false;
  bool full_ = false;      // its socket: it is waited for
  bool reading_ = false;
  bool taking_ = false;
  bool partial_ = false;  // a message has begun, and its deadline runs
  bool ending_ = false;   // closed as soon as everything is sent
  bool closed_ = false;
};

}  // namespace fob::ipc
