#pragma once

#include <memory>

#include "base/result.h"
#include "base/unique_function.h"
#include "proto/messages.h"

namespace fob::core {

// The key worker: one conversation with the keys that are plugged in. Destroying the conversation
// cancels it: the worker sees end-of-file, sends CTAPHID_CANCEL and ends. Call-backs come on the core's
// thread, never from inside a call, and never after destruction.
class KeyConversation {
 public:
  virtual ~KeyConversation() = default;
  template <typename Out>
  using Done = UniqueFunction<void(Result<Out>)>;
  using Progress = UniqueFunction<void(const proto::Progress&)>;

  // One call at a time; another after pin_needed. kUnavailable: the worker did not start or went away.
  virtual void GetAssertion(proto::worker::GetAssertion::In in, Progress progress,
                            Done<proto::worker::GetAssertion::Out> done) = 0;
  virtual void MakeCredential(proto::worker::MakeCredential::In in, Progress progress,
                              Done<proto::worker::MakeCredential::Out> done) = 0;
  virtual void ListDevices(proto::worker::ListDevices::In in, Progress progress,
                           Done<proto::worker::ListDevices::Out> done) = 0;
  virtual void ChangePin(proto::worker::ChangePin::In in, Progress progress,
                         Done<proto::worker::ChangePin::Out> done) = 0;
  virtual void ResetDevice(proto::worker::ResetDevice::In in, Progress progress,
                           Done<proto::worker::ResetDevice::Out> done) = 0;
};

class KeyDesk {
 public:
  virtual ~KeyDesk() = default;
  virtual Result<std::unique_ptr<KeyConversation>> Start() = 0;
};

}  // namespace fob::core
