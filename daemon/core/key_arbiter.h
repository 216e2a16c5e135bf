#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_function.h"

namespace fob::core {

// One pending touch at a time: whoever wants to wake the keys on the desk waits here for its turn.
// Trusted callers go before others, who give way even while their key blinks; an untrusted uid holds one
// place.
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
    Place(KeyArbiter& arbiter, Request request, UniqueFunction<void()> ready, UniqueFunction<void()> give_way)
        : arbiter_(arbiter), request_(std::move(request)), ready_(std::move(ready)), give_way_(std::move(give_way)) {}
    KeyArbiter& arbiter_;
    Request request_;
    UniqueFunction<void()> ready_;
    UniqueFunction<void()> give_way_;
    bool called_ = false;
  };

  // `ready` is called by Call() once the place is at the head; `give_way`, when somebody trusted waits behind
  // an untrusted head: the place must be dropped then. kExhausted: this uid waits already, or too many do.
  Result<std::unique_ptr<Place>> Enqueue(Request request, UniqueFunction<void()> ready,
                                         UniqueFunction<void()> give_way = {});

  // Who goes before `place`; empty when it is its turn.
  std::string Ahead(const Place& place) const;

  // Lets the head go, if it has not gone yet; else has it give way where it must.
  void Call();

 private:
  static constexpr size_t kMaxWaiting = 64;
  std::list<Place*> queue_;
};

}  // namespace fob::core
