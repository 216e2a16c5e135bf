#include "web/http/connection.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "web/http/response_text.h"

namespace fob::web {
namespace {

constexpr int64_t kHandlingMs = 60'000;  // whoever answers has shorter deadlines of his own
constexpr int64_t kLingerMs = 2'000;

int64_t Microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

SecretBytes Joined(ByteView a, ByteView b) {
  SecretBytes both(a.size() + b.size());
  std::ranges::copy(b, std::ranges::copy(a, both.RevealMutable().begin()).out);
  return both;
}

}  // namespace

Connection::Connection(Server& server, UniqueFd socket, std::unique_ptr<Transport> transport, std::string address, bool secure)
    : server_(server),
      socket_(std::move(socket)),
      transport_(std::move(transport)),
      watch_(server.loop_.WatchOver(socket_.get())),
      address_(std::move(address)),
      secure_(secure) {}

void Connection::Enter(State state, int64_t deadline_ms) {
  state_ = state;
  since_ms_ = server_.clock_.MonotonicMs();
  deadline_ms_ = since_ms_ + deadline_ms;
}

// A connection must begin with a request soon: the first one counts as begun when it is accepted.
void Connection::Start() {
  Enter(State::kHeader, server_.limits_.header_ms);
  WaitToRead();
}

void Connection::Close() {
  if (!socket_.valid()) return;
  watch_.reset();
  transport_.reset();
  socket_.reset();
  server_.Forget(shared_from_this());
}

std::optional<int64_t> Connection::waits_since_ms() const {
  if (state_ == State::kHandling || state_ == State::kWriting) return std::nullopt;
  return since_ms_;
}

void Connection::CheckDeadline(int64_t now_ms) {
  if (!socket_.valid() || now_ms < deadline_ms_) return;
  if (state_ == State::kIdle || state_ == State::kClosing) return Close();
  const bool began = parser_ != nullptr;
  if (server_.events_.cut_off) {
    server_.events_.cut_off(state_ == State::kBody ? "body" : state_ == State::kHeader ? "header" : "write");
  }
  if (began && (state_ == State::kHeader || state_ == State::kBody)) {
    return AnswerBad({408, "the request did not come in time"});
  }
  Close();
}

void Connection::Finish() {
  keep_alive_ = false;
  if (state_ == State::kIdle || state_ == State::kHeader) Close();
}

void Connection::WaitToRead() {
  watch_->WhenReadable([this] { OnReadable(); });
}

void Connection::OnReadable() {
  // A wait that began before a deadline cut the request off.
  if (state_ == State::kHandling || state_ == State::kWriting) return;
  const auto self = shared_from_this();
  const auto space = server_.scratch_.RevealMutable();
  const auto moved = transport_->Read(space);
  switch (moved.outcome) {
    case Transport::Outcome::kDone:
      break;
    case Transport::Outcome::kWantsRead:
      return WaitToRead();
    case Transport::Outcome::kWantsWrite:
      return watch_->WhenWritable([this] { OnReadable(); });
    case Transport::Outcome::kEnded:
    case Transport::Outcome::kFailed:
      return Close();
  }
  const auto came = space.first(moved.size);
  if (state_ == State::kClosing) {
    WaitToRead();
  } else {
    Take(came);
  }
  Wipe(came.data(), came.size());
}

void Connection::Take(ByteView bytes) {
  SecretBytes both;
  if (!unread_.empty()) {
    both = Joined(unread_.Reveal(), bytes);
    bytes = both.Reveal();
  }
  if (parser_ == nullptr) {
    parser_ = std::make_unique<RequestParser>(server_.limits_.message);
    began_us_ = Microseconds();
    if (state_ != State::kHeader) Enter(State::kHeader, server_.limits_.header_ms);
  }
  const size_t used = parser_->Feed(AsText(bytes));
  if (parser_->bad()) return AnswerBad(*parser_->bad());
  Keep(bytes.subspan(used));
  if (parser_->complete()) return Handle();
  if (parser_->header_done() && state_ == State::kHeader) Enter(State::kBody, server_.limits_.body_ms);
  if (parser_->expects_continue() && !std::exchange(continued_, true)) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    if (transport_->Write(AsBytes(kContinue)).size != kContinue.size()) return Close();
  }
  WaitToRead();
}

void Connection::Keep(ByteView rest) { unread_ = rest.empty() ? SecretBytes() : SecretBytes(rest); }

void Connection::Handle() {
  Request request = parser_->Take();
  keep_alive_ = keep_alive_ && parser_->keep_alive() && !server_.stopping_;
  http_1_0_ = parser_->http_1_0();
  head_only_ = request.method == "HEAD";
  if (head_only_) request.method = "GET";
  parser_.reset();
  continued_ = false;
  request.client = {address_, secure_, false};
  server_.identify_(request);
  request_ = std::make_unique<Request>(Request{request.method, request.path, "", {}, {}, request.client});
  Enter(State::kHandling, kHandlingMs);
  server_.handle_(std::move(request), [weak = weak_from_this()](Response response) {
    const auto self = weak.lock();
    if (self != nullptr && self->state_ == State::kHandling) self->Answer(std::move(response));
  });
}

void Connection::Answer(Response response) {
  if (!socket_.valid()) return;
  keep_alive_ = keep_alive_ && !server_.stopping_;
  if (server_.events_.answered) server_.events_.answered(*request_, response, Microseconds() - began_us_);
  request_.reset();
  Send(ResponseText(response, {keep_alive_, http_1_0_, head_only_, server_.clock_.UnixSeconds()}));
}

// Who cannot frame a request is told so once, and let go: where the next one begins is unknown.
void Connection::AnswerBad(BadMessage bad) {
  Request request;
  if (parser_->header_done()) request = parser_->Take();
  request.client = {address_, secure_, false};
  request.body = {};
  parser_.reset();
  unread_ = {};
  keep_alive_ = false;
  request_ = std::make_unique<Request>(std::move(request));
  Answer(TextResponse(bad.status, "text/plain; charset=utf-8", bad.text + "\n"));
}

void Connection::Send(SecretBytes bytes) {
  out_ = std::move(bytes);
  written_ = 0;
  Enter(State::kWriting, server_.limits_.write_ms);
  Write();
}

void Connection::Write() {
  const auto self = shared_from_this();
  while (written_ < out_.size()) {
    const auto moved = transport_->Write(out_.Reveal().subspan(written_));
    switch (moved.outcome) {
      case Transport::Outcome::kDone:
        written_ += moved.size;
        break;
      case Transport::Outcome::kWantsWrite:
        return watch_->WhenWritable([this] { Write(); });
      case Transport::Outcome::kWantsRead:
        return watch_->WhenReadable([this] { Write(); });
      case Transport::Outcome::kEnded:
      case Transport::Outcome::kFailed:
        return Close();
    }
  }
  out_ = {};
  AfterWriting();
}

void Connection::AfterWriting() {
  if (!keep_alive_) return Linger();
  Enter(State::kIdle, server_.limits_.idle_ms);
  if (unread_.empty()) return WaitToRead();
  // The next one came with the last: not from within its answer, or many of them would pile up on the stack.
  Enter(State::kHeader, server_.limits_.header_ms);
  server_.loop_.Post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self != nullptr && self->socket_.valid()) self->Take({});
  });
}

// Closing with unread bytes would reset the connection, and the peer might lose the answer.
void Connection::Linger() {
  transport_->ShutDown();
  Enter(State::kClosing, kLingerMs);
  WaitToRead();
}

}  // namespace fob::web
