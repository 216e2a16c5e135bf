#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_function.h"

namespace fob::core {

// One pending touch at a time: whoever wants to wake the keys on the desk waits here for its turn.
// Trusted callers go before others; an untrusted uid holds one place.
class KeyArbiter {
 public:
  struct Request {
    uint32_t uid = 0;
    bool trusted = false;
    std::string who;  // "alice at sudo", told to those who wait behind it
  };

  // A place in the queue, or at its head. Dropping it lets the next one go.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class KeyArbiter;
    Place(KeyArbiter& arbiter, Request request, UniqueFunction<void()> ready)
        : arbiter_(arbiter), request_(std::move(request)), ready_(std::move(ready)) {}
    KeyArbiter& arbiter_;
    Request request_;
    UniqueFunction<void()> ready_;
    bool called_ = false;
  };

  // `ready` is called by Call() once the place is at the head. kExhausted: this uid waits already, or
  // too many do.
  Result<std::unique_ptr<Place>> Enqueue(Request request, UniqueFunction<void()> ready);

  // Who goes before `place`; empty when it is its turn.
  std::string Ahead(const Place& place) const;

  // Lets the head go, if it has not gone yet.
  void Call();

 private:
  static constexpr size_t kMaxWaiting = 64;
  std::list<Place*> queue_;
};

}  // namespace fob::core
