#include "daemon/core/signing_keys.h"

#include <algorithm>
#include <utility>

namespace fob::core {
namespace {

constexpr int64_t kClockSkew = 60;  // seconds that verifiers may be behind

SigningKeys::Key KeyOf(const SigningKeyRecord& record) {
  return {record.kid, record.algorithm, record.created_at, record.signs_from, SigningKeys::State::kNext};
}

Error UnderWay() {
  return MakeError(Code::kConflict, "rotation_under_way",
                   "the next key is published and does not sign yet: wait until it does");
}

}  // namespace

void SigningKeys::Adopt(const std::vector<SigningKeyRecord>& keys) {
  keys_.clear();
  for (const SigningKeyRecord& key : keys) keys_.push_back(KeyOf(key));
}

bool SigningKeys::Has(SigningAlgorithm algorithm) const {
  return std::ranges::find(keys_, algorithm, &Key::algorithm) != keys_.end();
}

std::vector<SigningKeys::Key> SigningKeys::List() const {
  const int64_t now = context_.clock.UnixSeconds();
  std::vector<Key> out = keys_;
  for (Key& key : out) {
    const bool followed = std::ranges::any_of(keys_, [&](const Key& other) {
      return other.algorithm == key.algorithm && other.signs_from > key.signs_from && other.signs_from <= now;
    });
    key.state = followed ? State::kOld : key.signs_from > now ? State::kNext : State::kSigning;
  }
  return out;
}

void SigningKeys::Ensure(SigningAlgorithm algorithm, const Peer& peer, UniqueFunction<void(Status)> done) {
  if (Has(algorithm)) return done(Ok());
  Make(algorithm, context_.clock.UnixSeconds(), context_.Audit(peer, "signing_key.create", ""),
       [done = std::move(done)](Result<Key> made) { done(made.ok() ? Ok() : Status(made.error())); });
}

void SigningKeys::Rotate(SigningAlgorithm algorithm, const Peer& peer, UniqueFunction<void(Result<Key>)> done) {
  const int64_t now = context_.clock.UnixSeconds();
  for (const Key& key : keys_) {
    if (key.algorithm == algorithm && key.signs_from > now) return done(UnderWay());
  }
  const int64_t lead = Has(algorithm) ? context_.settings.key_lead : 0;
  Make(algorithm, now + lead, context_.Audit(peer, "signing_key.rotate", ""), std::move(done));
}

void SigningKeys::Make(SigningAlgorithm algorithm, int64_t signs_from, AuditEntry audit,
                       UniqueFunction<void(Result<Key>)> done) {
  if (std::exchange(making_, true)) return done(UnderWay());
  // An RSA key takes a second to find: off the core's thread, and not while a commit waits for it.
  auto made = std::make_shared<SigningKeyRecord>();
  context_.store.Read(
      [this, made, algorithm, signs_from](Store&) -> Status {
        FOB_TRY(*made, context_.signer.GenerateKey(algorithm, signs_from));
        return Ok();
      },
      [this, made, signs_from, audit, done = std::move(done)](const Status& generated) mutable {
        if (!generated.ok()) {
          making_ = false;
          return done(generated.error());
        }
        made->created_at = context_.clock.UnixSeconds();
        made->signs_from = signs_from;
        audit.subject = made->kid;
        audit.detail = "signs from " + std::to_string(signs_from);
        context_.store.Write([made, audit](Store& store) { return store.AddSigningKey(*made, audit); },
                             [this, made, done = std::move(done)](const Status& added) mutable {
                               making_ = false;
                               if (!added.ok()) return done(added.error());
                               keys_.push_back(KeyOf(*made));
                               Reload([this, kid = made->kid, done = std::move(done)](const Status& loaded) {
                                 if (!loaded.ok()) return done(loaded.error());
                                 const auto keys = List();
                                 const auto found = std::ranges::find(keys, kid, &Key::kid);
                                 if (found != keys.end()) return done(*found);
                                 done(MakeError(Code::kInternal, "signing_key", "the new key is not there"));
                               });
                             });
      });
}

void SigningKeys::Reload(UniqueFunction<void(Status)> done) {
  context_.store.Read([](Store& store) { return store.SigningKeys(); },
                      [this, done = std::move(done)](Result<std::vector<SigningKeyRecord>> keys) {
                        if (!keys.ok()) return done(keys.error());
                        const Status loaded = context_.signer.Load(*keys);
                        if (!loaded.ok()) return done(loaded);
                        Adopt(*keys);
                        done(Ok());
                      });
}

void SigningKeys::Tend() {
  next_ = context_.timers.After(kEveryMs, [this] { Tend(); });
  const int64_t now = context_.clock.UnixSeconds();
  for (const Key& key : keys_) {
    // From when the one that followed signs, this one signed nothing any more.
    int64_t followed_at = INT64_MAX;
    for (const Key& other : keys_) {
      if (other.algorithm == key.algorithm && other.signs_from > key.signs_from) {
        followed_at = std::min(followed_at, other.signs_from);
      }
    }
    if (followed_at == INT64_MAX || now <= followed_at + kLongestToken + kClockSkew) continue;
    AuditEntry audit;
    audit.at = now;
    audit.action = "signing_key.retire";
    audit.subject = key.kid;
    context_.store.Write([kid = key.kid, audit](Store& store) { return store.RemoveSigningKey(kid, audit); },
                         [this](const Status& removed) {
                           if (!removed.ok()) return context_.alarm(removed.error());
                           Reload([this](const Status& loaded) {
                             if (!loaded.ok()) context_.alarm(loaded.error());
                           });
                         });
    return;
  }
}

}  // namespace fob::core
