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

Error BeingMade() {
  return MakeError(Code::kConflict, "signing_key", "a signing key is being made just now: ask again when it is there");
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
  if (making_.has_value() && *making_ != algorithm) return done(BeingMade());
  Made made = [done = std::move(done)](const Result<Key>& key) { done(key.ok() ? Ok() : Status(key.error())); };
  if (making_.has_value()) return Wait(std::move(made));
  Make(algorithm, context_.clock.UnixSeconds(), context_.Audit(peer, "signing_key.create", ""), std::move(made));
}

void SigningKeys::Rotate(SigningAlgorithm algorithm, const Peer& peer, UniqueFunction<void(Result<Key>)> done) {
  const int64_t now = context_.clock.UnixSeconds();
  for (const Key& key : keys_) {
    if (key.algorithm == algorithm && key.signs_from > now) return done(UnderWay());
  }
  if (making_.has_value()) return done(BeingMade());
  const int64_t lead = Has(algorithm) ? context_.settings.key_lead : 0;
  Make(algorithm, now + lead, context_.Audit(peer, "signing_key.rotate", ""), std::move(done));
}

void SigningKeys::Make(SigningAlgorithm algorithm, int64_t signs_from, AuditEntry audit, Made done) {
  making_ = algorithm;
  Wait(std::move(done));
  maker_.Make(algorithm, context_.clock.UnixSeconds(),
              [this, signs_from, audit = std::move(audit)](Result<SigningKeyRecord> key) mutable {
                if (!key.ok()) return End(key.error());
                Keep(*std::move(key), signs_from, std::move(audit));
              });
}

void SigningKeys::Keep(SigningKeyRecord key, int64_t signs_from, AuditEntry audit) {
  const auto made = std::make_shared<SigningKeyRecord>(std::move(key));
  // The time of its making counts for nobody: what is published is published from now on.
  const int64_t now = context_.clock.UnixSeconds();
  made->signs_from = signs_from + std::max<int64_t>(now - made->created_at, 0);
  made->created_at = now;
  audit.subject = made->kid;
  audit.detail = "signs from " + std::to_string(made->signs_from);
  context_.store.Write([made, audit](Store& store) { return store.AddSigningKey(*made, audit); },
                       [this, made](const Status& added) {
                         if (!added.ok()) return End(added.error());
                         keys_.push_back(KeyOf(*made));
                         Reload([this, kid = made->kid](const Status& loaded) {
                           if (!loaded.ok()) return End(loaded.error());
                           const auto keys = List();
                           const auto found = std::ranges::find(keys, kid, &Key::kid);
                           if (found != keys.end()) return End(*found);
                           End(MakeError(Code::kInternal, "signing_key", "the new key is not there"));
                         });
                       });
}

struct SigningKeys::Waiter {
  Made done;
  std::unique_ptr<Timers::Handle> patience;
};

void SigningKeys::Wait(Made done) {
  const auto waiter = std::make_shared<Waiter>();
  waiter->done = std::move(done);
  waiter->patience = context_.timers.After(kPatienceMs, [this, weak = std::weak_ptr(waiter)] {
    const auto tired = weak.lock();
    if (tired == nullptr) return;
    std::erase(waiting_, tired);
    tired->done(MakeError(Code::kUnavailable, "signing_key",
                             "the key takes long to make on this host, and is made on: ask again in a minute"));
  });
  waiting_.push_back(waiter);
}

void SigningKeys::End(const Result<Key>& outcome) {
  making_.reset();
  for (const auto& waiter : std::exchange(waiting_, {})) waiter->done(outcome);
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
