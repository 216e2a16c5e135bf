#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>

#include "base/result.h"
#include "base/unique_function.h"

namespace fob::core {

// One pending touch at a time: whoever wants to wake the keys on the desk waits here for its turn.
// Trusted callers go before others, who give way even while their key blinks. An untrusted uid
// holds one visit, and all of them together a few, so that they can neither fill the desk nor keep
// a trusted caller from it.
class KeyArbiter {
 public:
  struct Request {
    uint32_t uid = 0;
    bool trusted = false;
    std::string who;  // "alice at sudo", told to those who wait behind it
  };

  // One ceremony's leave to wait here at all, for as long as it lasts: also while its person types
  // a PIN and it has no place.
  class Visit {
   public:
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    friend class KeyArbiter;
    Visit(KeyArbiter& arbiter, Request request)
        : arbiter_(arbiter), request_(std::move(request)) {}
    KeyArbiter& arbiter_;
    const Request request_;
  };

  struct Calls {
    // Once, by Call(), when the place is at the head.
    UniqueFunction<void()> ready;
    // Somebody trusted waits behind an untrusted head: the place must be dropped.
    UniqueFunction<void()> give_way;
    // Somebody else is being asked first: "alice at sudo". Anew whenever that changes, a few times.
    UniqueFunction<void(const std::string& first)> waits;
  };

  // A place in the queue, or at its head. Dropping it lets the next one go.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class KeyArbiter;
    Place(const Visit& visit, Calls calls) : visit_(visit), calls_(std::move(calls)) {}
    const Request& request() const { return visit_.request_; }
    const Visit& visit_;
    Calls calls_;
    uint64_t serial_ = 0;
    bool called_ = false;
    uint64_t told_ = 0;  // the serial of who is asked first, as it was told last
    int times_told_ = 0;
  };

  // kExhausted: "already_waiting" when this untrusted uid has a visit, "desk_busy" when too many
  // of its kind are here.
  Result<std::unique_ptr<Visit>> Enter(Request request);

  // The visit outlives the place, of which it has one at a time.
  std::unique_ptr<Place> Enqueue(const Visit& visit, Calls calls);

  // Lets the head go, if it has not gone yet, or has it give way where it must; then tells the
  // others who is being asked.
  void Call();

 private:
  static constexpr size_t kMaxTrusted = 64, kMaxUntrusted = 16;
  static constexpr int kMaxTellings = 16;
  void CallHead();
  void TellOthers();

  std::list<Place*> queue_;
  uint64_t last_serial_ = 0;
  size_t trusted_ = 0;            // visits
  std::set<uint32_t> untrusted_;  // uids that have one
};

}  // namespace fob::core
