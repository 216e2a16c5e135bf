#include "daemon/core/desk_visit.h"

#include <utility>

#include "daemon/core/worker_words.h"

namespace fob::core {
namespace {

constexpr size_t kMaxProgram = 64;

// A program's name is whatever its file is called.
KeyAsker WithShownProgram(KeyAsker asker) {
  asker.program = Shown(asker.program, kMaxProgram);
  return asker;
}

}  // namespace

std::string NameOf(const KeyAsker& asker) {
  if (asker.trusted) return asker.user + " at " + asker.service;
  return asker.user + " by " + (asker.program.empty() ? "a program" : asker.program);
}

DeskVisit::DeskVisit(const Context& context, KeyAsker asker, Lost lost, Wait wait)
    : context_(context),
      asker_(WithShownProgram(std::move(asker))),
      lost_(std::move(lost)),
      wait_(std::move(wait)) {}

void DeskVisit::WhenMyTurn(UniqueFunction<void(bool)> go) {
  if (visit_ == nullptr) {
    auto visit = context_.arbiter.Enter({asker_.peer.uid, asker_.trusted, NameOf(asker_)});
    if (!visit.ok()) return lost_(visit.error());
    visit_ = *std::move(visit);
  }
  KeyArbiter::Calls calls;
  calls.ready = [this, go = std::move(go)] {
    const bool fresh = conversation_ == nullptr;
    if (fresh) {
      auto started = context_.desk.Start();
      if (!started.ok()) return lost_(started.error());
      conversation_ = *std::move(started);
    }
    go(fresh);
  };
  calls.give_way = [this] {
    lost_(MakeError(Code::kUnavailable, "gave_way",
                    "somebody at this host's console needs the security key: try again"));
  };
  calls.waits = [this](const std::string& first) {
    wait_({proto::Info::Kind::kWait, "Waiting: " + first + " is being asked first."});
  };
  place_ = context_.arbiter.Enqueue(*visit_, std::move(calls));
  context_.arbiter.Call();
}

void DeskVisit::GiveUpTurn() {
  place_.reset();
  if (!asker_.trusted) conversation_.reset();
}

void DeskVisit::Leave() {
  conversation_.reset();
  place_.reset();
  visit_.reset();
}

void DeskVisit::Announce() {
  if (!context_.settings.announce_touch) return;
  const std::string program = asker_.program.empty() ? "unknown" : asker_.program;
  context_.host.AnnounceTouch({"A security key waits for a touch: " + NameOf(asker_) +
                                   " (program " + program + ", uid " +
                                   std::to_string(asker_.peer.uid) + ", pid " +
                                   std::to_string(asker_.peer.pid) + ").",
                               asker_.tty, asker_.trusted});
}

}  // namespace fob::core
