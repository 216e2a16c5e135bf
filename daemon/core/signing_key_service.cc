#include "daemon/core/signing_key_service.h"

namespace fob::core {
namespace {

proto::SigningKey Present(const SigningKeys::Key& key) {
  proto::SigningKey out;
  out.kid = key.kid;
  out.algorithm = static_cast<proto::SigningKey::Algorithm>(key.algorithm);
  out.state = static_cast<proto::SigningKey::State>(key.state);
  out.created_at = key.created_at;
  out.signs_from = key.signs_from;
  return out;
}

}  // namespace

void SigningKeyService::ListSigningKeys(const Peer&, proto::admin::ListSigningKeys::In,
                                        Reply<proto::admin::ListSigningKeys> reply) {
  proto::admin::ListSigningKeys::Out out;
  for (const SigningKeys::Key& key : keys_.List()) out.keys.push_back(Present(key));
  reply(std::move(out));
}

void SigningKeyService::RotateSigningKey(const Peer& peer, proto::admin::RotateSigningKey::In in,
                                         Reply<proto::admin::RotateSigningKey> reply) {
  const auto algorithm = in.algorithm.has_value() ? static_cast<SigningAlgorithm>(*in.algorithm) : SigningAlgorithm::kEs256;
  keys_.Rotate(algorithm, peer, [reply = std::move(reply)](Result<SigningKeys::Key> key) {
    if (!key.ok()) return reply(key.error());
    reply(proto::admin::RotateSigningKey::Out{Present(*key)});
  });
}

}  // namespace fob::core
