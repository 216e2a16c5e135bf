#include "daemon/ipc/worker_desk.h"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <optional>
#include <utility>

#include "daemon/ipc/worker_process.h"
#include "proto/envelope.h"
#include "proto/frame.h"
#include "proto/messages_json.h"

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

constexpr int64_t kSlackMs = 3000;  // what the worker may take beyond the time that it was given

Error Gone() {
  return MakeError(Code::kUnavailable, "worker_gone", "the key worker ended before it answered");
}

// The wire side of a conversation; outlives it while asynchronous operations end.
class Line : public std::enable_shared_from_this<Line> {
 public:
  // Takes a reply; true when it was the last one.
  using OnReply = UniqueFunction<bool(Result<proto::Reply>)>;

  explicit Line(std::shared_ptr<WorkerProcess> worker) : worker_(std::move(worker)) {}

  void Call(const SecretBytes& frame, int64_t timeout_ms, OnReply on_reply) {
    on_reply_ = std::move(on_reply);
    timer_ = worker_->loop().After(timeout_ms + kSlackMs, [weak = weak_from_this()] {
      if (const auto self = weak.lock(); self != nullptr) {
        self->Deliver(MakeError(Code::kTimedOut, "worker_silent", "the key worker did not answer in time"));
      }
    });
    // A worker that was asked nothing yet, or has answered, has room for a message.
    const auto bytes = frame.Reveal();
    const ssize_t sent = ::send(worker_->socket().native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    const bool asked = sent == static_cast<ssize_t>(bytes.size());
    // What it has said already comes first, but never from inside the call.
    worker_->loop().Post([self = shared_from_this(), asked] {
      self->TakeReplies();
      if (!asked) self->Deliver(Gone());
    });
  }

  // The conversation is over: nothing is delivered any more, and the worker sees end-of-file.
  void Drop() {
    dropped_ = true;
    on_reply_ = {};
    timer_.reset();
    worker_->LetGo();
  }

 private:
  void Read() {
    if (std::exchange(reading_, true)) return;
    const auto space = reader_.Space();  // never empty: no whole message waits
    worker_->socket().async_read_some(asio::buffer(space.data(), space.size()),
                                      [mine = shared_from_this()](const auto& failed, size_t size) mutable {
                                        const Loop::Turn turn(mine->worker_->loop());
                                        const auto self = std::move(mine);
                                        self->reading_ = false;
                                        if (failed) return self->Deliver(Gone());
                                        self->reader_.Filled(size);
                                        self->TakeReplies();
                                      });
  }

  void TakeReplies() {
    while (on_reply_) {
      const auto message = reader_.Next();
      if (!message.ok()) return Deliver(message.error());
      if (!message->has_value()) break;
      Deliver(proto::ParseReply(**message));
    }
    if (on_reply_) Read();
  }

  // The call-back may drop the conversation, or begin the next call: it is held outside meanwhile.
  void Deliver(Result<proto::Reply> reply) {
    if (!on_reply_) return;
    OnReply call = std::move(on_reply_);
    on_reply_ = {};
    const bool last = call(std::move(reply));
    if (dropped_ || on_reply_) return;  // over, or the next call is under way
    if (last) {
      timer_.reset();
    } else {
      on_reply_ = std::move(call);
    }
  }

  std::shared_ptr<WorkerProcess> worker_;
  std::unique_ptr<core::Timers::Handle> timer_;
  proto::FrameReader reader_;
  OnReply on_reply_;
  bool reading_ = false;
  bool dropped_ = false;
};

class Conversation final : public core::KeyConversation {
 public:
  explicit Conversation(std::shared_ptr<WorkerProcess> worker) : line_(std::make_shared<Line>(std::move(worker))) {}
  ~Conversation() override { line_->Drop(); }

  void GetAssertion(proto::worker::GetAssertion::In in, Progress progress,
                    Done<proto::worker::GetAssertion::Out> done) override {
    Call<proto::worker::GetAssertion>(in, std::move(progress), std::move(done));
  }
  void MakeCredential(proto::worker::MakeCredential::In in, Progress progress,
                      Done<proto::worker::MakeCredential::Out> done) override {
    Call<proto::worker::MakeCredential>(in, std::move(progress), std::move(done));
  }
  void ListDevices(proto::worker::ListDevices::In in, Progress progress,
                   Done<proto::worker::ListDevices::Out> done) override {
    Call<proto::worker::ListDevices>(in, std::move(progress), std::move(done));
  }
  void ChangePin(proto::worker::ChangePin::In in, Progress progress,
                 Done<proto::worker::ChangePin::Out> done) override {
    Call<proto::worker::ChangePin>(in, std::move(progress), std::move(done));
  }
  void ResetDevice(proto::worker::ResetDevice::In in, Progress progress,
                   Done<proto::worker::ResetDevice::Out> done) override {
    Call<proto::worker::ResetDevice>(in, std::move(progress), std::move(done));
  }

 private:
  template <typename Method>
  void Call(const typename Method::In& in, Progress progress, Done<typename Method::Out> done) {
    line_->Call(proto::EncodeCall(Method::kName, proto::ToJson(in, proto::WipingStorage()), true), in.timeout_ms,
                [progress = std::move(progress), done = std::move(done)](Result<proto::Reply> reply) {
                  if (!reply.ok()) return done(reply.error()), true;
                  if (!reply->error.empty()) return done(proto::ErrorFromReply(*reply)), true;
                  auto out = proto::FromJson<typename Method::Out>(reply->parameters, proto::Unknown::kIgnore);
                  if (!out.ok()) return done(Gone()), true;
                  if (!reply->continues) return done(std::move(out)), true;
                  if (out->progress.has_value()) progress(*out->progress);
                  return false;
                });
  }

  std::shared_ptr<Line> line_;
};

}  // namespace

WorkerDesk::WorkerDesk(Loop& loop, WorkerSpawner spawner, NotReady not_ready)
    : loop_(loop), spawner_(std::move(spawner)), not_ready_(std::move(not_ready)) {}

WorkerDesk::~WorkerDesk() {
  if (idle_ != nullptr) idle_->LetGo();
}

Status WorkerDesk::Prepare() {
  if (idle_ != nullptr && !idle_->ended()) return Ok();
  FOB_TRY(idle_, WorkerProcess::Start(loop_, spawner_));
  return Ok();
}

Result<std::unique_ptr<core::KeyConversation>> WorkerDesk::Start() {
  FOB_CHECK(Prepare());
  std::unique_ptr<core::KeyConversation> conversation = std::make_unique<Conversation>(std::exchange(idle_, nullptr));
  loop_.Post([this] {
    if (const Status prepared = Prepare(); !prepared.ok() && not_ready_) not_ready_(prepared.error());
  });
  return conversation;
}

}  // namespace fob::ipc
