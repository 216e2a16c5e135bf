#include "daemon/core/present.h"

#include "base/encoding.h"
#include "daemon/core/attestation_policy.h"

namespace fob::core {
namespace {

std::optional<std::string> IfAny(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

proto::Key::Algorithm Algorithm(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::kEs256: return proto::Key::Algorithm::kES256;
    case KeyAlgorithm::kEdDsa: return proto::Key::Algorithm::kEdDSA;
    case KeyAlgorithm::kRs256: break;
  }
  return proto::Key::Algorithm::kRS256;
}

}  // namespace

proto::Key Present(const KeyRecord& key) {
  proto::Key out;
  out.key = key.id;
  out.user = key.user;
  out.name = key.name;
  out.rp_id = key.rp_id;
  out.credential_id = Base64UrlEncode(key.credential_id);
  out.algorithm = Algorithm(key.algorithm);
  out.aaguid = AaguidText(key.aaguid);
  out.attestation = static_cast<proto::Key::Attestation>(key.attestation);
  out.discoverable = key.discoverable;
  out.user_verification = key.user_verification;
  out.backup_eligible = key.backup_eligible;
  out.backed_up = key.backed_up;
  out.counter = key.counter;
  out.transports = key.transports;
  out.created_at = key.created_at;
  out.last_used_at = key.last_used_at;
  return out;
}

proto::Otp Present(const OtpRecord& otp) {
  proto::Otp out;
  out.otp = otp.id;
  out.user = otp.user;
  out.name = otp.name;
  out.kind = static_cast<proto::Otp::Kind>(otp.kind);
  out.algorithm = static_cast<proto::Otp::Algorithm>(otp.algorithm);
  out.digits = otp.digits;
  out.period = otp.period;
  out.created_at = otp.created_at;
  out.last_used_at = otp.last_used_at;
  return out;
}

proto::LoginInfo Present(const LoginRecord& login) {
  proto::LoginInfo out;
  out.login = login.id;
  out.user = login.user;
  out.uid = login.uid;
  out.service = login.service;
  out.tty = IfAny(login.tty);
  out.rhost = IfAny(login.rhost);
  out.factors = login.factors;
  out.multi_factor = login.multi_factor;
  out.state = static_cast<proto::LoginInfo::State>(login.state);
  out.authenticated_at = login.authenticated_at;
  out.confirmed_at = login.confirmed_at;
  out.expires_at = login.expires_at;
  out.kernel_session = IfAny(login.kernel_session);
  return out;
}

proto::Client Present(const ClientRecord& client) {
  proto::Client out;
  out.client_id = client.id;
  out.name = client.name;
  out.audiences = client.audiences;
  out.scopes = client.scopes;
  out.serves = client.serves;
  out.groups = client.groups;
  out.fresh = client.fresh;
  out.token_kind = static_cast<proto::Client::TokenKind>(client.token_kind);
  out.algorithm = static_cast<proto::Client::Algorithm>(client.algorithm);
  out.token_lifetime_ms = client.token_lifetime * 1000;
  out.refresh_lifetime_ms = client.refresh_lifetime * 1000;
  out.outlives_login = client.outlives_login;
  out.direct = client.direct;
  out.machine = client.machine;
  out.redirect_uris = client.redirect_uris;
  out.post_logout_redirect_uris = client.post_logout_redirect_uris;
  out.origins = client.origins;
  out.auth_method = static_cast<proto::Client::AuthMethod>(client.auth_method);
  if (!client.jwks.empty()) out.jwks = proto::JsonText{client.jwks};
  out.third_party = client.third_party;
  out.id_token_algorithm = static_cast<proto::Client::IdTokenAlgorithm>(client.id_token_algorithm);
  out.user_groups = client.user_groups;
  out.pkce = client.pkce;
  out.tickets = client.tickets;
  out.created_at = client.created_at;
  out.secret_rotated_at = client.secret_rotated_at;
  return out;
}

proto::AuditEvent Present(const AuditRecord& record) {
  const AuditEntry& entry = record.entry;
  proto::AuditEvent out;
  out.seq = record.seq;
  out.at = entry.at;
  out.action = entry.action;
  out.outcome = static_cast<proto::AuditEvent::Outcome>(entry.outcome);
  out.user = IfAny(entry.user);
  out.caller_uid = entry.caller_uid;
  out.caller_pid = entry.caller_pid;
  out.service = IfAny(entry.service);
  out.tty = IfAny(entry.tty);
  out.rhost = IfAny(entry.rhost);
  out.subject = IfAny(entry.subject);
  out.rule = IfAny(entry.rule);
  out.detail = IfAny(entry.detail);
  out.hash = HexEncode(record.hash);
  return out;
}

}  // namespace fob::core
