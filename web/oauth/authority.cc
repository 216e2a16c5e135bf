#include "web/oauth/authority.h"

#include <utility>

namespace fob::web {
namespace {

// The next signing key is published long before it signs, and a client's origin may wait as long.
constexpr int64_t kKeepMs = 2'000;

}  // namespace

bool Authority::Fresh(int64_t asked_ms) const { return clock_.MonotonicMs() - asked_ms < kKeepMs; }

void Authority::Ask(WithMetadata then) {
  if (metadata_ && Fresh(metadata_ms_)) return then(&*metadata_);
  wait_for_metadata_.push_back(std::move(then));
  if (wait_for_metadata_.size() > 1) return;
  fobd_.Call<proto::web::Metadata>({}, [this](Result<Metadata> out) {
    if (out.ok()) {
      metadata_ = *std::move(out);
      metadata_ms_ = clock_.MonotonicMs();
    }
    for (const WithMetadata& each : std::exchange(wait_for_metadata_, {})) {
      if (metadata_) {
        each(&*metadata_);
      } else {
        each(out.error());
      }
    }
  });
}

void Authority::AskKeys(WithKeys then) {
  if (keys_ != nullptr && Fresh(keys_ms_)) return then(keys_);
  wait_for_keys_.push_back(std::move(then));
  if (wait_for_keys_.size() > 1) return;
  fobd_.Call<proto::token::Jwks>({}, [this](Result<proto::token::Jwks::Out> out) {
    if (out.ok()) {
      keys_ = std::make_shared<const std::string>(std::move(out->jwks.text));
      keys_ms_ = clock_.MonotonicMs();
    }
    for (const WithKeys& each : std::exchange(wait_for_keys_, {})) {
      if (out.ok()) {
        each(keys_);
      } else {
        each(out.error());
      }
    }
  });
}

}  // namespace fob::web
