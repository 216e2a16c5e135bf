#pragma once

#include <functional>
#include <thread>

#include "daemon/core/ports/key_maker.h"

namespace fob::crypto {

// Makes each key on a thread of its own and of the lowest priority. A key that is not finished is given up when it goes.
class KeyThread final : public core::KeyMaker {
 public:
  // Brings a function to the core; called from any thread.
  using Post = std::function<void(UniqueFunction<void()>)>;
  explicit KeyThread(Post post) : post_(std::move(post)) {}

  void Make(core::SigningAlgorithm algorithm, int64_t now,
            UniqueFunction<void(Result<core::SigningKeyRecord>)> done) override;

 private:
  const Post post_;
  std::jthread thread_;  // asked to stop, and waited for, at its end
};

}  // namespace fob::crypto
