#include "daemon/core/key_arbiter.h"

#include <algorithm>

namespace fob::core {

KeyArbiter::Place::~Place() {
  arbiter_.queue_.remove(this);
  arbiter_.Call();
}

Result<std::unique_ptr<KeyArbiter::Place>> KeyArbiter::Enqueue(Request request, UniqueFunction<void()> ready,
                                                               UniqueFunction<void()> give_way) {
  if (queue_.size() >= kMaxWaiting) {
    return MakeError(Code::kExhausted, "desk_busy", "too many others wait for a security key: try again later");
  }
  if (!request.trusted && std::ranges::any_of(queue_, [&](const Place* place) {
        return !place->request_.trusted && place->request_.uid == request.uid;
      })) {
    return MakeError(Code::kExhausted, "already_waiting", "you already have a request that waits for a security key");
  }
  std::unique_ptr<Place> place(new Place(*this, std::move(request), std::move(ready), std::move(give_way)));
  // Behind those of its own rank, before the others; never before one that is already at the keys.
  auto at = queue_.end();
  if (place->request_.trusted) {
    at = std::ranges::find_if(queue_, [](const Place* other) { return !other->called_ && !other->request_.trusted; });
  }
  queue_.insert(at, place.get());
  return place;
}

std::string KeyArbiter::Ahead(const Place& place) const {
  const auto at = std::ranges::find(queue_, &place);
  return at == queue_.begin() || at == queue_.end() ? std::string() : (*std::prev(at))->request_.who;
}

void KeyArbiter::Call() {
  if (queue_.empty()) return;
  Place* head = queue_.front();
  // Either function may drop the place: it is held outside while it runs.
  if (!head->called_) {
    head->called_ = true;
    const auto ready = std::move(head->ready_);
    ready();
    return;
  }
  const bool wanted = std::ranges::any_of(queue_, [](const Place* place) { return place->request_.trusted; });
  if (head->request_.trusted || !wanted || !head->give_way_) return;
  const auto give_way = std::move(head->give_way_);
  give_way();
}

}  // namespace fob::core
