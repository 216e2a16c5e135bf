#include "web/fobd/fobd_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace fob::web {
namespace {

constexpr size_t kMostWaiting = 4096;  // calls, before any is sent
constexpr size_t kMostInLine = 32;     // calls under way on one connection
constexpr size_t kMostAlone = 64;
constexpr int64_t kFirstPauseMs = 20, kLongestPauseMs = 500;
constexpr int64_t kSweepMs = 250;

// Never waits: a full queue of fobd's is as good as no fobd.
Result<UniqueFd> ConnectTo(const std::string& path) {
  const auto fail = [&] {
    return MakeError(Code::kUnavailable, "daemon_unreachable", "cannot reach fobd at " + path + ": " + std::strerror(errno));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return fail();
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail();
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return fail();
  return fd;
}

}  // namespace

FobdClient::FobdClient(Loop& loop, std::string socket, size_t lines, int64_t call_ms)
    : loop_(loop), socket_(std::move(socket)), most_(std::max<size_t>(lines, 1)), call_ms_(call_ms) {
  Sweep();
}

FobdClient::~FobdClient() { alive_.reset(); }

bool FobdClient::connected() const {
  return std::ranges::any_of(lines_, [](const auto& line) { return line->open(); });
}

void FobdClient::Submit(SecretBytes frame, Answered answered) {
  PendingCall call{std::move(frame), clock_.MonotonicMs() + call_ms_, std::move(answered)};
  if (queue_.size() >= kMostWaiting) {
    return call.answered(MakeError(Code::kExhausted, "busy", "too many calls wait for fobd"));
  }
  queue_.push_back(std::move(call));
  SendWaiting();
}

void FobdClient::SendWaiting() {
  while (!queue_.empty()) {
    Line* line = LineToUse();
    if (line == nullptr) return;
    PendingCall call = std::move(queue_.front());
    queue_.pop_front();
    const std::weak_ptr<int> alive = alive_;
    call.answered = [this, alive, answered = std::move(call.answered)](Result<proto::Reply> reply) {
      answered(std::move(reply));
      if (!alive.expired()) SendWaiting();
    };
    line->Send(std::move(call));
  }
}

// The one with the fewest calls; a new one while all have some.
Line* FobdClient::LineToUse() {
  Line* best = nullptr;
  size_t open = 0;
  for (const auto& line : lines_) {
    if (!line->open()) continue;
    ++open;
    if (best == nullptr || line->under_way() < best->under_way()) best = line.get();
  }
  if (best != nullptr && best->under_way() == 0) return best;
  if (open < most_ && retry_ == nullptr) {
    Connect();
    if (!lines_.empty() && lines_.back()->open() && lines_.back()->under_way() == 0) return lines_.back().get();
  }
  return best != nullptr && best->under_way() < kMostInLine ? best : nullptr;
}

void FobdClient::Connect() {
  auto socket = ConnectTo(socket_);
  if (!socket.ok()) {
    pause_ms_ = std::clamp(pause_ms_ * 2, kFirstPauseMs, kLongestPauseMs);
    return Later(pause_ms_);
  }
  pause_ms_ = 0;
  lines_.push_back(std::make_unique<Line>(loop_, *std::move(socket), [this, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    loop_.Post([this, alive] {
      if (!alive.expired()) Bury();
    });
  }));
}

void FobdClient::Later(int64_t ms) {
  retry_ = loop_.After(ms, [this] {
    retry_.reset();
    SendWaiting();
  });
}

void FobdClient::Bury() {
  for (auto* lines : {&lines_, &alone_}) std::erase_if(*lines, [](const auto& line) { return !line->open(); });
  SendWaiting();
}

void FobdClient::SubmitAlone(SecretBytes frame, int64_t call_ms, Answered answered) {
  if (alone_.size() >= kMostAlone) return answered(MakeError(Code::kExhausted, "busy", "too many calls wait for fobd"));
  auto socket = ConnectTo(socket_);
  if (!socket.ok()) return answered(socket.error());
  const std::weak_ptr<int> alive = alive_;
  const auto bury = [this, alive] {
    if (!alive.expired()) loop_.Post([this, alive] { if (!alive.expired()) Bury(); });
  };
  alone_.push_back(std::make_unique<Line>(loop_, *std::move(socket), bury));
  Line* line = alone_.back().get();
  line->Send({std::move(frame), clock_.MonotonicMs() + call_ms,
              [this, alive, line, answered = std::move(answered)](Result<proto::Reply> reply) {
                answered(std::move(reply));
                if (alive.expired()) return;
                loop_.Post([this, alive, line] {  // not from within its own answer
                  if (alive.expired()) return;
                  std::erase_if(alone_, [line](const auto& each) { return each.get() == line; });
                });
              }});
}

// Calls past their deadline. One that is under way takes its connection with it: the answer might still come, and
// would be taken for that of the next.
void FobdClient::Sweep() {
  const int64_t now = clock_.MonotonicMs();
  const auto late = MakeError(Code::kTimedOut, "timed_out", "fobd did not answer in time");
  for (auto* lines : {&lines_, &alone_}) {
    std::vector<Line*> due;
    for (const auto& line : *lines) {
      if (line->open() && line->first_deadline_ms() <= now) due.push_back(line.get());
    }
    for (Line* line : due) line->Lose(late);
  }
  while (!queue_.empty() && queue_.front().deadline_ms <= now) {
    const PendingCall call = std::move(queue_.front());
    queue_.pop_front();
    call.answered(connected() ? late : MakeError(Code::kUnavailable, "daemon_unreachable", "fobd does not answer"));
  }
  sweep_ = loop_.After(kSweepMs, [this] { Sweep(); });
}

}  // namespace fob::web
