#include "daemon/ipc/password_desk.h"

#include <boost/asio/buffer.hpp>
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
      : loop_(loop), worker_(std::move(worker)), timer_(loop.context()), done_(std::move(done)) {}

  void Start(SecretBytes frame) {
    frame_ = std::move(frame);
    timer_.expires_after(kLongest);
    timer_.async_wait([weak = weak_from_this(), &loop = loop_](const auto& failed) {
      if (failed) return;
      const Loop::Turn turn(loop);
      const auto self = weak.lock();
      if (self != nullptr) self->End(MakeError(Code::kTimedOut, "password_check_silent", "the password was not checked in time"));
    });
    const auto bytes = frame_.Reveal();
    asio::async_write(worker_->socket(), asio::buffer(bytes.data(), bytes.size()),
                      [mine = shared_from_this()](const auto& failed, size_t) mutable {
                        const Loop::Turn turn(mine->loop_);
                        const auto self = std::move(mine);
                        self->frame_ = SecretBytes();
                        failed ? self->End(Unreachable()) : self->Read();
                      });
  }

 private:
  void Read() {
    if (!done_) return;
    const auto space = reader_.Space();
    if (space.empty()) return End(Unreachable());
    worker_->socket().async_read_some(asio::buffer(space.data(), space.size()),
                                      [mine = shared_from_this()](const auto& failed, size_t size) mutable {
                                        const Loop::Turn turn(mine->loop_);
                                        const auto self = std::move(mine);
                                        failed ? self->End(Unreachable()) : self->Take(size);
                                      });
  }

  void Take(size_t size) {
    reader_.Filled(size);
    const auto message = reader_.Next();
    if (!message.ok()) return End(message.error());
    if (!message->has_value()) return Read();
    const auto reply = proto::ParseReply(**message);
    End(reply.ok() ? VerdictOf(*reply) : Status(reply.error()));
  }

  void End(Status outcome) {
    if (!done_) return;
    const auto done = std::exchange(done_, {});
    timer_.cancel();
    worker_->LetGo();
    done(std::move(outcome));
  }

  Loop& loop_;
  std::shared_ptr<WorkerProcess> worker_;
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
  auto worker = WorkerProcess::Start(loop_, *source_);
  if (!worker.ok()) return loop_.Post([answered, error = worker.error()] { answered(error); });
  ::fob::proto::password::Check::In in{std::move(next.question.user), std::move(next.question.rhost), std::move(next.question.password)};
  SecretBytes frame = proto::EncodeCall(::fob::proto::password::Check::kName, proto::ToJson(in, proto::WipingStorage()), false);
  std::make_shared<Line>(loop_, *std::move(worker), answered)->Start(std::move(frame));
}

void PasswordDesk::Answered() {
  --asking_;
  if (waiting_.empty() || asking_ >= kAtOnce) return;
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  Ask(std::move(next));
}

}  // namespace fob::ipc
