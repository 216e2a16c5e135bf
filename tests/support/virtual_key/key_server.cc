#include "tests/support/virtual_key/key_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>

#include "tests/support/virtual_key/control.h"
#include "tests/support/virtual_key/unix_socket.h"

namespace fob::testing {
namespace {

constexpr size_t kMaxPeers = 64;
constexpr int64_t kDefaultWaitMs = 10'000;

}  // namespace

int64_t KeyServer::NowMs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

KeyServer::KeyServer(VirtualKey& key, std::string path)
    : key_(key),
      path_(std::move(path)),
      device_(ListenAt(path_)),
      control_(ListenAt(path_ + ".ctl")) {}

KeyServer::~KeyServer() {
  if (device_.valid()) unlink(path_.c_str());
  unlink((path_ + ".ctl").c_str());
}

void KeyServer::Plug() {
  if (device_.valid()) return;
  key_.Plug(NowMs());
  device_ = ListenAt(path_);
}

void KeyServer::Unplug() {
  key_.Unplug();
  if (!device_.valid()) return;
  unlink(path_.c_str());
  device_.reset();
  for (Peer& peer : peers_) {
    if (!peer.control) peer.fd.reset();
  }
}

int KeyServer::TimeoutMs() const {
  // A U2F host that stops polling is noticed by the clock alone: never wait longer than this.
  constexpr int64_t kLongestMs = 1'000;
  const int64_t now = NowMs();
  int64_t next = key_.NextTickMs().value_or(now + kLongestMs);
  for (const Peer& peer : peers_) {
    if (!peer.waits_for.empty()) next = std::min(next, peer.waits_until_ms);
  }
  return static_cast<int>(std::clamp<int64_t>(next - now, 0, kLongestMs));
}

void KeyServer::Run(int stop_fd) {
  while (!quit_) {
    std::vector<pollfd> polled = {
        {stop_fd, POLLIN, 0}, {control_.get(), POLLIN, 0}, {device_.get(), POLLIN, 0}};
    for (const Peer& peer : peers_) polled.push_back({peer.fd.get(), POLLIN, 0});
    poll(polled.data(), polled.size(), TimeoutMs());
    if (polled[0].revents != 0) return;
    for (size_t i = 3; i < polled.size(); ++i) {
      if (polled[i].revents != 0) OnReadable(peers_[i - 3]);
    }
    if (polled[1].revents != 0) Accept(control_.get(), true);
    if (polled[2].revents != 0 && device_.valid()) Accept(device_.get(), false);
    Broadcast(key_.Tick(NowMs()));
    if (!key_.plugged()) Unplug();
    std::erase_if(peers_, [](const Peer& peer) { return !peer.fd.valid(); });
    AnswerWaiters();
  }
}

void KeyServer::Accept(int listener, bool control) {
  UniqueFd fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (fd.valid() && peers_.size() < kMaxPeers) peers_.push_back({std::move(fd), control, "", 0});
}

void KeyServer::OnReadable(Peer& peer) {
  if (!peer.fd.valid()) return;
  const auto packet = ReceivePacket(peer.fd.get());
  if (!packet) return;
  if (packet->empty()) {
    peer.fd.reset();
  } else if (peer.control) {
    const std::string answer = OnCommand(peer, AsText(*packet));
    if (!answer.empty() && !SendPacket(peer.fd.get(), AsBytes(answer))) peer.fd.reset();
  } else if (packet->size() == kReportSize) {
    Broadcast(key_.OnReport(ReportView(packet->data(), kReportSize), NowMs()));
  }
}

std::string KeyServer::OnCommand(Peer& peer, std::string_view command) {
  if (const auto answer = RunControl(key_, command, NowMs())) {
    Broadcast(answer->reports);
    return answer->text;
  }
  const size_t space = command.find(' ');
  const std::string_view verb = command.substr(0, space);
  const std::string_view argument =
      space == std::string_view::npos ? "" : command.substr(space + 1);
  if (verb == "wait-touch") return StartWaiting(peer, "touch", argument);
  if (verb == "wait-idle") return StartWaiting(peer, "idle", argument);
  if (verb == "unplug") {
    Unplug();
    return "ok";
  }
  if (verb == "plug") {
    Plug();
    return "ok";
  }
  if (verb == "quit") {
    quit_ = true;
    return "ok";
  }
  return "error: no such command";
}

std::string KeyServer::StartWaiting(Peer& peer, std::string_view what, std::string_view limit) {
  const auto ms = limit.empty() ? kDefaultWaitMs : NumberFrom(limit);
  if (!ms) return "error: no number of milliseconds";
  peer.waits_for = what;
  peer.waits_until_ms = NowMs() + *ms;
  return "";
}

void KeyServer::AnswerWaiters() {
  const int64_t now = NowMs();
  const bool waiting = key_.status(now).waiting;
  for (Peer& peer : peers_) {
    if (peer.waits_for.empty()) continue;
    const bool met = waiting == (peer.waits_for == "touch");
    if (!met && now < peer.waits_until_ms) continue;
    const std::string_view answer = !met ? "timeout" : waiting ? "waiting" : "idle";
    peer.waits_for.clear();
    SendPacket(peer.fd.get(), AsBytes(answer));
  }
}

void KeyServer::Broadcast(const std::vector<Report>& reports) {
  for (const Report& report : reports) {
    for (const Peer& peer : peers_) {
      // As with hidraw, a reader that does not read loses reports.
      if (!peer.control && peer.fd.valid()) SendPacket(peer.fd.get(), report);
    }
  }
}

}  // namespace fob::testing
