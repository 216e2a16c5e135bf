#include "web/fobd/line.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace fob::web {
namespace {

constexpr size_t kGathered = 32;  // calls that go out in one system call

}  // namespace

Line::Line(Loop& loop, UniqueFd socket, UniqueFunction<void()> lost)
    : loop_(loop), socket_(std::move(socket)), watch_(loop.WatchOver(socket_.get())), lost_(std::move(lost)) {
  WaitToRead();
}

Line::~Line() = default;

void Line::Send(PendingCall call) {
  out_.push_back(std::move(call.frame));
  calls_.push_back(std::move(call));
  if (writing_) return;
  // What is asked in one turn of the loop goes out together.
  writing_ = true;
  loop_.Post([this, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired() && open()) Write();
  });
}

void Line::Write() {
  while (!out_.empty()) {
    std::array<iovec, kGathered> parts{};
    size_t count = 0;
    for (SecretBytes& frame : out_) {
      if (count == kGathered) break;
      const size_t skip = count == 0 ? written_ : 0;
      const auto bytes = frame.RevealMutable().subspan(skip);
      parts[count++] = {bytes.data(), bytes.size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return watch_->WhenWritable([this] { Write(); });
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Lose(MakeError(Code::kUnavailable, "disconnected", "fobd closed the connection"));
    for (auto left = static_cast<size_t>(sent); left > 0;) {
      const size_t of_first = std::min(left, out_.front().size() - written_);
      left -= of_first;
      written_ += of_first;
      if (written_ == out_.front().size()) out_.pop_front(), written_ = 0;
    }
  }
  writing_ = false;
}

void Line::WaitToRead() {
  watch_->WhenReadable([this] { OnReadable(); });
}

void Line::OnReadable() {
  const auto space = reader_.Space();
  const ssize_t got = ::recv(socket_.get(), space.data(), space.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return WaitToRead();
  if (got <= 0) return Lose(MakeError(Code::kUnavailable, "disconnected", "fobd closed the connection"));
  reader_.Filled(static_cast<size_t>(got));
  const std::weak_ptr<int> alive = alive_;
  if (TakeReplies() && !alive.expired() && open()) WaitToRead();
}

// False when the connection, or this line with it, is gone.
bool Line::TakeReplies() {
  const std::weak_ptr<int> alive = alive_;
  const auto broken = [this] {
    Lose(MakeError(Code::kCorrupt, "bad_reply", "fobd answered with something that is not of the protocol"));
    return false;
  };
  for (;;) {
    const auto message = reader_.Next();
    if (!message.ok()) return broken();
    if (!message->has_value()) return true;
    auto reply = proto::ParseReply(**message);
    if (!reply.ok() || calls_.empty()) return broken();
    if (reply->continues) continue;  // pieces of which nobody here asked
    const PendingCall call = std::move(calls_.front());
    calls_.pop_front();
    call.answered(std::move(reply));
    if (alive.expired() || !open()) return false;
  }
}

void Line::Lose(const Error& error) {
  if (!socket_.valid()) return;
  watch_.reset();
  socket_.reset();
  out_.clear();
  auto calls = std::exchange(calls_, {});
  const auto lost = std::exchange(lost_, {});
  for (const PendingCall& call : calls) call.answered(error);
  if (lost) lost();
}

}  // namespace fob::web
