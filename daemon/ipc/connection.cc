#include "daemon/ipc/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <chrono>

namespace fob::ipc {

namespace asio = boost::asio;

Connection::Connection(Server& server, asio::local::stream_protocol::socket socket, const core::Peer& peer,
                       bool trusted)
    : server_(server), socket_(std::move(socket)), trusted_(trusted) {
  session_.peer = peer;
}

// A ceremony that waits for a person ends by itself.
int64_t Connection::IdleMs() const {
  const bool waits = session_.phase() == Phase::kAsking;
  return trusted_ || waits ? server_.limits_.idle_ms : server_.limits_.untrusted_idle_ms;
}

void Connection::Start() {
  SetDeadline(IdleMs());
  Read();
}

void Connection::Close() {
  if (std::exchange(closed_, true)) return;
  session_.End();
  watch_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  server_.Forget(shared_from_this());
}

// Most deadlines are set later again before they pass: the timer is touched only to come sooner.
void Connection::SetDeadline(int64_t ms) {
  deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  if (watch_ == nullptr || deadline_ < watched_until_) WatchDeadline();
}

void Connection::WatchDeadline() {
  const auto left = deadline_ - std::chrono::steady_clock::now();
  watched_until_ = deadline_;
  watch_ = server_.loop_.After(std::max<int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0),
                               [weak = weak_from_this()] {
                                 const auto self = weak.lock();
                                 if (self == nullptr || self->closed_) return;
                                 if (self->deadline_ <= std::chrono::steady_clock::now()) return self->Close();
                                 self->WatchDeadline();
                               });
}

void Connection::Read() {
  if (reading_ || closed_ || ending_) return;
  const auto space = reader_.Space();
  // More than a whole message waits while another is worked on: nobody needs that much ahead.
  if (space.empty()) return Close();
  reading_ = true;
  socket_.async_read_some(asio::buffer(space.data(), space.size()),
                          [mine = shared_from_this()](const boost::system::error_code& failed, size_t size) mutable {
                            const Loop::Turn turn(mine->server_.loop_);
                            const auto self = std::move(mine);
                            self->reading_ = false;
                            self->OnRead(failed, size);
                          });
}

void Connection::OnRead(const boost::system::error_code& failed, size_t size) {
  if (closed_) return;
  if (failed) return Close();
  reader_.Filled(size);
  TakeNext();
  Read();
}

void Connection::TakeNext() {
  if (std::exchange(taking_, true)) return;  // a reply that comes at once brings us here again
  while (!closed_ && !ending_ && !session_.busy && !next_.has_value() && !rejected_.has_value() && beside_.size() < kMaxBeside) {
    const auto message = reader_.Next();
    if (!message.ok()) {
      Reject(message.error());
      break;
    }
    if (!message->has_value()) {
      // From the first byte of a message on; those that follow buy no time.
      const bool began = std::exchange(partial_, reader_.partial());
      if (partial_ && !began) {
        SetDeadline(server_.limits_.message_ms);
      } else if (!partial_ && beside_.empty()) {
        SetDeadline(IdleMs());
      }
      break;
    }
    partial_ = false;
    Handle(**message);
  }
  taking_ = false;
}

void Connection::Handle(std::string_view message) {
  auto call = proto::ParseCall(message);
  if (!call.ok()) return Reject(call.error());
  if (Dispatcher::GoesBeside(*call)) return WorkBeside(*std::move(call));
  if (!beside_.empty()) {
    next_ = *std::move(call);
    return;
  }
  Work(*std::move(call));
}

void Connection::WorkBeside(proto::Call call) {
  SetDeadline(server_.limits_.call_ms);
  auto mine = std::make_shared<Beside>();
  beside_.push_back(mine);
  const bool quiet = call.oneway;
  server_.dispatcher_.Handle(session_, std::move(call),
                             [weak = weak_from_this(), mine = std::move(mine), quiet](SecretBytes frame, bool last) {
                               if (!quiet) mine->frames.push_back(std::move(frame));
                               mine->answered = last;
                               const auto self = weak.lock();
                               if (self != nullptr && !self->closed_ && last) self->GiveAnswers();
                             });
}

void Connection::GiveAnswers() {
  while (!closed_ && !beside_.empty() && beside_.front()->answered) {
    const auto first = std::move(beside_.front());
    beside_.pop_front();
    for (SecretBytes& frame : first->frames) Send(std::move(frame));
  }
  if (closed_) return;
  if (beside_.empty() && rejected_.has_value()) return Reject(*rejected_);
  if (beside_.empty() && next_.has_value()) Work(*std::exchange(next_, std::nullopt));
  TakeNext();
}

void Connection::Work(proto::Call call) {
  const bool ceremony = call.more;  // those have a deadline of their own
  SetDeadline(ceremony ? server_.limits_.idle_ms : server_.limits_.call_ms);
  const bool quiet = call.oneway;
  server_.dispatcher_.Handle(session_, std::move(call),
                             [weak = weak_from_this(), quiet](SecretBytes frame, bool last) {
                               const auto self = weak.lock();
                               if (self == nullptr || self->closed_) return;
                               if (!quiet) self->Send(std::move(frame));
                               if (last) self->Answered();
                             });
  if (session_.flow != nullptr) SetDeadline(server_.limits_.call_ms);
}

void Connection::Reject(const Error& error) {
  if (!beside_.empty()) {
    rejected_ = error;
    return;
  }
  ending_ = true;
  session_.End();
  SetDeadline(server_.limits_.message_ms);
  Send(proto::EncodeServiceError("InvalidParameter", "parameter", error.text));
}

void Connection::Answered() {
  session_.busy = false;
  TakeNext();
}

// What is said in one turn goes out together at its end.
void Connection::Send(SecretBytes frame) {
  if (closed_) return;
  queued_ += frame.size();
  if (queued_ > kMaxQueued) return Close();
  out_.push_back(std::move(frame));
  if (full_ || std::exchange(flush_due_, true)) return;
  server_.loop_.AtTurnsEnd([self = shared_from_this()] {
    self->flush_due_ = false;
    self->Flush();
  });
}

void Connection::Flush() {
  while (!closed_ && !out_.empty()) {
    std::array<iovec, kMaxGathered> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    for (const SecretBytes& frame : out_) {
      if (message.msg_iovlen == pieces.size()) break;
      const size_t from = message.msg_iovlen == 0 ? first_sent_ : 0;
      const auto rest = frame.Reveal().subspan(from);
      pieces[message.msg_iovlen++] = {const_cast<uint8_t*>(rest.data()), rest.size()};
    }
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      Taken(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      return AwaitRoom();
    } else if (errno != EINTR) {
      return Close();
    }
  }
  if (!closed_) AllTaken();
}

void Connection::AwaitRoom() {
  full_ = true;
  socket_.async_wait(asio::local::stream_protocol::socket::wait_write,
                     [mine = shared_from_this()](const boost::system::error_code& failed) mutable {
                       const Loop::Turn turn(mine->server_.loop_);
                       const auto self = std::move(mine);
                       self->full_ = false;
                       if (self->closed_) return;
                       if (failed) return self->Close();
                       self->Flush();
                     });
}

void Connection::Taken(size_t size) {
  queued_ -= size;
  size += first_sent_;
  while (!out_.empty() && size >= out_.front().size()) {
    size -= out_.front().size();
    out_.pop_front();
  }
  first_sent_ = size;
}

void Connection::AllTaken() {
  const auto flow = session_.flow;
  if (flow != nullptr && std::exchange(session_.flow_waits, false)) {
    SetDeadline(server_.limits_.call_ms);  // for the next piece, and for taking it
    return flow->Next();
  }
  if (ending_) Close();
}

}  // namespace fob::ipc
