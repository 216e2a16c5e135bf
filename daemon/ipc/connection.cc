#include "daemon/ipc/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>

namespace fob::ipc {

namespace asio = boost::asio;

Connection::Connection(Server& server, asio::local::stream_protocol::socket socket, const core::Peer& peer,
                       bool trusted)
    : server_(server), socket_(std::move(socket)), timer_(socket_.get_executor()), trusted_(trusted) {
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
  timer_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  server_.Forget(shared_from_this());
}

void Connection::SetDeadline(int64_t ms) {
  timer_.expires_after(std::chrono::milliseconds(ms));
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& failed) {
    const auto self = weak.lock();
    if (!failed && self != nullptr && self->timer_.expiry() <= asio::steady_timer::clock_type::now()) self->Close();
  });
}

void Connection::Read() {
  if (reading_ || closed_ || ending_) return;
  const auto space = reader_.Space();
  // More than a whole message waits while another is worked on: nobody needs that much ahead.
  if (space.empty()) return Close();
  reading_ = true;
  socket_.async_read_some(asio::buffer(space.data(), space.size()),
                          [self = shared_from_this()](const boost::system::error_code& failed, size_t size) {
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
  while (!closed_ && !ending_ && !session_.busy) {
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
      } else if (!partial_) {
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
  const bool ceremony = call->more;  // those have a deadline of their own
  SetDeadline(ceremony ? server_.limits_.idle_ms : server_.limits_.call_ms);
  server_.dispatcher_.Handle(session_, *std::move(call),
                             [weak = weak_from_this(), quiet = call->oneway](SecretBytes frame, bool last) {
                               const auto self = weak.lock();
                               if (self == nullptr || self->closed_) return;
                               if (!quiet) self->Send(std::move(frame));
                               if (last) self->Answered();
                             });
  if (session_.flow != nullptr) SetDeadline(server_.limits_.call_ms);
}

void Connection::Reject(const Error& error) {
  ending_ = true;
  session_.End();
  SetDeadline(server_.limits_.message_ms);
  Send(proto::EncodeServiceError("InvalidParameter", "parameter", error.text));
}

void Connection::Answered() {
  session_.busy = false;
  TakeNext();
}

void Connection::Send(SecretBytes frame) {
  if (closed_) return;
  queued_ += frame.size();
  if (queued_ > kMaxQueued) return Close();
  out_.push_back(std::move(frame));
  if (out_.size() == 1) Write();
}

void Connection::Write() {
  const auto bytes = out_.front().Reveal();
  asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                    [self = shared_from_this()](const boost::system::error_code& failed, size_t) {
                      if (self->closed_) return;
                      if (failed) return self->Close();
                      self->queued_ -= self->out_.front().size();
                      self->out_.pop_front();
                      if (!self->out_.empty()) return self->Write();
                      const auto flow = self->session_.flow;
                      if (flow != nullptr && std::exchange(self->session_.flow_waits, false)) {
                        self->SetDeadline(self->server_.limits_.call_ms);  // for the next piece, and for taking it
                        return flow->Next();
                      }
                      if (self->ending_) self->Close();
                    });
}

}  // namespace fob::ipc
