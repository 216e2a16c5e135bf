#include "tests/support/virtual_key/key_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "tests/support/virtual_key/control.h"
#include "tests/support/virtual_key/unix_socket.h"

namespace fob::testing {
namespace {

constexpr size_t kMaxTesters = 64;
constexpr int64_t kDefaultWaitMs = 10'000;

}  // namespace

int64_t KeyServer::NowMs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

KeyServer::KeyServer(VirtualKey& key, KeyPort& port, std::string control_path)
    : key_(key), port_(port), control_path_(std::move(control_path)) {
  if (key_.plugged()) port_.Plug();
  control_ = ListenAt(control_path_);
}

KeyServer::~KeyServer() {
  if (control_.valid()) unlink(control_path_.c_str());
}

std::string KeyServer::Plug() {
  if (port_.plugged()) return "ok";
  key_.Plug(NowMs());
  try {
    port_.Plug();
  } catch (const std::runtime_error& failed) {
    key_.Unplug();
    return std::string("error: ") + failed.what();
  }
  return "ok";
}

void KeyServer::Unplug() {
  key_.Unplug();
  port_.Unplug();
}

int KeyServer::TimeoutMs() const {
  // A U2F host that stops polling is noticed by the clock alone: never wait longer than this.
  constexpr int64_t kLongestMs = 1'000;
  const int64_t now = NowMs();
  int64_t next = key_.NextTickMs().value_or(now + kLongestMs);
  for (const Tester& tester : testers_) {
    if (!tester.waits_for.empty()) next = std::min(next, tester.waits_until_ms);
  }
  return static_cast<int>(std::clamp<int64_t>(next - now, 0, kLongestMs));
}

void KeyServer::Run(int stop_fd) {
  while (!quit_) {
    std::vector<pollfd> polled = {{stop_fd, POLLIN, 0}, {control_.get(), POLLIN, 0}};
    for (const Tester& tester : testers_) polled.push_back({tester.fd.get(), POLLIN, 0});
    const std::vector<pollfd> port = port_.Polled();
    polled.insert(polled.end(), port.begin(), port.end());
    poll(polled.data(), polled.size(), TimeoutMs());
    if (polled[0].revents != 0) return;
    for (const Report& report : port_.Exchange()) {
      if (port_.plugged()) Send(key_.OnReport(report, NowMs()));
    }
    for (size_t i = 0, last = testers_.size(); i < last; ++i) {
      if (polled[i + 2].revents != 0) OnReadable(testers_[i]);
    }
    if (polled[1].revents != 0) Accept();
    Send(key_.Tick(NowMs()));
    if (!key_.plugged()) Unplug();
    std::erase_if(testers_, [](const Tester& tester) { return !tester.fd.valid(); });
    AnswerWaiters();
  }
}

void KeyServer::Accept() {
  UniqueFd fd(accept4(control_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (fd.valid() && testers_.size() < kMaxTesters) testers_.push_back({std::move(fd), "", 0});
}

void KeyServer::OnReadable(Tester& tester) {
  const auto packet = ReceivePacket(tester.fd.get());
  if (!packet) return;
  if (packet->empty()) {
    tester.fd.reset();
    return;
  }
  const std::string answer = OnCommand(tester, AsText(*packet));
  if (!answer.empty() && !SendPacket(tester.fd.get(), AsBytes(answer))) tester.fd.reset();
}

std::string KeyServer::OnCommand(Tester& tester, std::string_view command) {
  if (const auto answer = RunControl(key_, command, NowMs())) {
    Send(answer->reports);
    return answer->text;
  }
  const size_t space = command.find(' ');
  const std::string_view verb = command.substr(0, space);
  const std::string_view argument =
      space == std::string_view::npos ? "" : command.substr(space + 1);
  if (verb == "wait-touch") return StartWaiting(tester, "touch", argument);
  if (verb == "wait-idle") return StartWaiting(tester, "idle", argument);
  if (verb == "unplug") {
    Unplug();
    return "ok";
  }
  if (verb == "plug") return Plug();
  if (verb == "quit") {
    quit_ = true;
    return "ok";
  }
  return "error: no such command";
}

std::string KeyServer::StartWaiting(Tester& tester, std::string_view what, std::string_view limit) {
  const auto ms = limit.empty() ? kDefaultWaitMs : NumberFrom(limit);
  if (!ms) return "error: no number of milliseconds";
  tester.waits_for = what;
  tester.waits_until_ms = NowMs() + *ms;
  return "";
}

void KeyServer::AnswerWaiters() {
  const int64_t now = NowMs();
  const bool waiting = key_.status(now).waiting;
  for (Tester& tester : testers_) {
    if (tester.waits_for.empty()) continue;
    const bool met = waiting == (tester.waits_for == "touch");
    if (!met && now < tester.waits_until_ms) continue;
    const std::string_view answer = !met ? "timeout" : waiting ? "waiting" : "idle";
    tester.waits_for.clear();
    SendPacket(tester.fd.get(), AsBytes(answer));
  }
}

void KeyServer::Send(const std::vector<Report>& reports) {
  for (const Report& report : reports) port_.Send(report);
}

}  // namespace fob::testing
