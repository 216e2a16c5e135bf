#include "daemon/ipc/password_desk.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "daemon/ipc/worker_process.h"
#include "proto/envelope.h"
#include "proto/frame.h"
#include "proto/messages_json.h"

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

using Socket = asio::local::stream_protocol::socket;
using Check = proto::password::Check;

constexpr auto kLongest = std::chrono::seconds(22);  // fob-passwd itself ends after 20

Error Unreachable() {
  return MakeError(Code::kUnavailable, "no_password_check",
                   "passwords cannot be checked now: is fob-passwd.socket there? See password_socket in fobd.toml");
}

Status VerdictOf(const proto::Reply& reply) {
  if (!reply.error.empty()) return proto::ErrorFromReply(reply);
  const auto out = proto::FromJson<Check::Out>(reply.parameters, proto::Unknown::kIgnore);
  if (!out.ok()) return Unreachable();
  if (out->accepted) return Ok();
  using Why = Check::Out::Why;
  switch (out->why.value_or(Why::kUnavailable)) {
    case Why::kWrong: return Denied("wrong_password", "that password is not right");
    case Why::kExpired: return Denied("password_expired", "the account or its password has run out");
    case Why::kUnavailable: break;
  }
  return MakeError(Code::kUnavailable, "no_password_check", "PAM could not check the password: see the journal of fob-passwd");
}

// One question. It keeps itself alive until it is answered, or its time is over.
class Line : public std::enable_shared_from_this<Line> {
 public:
  Line(Loop& loop, std::shared_ptr<WorkerProcess> worker, UniqueFunction<void(Status)> done)
      : worker_(std::move(worker)), own_(loop.context()), timer_(loop.context()), done_(std::move(done)) {}

  void Start(const std::string& path, SecretBytes frame) {
    frame_ = std::move(frame);
    timer_.expires_after(kLongest);
    timer_.async_wait([weak = weak_from_this()](const auto& failed) {
      const auto self = weak.lock();
      if (!failed && self != nullptr) self->End(MakeError(Code::kTimedOut, "password_check_silent", "the password was not checked in time"));
    });
    if (worker_ != nullptr) return Write();
    own_.async_connect(asio::local::stream_protocol::endpoint(path), [self = shared_from_this()](const auto& failed) {
      failed ? self->End(Unreachable()) : self->Write();
    });
  }

 private:
  Socket& socket() { return worker_ != nullptr ? worker_->socket() : own_; }

  void Write() {
    const auto bytes = frame_.Reveal();
    asio::async_write(socket(), asio::buffer(bytes.data(), bytes.size()), [self = shared_from_this()](const auto& failed, size_t) {
      self->frame_ = SecretBytes();
      failed ? self->End(Unreachable()) : self->Read();
    });
  }

  void Read() {
    if (!done_) return;
    const auto space = reader_.Space();
    if (space.empty()) return End(Unreachable());
    socket().async_read_some(asio::buffer(space.data(), space.size()), [self = shared_from_this()](const auto& failed, size_t size) {
      if (failed) return self->End(Unreachable());
      self->reader_.Filled(size);
      const auto message = self->reader_.Next();
      if (!message.ok()) return self->End(message.error());
      if (!message->has_value()) return self->Read();
      const auto reply = proto::ParseReply(**message);
      self->End(reply.ok() ? VerdictOf(*reply) : Status(reply.error()));
    });
  }

  void End(Status outcome) {
    if (!done_) return;
    const auto done = std::exchange(done_, {});
    timer_.cancel();
    boost::system::error_code ignored;
    own_.close(ignored);
    if (worker_ != nullptr) worker_->LetGo();
    done(std::move(outcome));
  }

  std::shared_ptr<WorkerProcess> worker_;
  Socket own_;
  asio::steady_timer timer_;
  proto::FrameReader reader_;
  SecretBytes frame_;
  UniqueFunction<void(Status)> done_;
};

}  // namespace

void PasswordDesk::Check(Question question, UniqueFunction<void(Status)> done) {
  if (asking_ < kAtOnce) return Ask({std::move(question), std::move(done)});
  if (waiting_.size() >= kMostWaiting) {
    return done(MakeError(Code::kExhausted, "too_many_checks", "too many passwords are being checked: try again in a moment"));
  }
  waiting_.push_back({std::move(question), std::move(done)});
}

void PasswordDesk::Ask(Waiting next) {
  ++asking_;
  const auto done = std::make_shared<UniqueFunction<void(Status)>>(std::move(next.done));
  const auto answered = [this, done](Status outcome) {
    (*done)(std::move(outcome));
    Answered();
  };
  std::shared_ptr<WorkerProcess> worker;
  if (spawner_.has_value()) {
    auto started = WorkerProcess::Start(loop_, *spawner_);
    if (!started.ok()) return loop_.Post([answered, error = started.error()] { answered(error); });
    worker = *std::move(started);
  }
  ::fob::proto::password::Check::In in{std::move(next.question.user), std::move(next.question.rhost), std::move(next.question.password)};
  SecretBytes frame = proto::EncodeCall(::fob::proto::password::Check::kName, proto::ToJson(in, proto::WipingStorage()), false);
  std::make_shared<Line>(loop_, std::move(worker), answered)->Start(socket_, std::move(frame));
}

void PasswordDesk::Answered() {
  --asking_;
  if (waiting_.empty() || asking_ >= kAtOnce) return;
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  Ask(std::move(next));
}

}  // namespace fob::ipc
