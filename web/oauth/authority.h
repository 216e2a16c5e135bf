#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "web/fobd/fobd_client.h"
#include "web/loop/loop.h"

namespace fob::web {

// What fobd is the authority of, as this gateway shows it: kept for a few seconds, asked for again when it is older.
class Authority {
 public:
  using Metadata = proto::web::Metadata::Out;
  using WithMetadata = UniqueFunction<void(Result<const Metadata*>)>;
  using WithKeys = UniqueFunction<void(Result<std::shared_ptr<const std::string>>)>;

  explicit Authority(FobdClient& fobd) : fobd_(fobd) {}

  // Now when it is known and not old; else when fobd has answered. An old one stands in for an fobd that does not answer.
  void Ask(WithMetadata then);
  // The last one that was told, however old.
  const Metadata* known() const { return metadata_ ? &*metadata_ : nullptr; }
  // The JWK Set, as JSON.
  void AskKeys(WithKeys then);

 private:
  bool Fresh(int64_t asked_ms) const;

  FobdClient& fobd_;
  const SystemClock clock_;
  std::optional<Metadata> metadata_;
  int64_t metadata_ms_ = 0;
  std::vector<WithMetadata> wait_for_metadata_;
  std::shared_ptr<const std::string> keys_;
  int64_t keys_ms_ = 0;
  std::vector<WithKeys> wait_for_keys_;
};

}  // namespace fob::web
