#include "daemon/core/key_arbiter.h"

#include <algorithm>

namespace fob::core {

KeyArbiter::Visit::~Visit() {
  if (request_.trusted) {
    --arbiter_.trusted_;
  } else {
    arbiter_.untrusted_.erase(request_.uid);
  }
}

KeyArbiter::Place::~Place() {
  KeyArbiter& arbiter = visit_.arbiter_;
  arbiter.queue_.remove(this);
  arbiter.Call();
}

Result<std::unique_ptr<KeyArbiter::Visit>> KeyArbiter::Enter(Request request) {
  const bool full =
      request.trusted ? trusted_ >= kMaxTrusted : untrusted_.size() >= kMaxUntrusted;
  if (!request.trusted && untrusted_.contains(request.uid)) {
    return MakeError(Code::kExhausted, "already_waiting",
                     "you already have a request that waits for a security key: end it first");
  }
  if (full) {
    return MakeError(Code::kExhausted, "desk_busy",
                     "too many others wait for a security key: try again later");
  }
  if (request.trusted) {
    ++trusted_;
  } else {
    untrusted_.insert(request.uid);
  }
  return std::unique_ptr<Visit>(new Visit(*this, std::move(request)));
}

std::unique_ptr<KeyArbiter::Place> KeyArbiter::Enqueue(const Visit& visit, Calls calls) {
  std::unique_ptr<Place> place(new Place(visit, std::move(calls)));
  place->serial_ = ++last_serial_;
  // Behind those of its own rank, before the others; never before one that is already at the keys.
  auto at = queue_.end();
  if (visit.request_.trusted) {
    at = std::ranges::find_if(queue_, [](const Place* other) {
      return !other->called_ && !other->request().trusted;
    });
  }
  queue_.insert(at, place.get());
  return place;
}

void KeyArbiter::Call() {
  CallHead();
  TellOthers();
}

void KeyArbiter::CallHead() {
  if (queue_.empty()) return;
  Place* head = queue_.front();
  // Either function may drop the place: it is held outside while it runs.
  if (!head->called_) {
    head->called_ = true;
    const auto ready = std::move(head->calls_.ready);
    ready();
    return;
  }
  const bool wanted =
      std::ranges::any_of(queue_, [](const Place* place) { return place->request().trusted; });
  if (head->request().trusted || !wanted || !head->calls_.give_way) return;
  const auto give_way = std::move(head->calls_.give_way);
  give_way();
}

// What is told may drop places: the queue is looked at anew after each.
void KeyArbiter::TellOthers() {
  for (;;) {
    if (queue_.empty()) return;
    const Place* const first = queue_.front();
    const auto other = std::ranges::find_if(queue_, [&](const Place* place) {
      return place != first && place->told_ != first->serial_ &&
             place->times_told_ < kMaxTellings && place->calls_.waits;
    });
    if (other == queue_.end()) return;
    (*other)->told_ = first->serial_;
    ++(*other)->times_told_;
    const uint64_t serial = (*other)->serial_;
    const std::string who = first->request().who;
    auto waits = std::move((*other)->calls_.waits);
    waits(who);
    const auto still = std::ranges::find_if(
        queue_, [serial](const Place* place) { return place->serial_ == serial; });
    if (still != queue_.end()) (*still)->calls_.waits = std::move(waits);
  }
}

}  // namespace fob::core
