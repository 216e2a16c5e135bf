#pragma once

#include <cstddef>

#include "daemon/core/ports/grant_store.h"
#include "daemon/core/records.h"

namespace fob::store {

// What a list may hold, so that it fits the reply that shows it (64 KiB).
class ListRoom {
 public:
  // Room for one more? Once the answer is no, it stays no: a list has no gaps.
  bool Takes(const core::KeyRecord& key);
  bool Takes(const core::OtpRecord& otp);
  bool Takes(const core::LoginRecord& login);
  bool Takes(const core::ClientRecord& client);
  bool Takes(const core::GrantFacts& grant);

 private:
  bool Take(size_t bytes);

  size_t left_ = 56 * 1024;
};

}  // namespace fob::store
