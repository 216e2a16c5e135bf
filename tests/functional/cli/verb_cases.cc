#include "tests/functional/cli/verb_cases.h"

#include "proto/messages_json.h"

namespace fob::testing {

using namespace proto;

Key SomeKey() {
  Key key;
  key.key = "key_AAAAAAAAAAAAAAAAAAAAAA";
  key.user = "alice";
  key.name = "blue";
  key.rp_id = "login.example.org";
  key.credential_id = "AQID";
  key.aaguid = "AAAAAAAAAAAAAAAAAAAAAA";
  key.transports = {"usb", "nfc"};
  key.created_at = 1'700'000'000;
  return key;
}

Device SomeDevice() {
  Device device;
  device.device = "/dev/hidraw2";
  device.name = "Maker Thing";
  device.serial = "S-1";
  device.vendor_id = 0x1209;
  device.product_id = 1;
  device.seat = "seat0";
  device.kind = Device::Kind::kFido2;
  device.versions = {"U2F_V2", "FIDO_2_1"};
  device.aaguid = "666f622d-7669-7274-7561-6c2d6b657931";
  device.firmware = 5;
  device.algorithms = {"ES256", "EdDSA"};
  device.transports = {"usb"};
  device.pin_status = Device::PinStatus::kSet;
  device.pin_retries = 8;
  device.pin_min_length = 4;
  device.uv_status = Device::UvStatus::kUnset;
  device.discoverable = true;
  device.credentials_left = 25;
  return device;
}

Otp SomeOtp() {
  Otp otp;
  otp.otp = "otp_AAAAAAAAAAAAAAAAAAAAAA";
  otp.user = "alice";
  otp.name = "phone";
  otp.digits = 6;
  otp.period = 30;
  otp.created_at = 1'700'000'000;
  otp.last_used_at = 1'700'000'060;
  return otp;
}

LoginInfo SomeLogin() {
  LoginInfo login;
  login.login = "login_AAAAAAAAAAAAAAAAAAAAAA";
  login.user = "alice";
  login.uid = 1000;
  login.service = "sshd";
  login.rhost = "192.0.2.7";
  login.factors = {"password", "totp"};
  login.multi_factor = true;
  login.state = LoginInfo::State::kLive;
  login.authenticated_at = 1'700'000'000;
  login.expires_at = 1'700'043'200;
  return login;
}

namespace {

enrol::CreateRecoveryCodes::Out RecoveryCodes() {
  enrol::CreateRecoveryCodes::Out out;
  out.done.emplace();
  out.done->message = "Each works once.";
  out.done->recovery_codes.emplace();
  out.done->recovery_codes->push_back(SecretBytes("K7QF-M2XA-9RTD-WYHC"));
  return out;
}

login::Explain::Out SomeExplanation() {
  login::Explain::Out out;
  out.user = "alice";
  out.locality = "local";
  out.rule = "elevation";
  out.line = 91;
  out.ways = {{{"key+uv"}, "alice has no key"}, {{"key", "totp"}, {}}};
  out.why = "rule elevation asks for one of these ways";
  return out;
}

}  // namespace

Client SomeClient() {
  Client client;
  client.client_id = "client_AAAAAAAAAAAAAAAAAAAAAA";
  client.name = "Wiki";
  client.audiences = {"https://wiki.example.org"};
  client.scopes = {"read", "write"};
  client.token_lifetime_ms = 300'000;
  client.created_at = 1'700'000'000;
  client.secret_rotated_at = 1'700'000'000;
  return client;
}

namespace {

User SomeUser() {
  User user;
  user.user = "alice";
  user.uid = 1000;
  user.sub = "c3ViamVjdA";
  user.created_at = 1'700'000'000;
  user.keys = 1;
  return user;
}

enrol::EnrolKey::Out KeyDone(const std::string& message) {
  enrol::EnrolKey::Out out;
  out.done = Done{SomeKey(), std::nullopt, std::nullopt, message};
  return out;
}

enrol::EnrolOtp::Out OtpDone(const std::string& message) {
  enrol::EnrolOtp::Out out;
  out.done = Done{std::nullopt, SomeOtp(), std::nullopt, message};
  return out;
}

// What a ceremony about a plugged-in key ends with: words, and nothing that is enrolled.
enrol::Continue::Out Said(const std::string& message) {
  enrol::Continue::Out out;
  out.done.emplace();
  out.done->message = message;
  return out;
}

admin::Status::Out SomeStatus() {
  admin::Status::Out out;
  out.status.version = "0.1.0";
  out.status.pid = 4711;
  out.status.started_at = 1'700'000'000;
  out.status.issuer = "https://login.example.org";
  out.status.rp_id = "login.example.org";
  out.status.socket = "/run/fob/fobd.sock";
  out.status.users = 3;
  return out;
}

admin::TailAudit::Out SomeEvents() {
  AuditEvent event;
  event.seq = 7;
  event.at = 1'700'000'000;
  event.action = "login.begin";
  event.outcome = AuditEvent::Outcome::kDenied;
  event.user = "alice";
  event.service = "sshd";
  event.rhost = "192.0.2.7";
  event.hash = "00ff";
  return {{event}, std::nullopt, {}, {}};
}

admin::VerifyAudit::Out Intact() {
  admin::VerifyAudit::Out out;
  out.intact = true;
  out.events = 7;
  out.total = 7;
  out.first_seq = 1;
  out.head = "00ff";
  return out;
}

SigningKey SomeSigningKey() {
  SigningKey key;
  key.kid = "a2lk";
  key.created_at = 1'700'000'000;
  key.signs_from = 1'700'003'600;
  return key;
}

Grant SomeGrant() {
  Grant grant;
  grant.grant = "grant_AAAAAAAAAAAAAAAAAAAAAA";
  grant.client_id = SomeClient().client_id;
  grant.client = "Wiki";
  grant.user = "alice";
  grant.login = "login_AAAAAAAAAAAAAAAAAAAAAA";
  grant.audience = "https://wiki.example.org";
  grant.scope = "read";
  grant.created_at = 1'700'000'000;
  grant.expires_at = 1'700'000'300;
  grant.live = true;
  return grant;
}

token::Explain::Out Explained() {
  token::Explain::Out out;
  out.active = false;
  out.kind = token::Explain::Out::Kind::kOpaque;
  out.why = "it was revoked";
  out.grant = SomeGrant();
  out.factors = {{"password", "totp"}};
  out.service = "sshd";
  out.rule = "ssh";
  return out;
}

admin::AddClient::Out ClientWithSecret() {
  return {SomeClient(), SecretBytes(std::string_view("s3cret"))};
}

}  // namespace

std::vector<VerbCase> VerbCases(const TempFolder& folder) {
  const std::string secret = folder.Write("client.secret", "s3cret\n");
  const std::string uri = folder.Write("token.uri", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ\n");
  admin::RotateClientSecret::Out rotated{SomeClient(), SecretBytes(std::string_view("s3cret"))};
  enrol::CreateCode::Out code{SecretBytes(std::string_view("ABCD-EFGH")), 1'700'000'000};
  token::Ticket::Out ticket{SecretBytes(std::string_view("tkt_x")), "https://wiki.example.org",
                            "login_x", 1'700'000'030};
  token::Exchange::Out exchanged{SecretBytes(std::string_view("eyJ.x.y")), "Bearer", 300, "read",
                                 "grant_x", std::nullopt, std::nullopt};
  token::Take::Out taken{SecretBytes(std::string_view("at_x")), "Bearer", 300, "read", "grant_x"};
  const auto json = [](const auto& out) { return ToJson(out); };
  return {
      {"status", {"status"}, "", "org.fobd.Admin.Status", json(SomeStatus())},
      {"key devices", {"key", "devices"}, "", "org.fobd.Enrol.ListDevices",
       json(enrol::ListDevices::Out{{SomeDevice()}})},
      {"key pin set", {"key", "pin", "set"}, "", "org.fobd.Enrol.SetPin", json(Said("It is set."))},
      {"key pin change", {"key", "pin", "change", "--device", "/dev/hidraw2"}, "",
       "org.fobd.Enrol.ChangePin", json(Said("It is changed."))},
      {"key reset", {"key", "reset"}, "", "org.fobd.Enrol.ResetDevice", json(Said("All is gone."))},
      {"key enrol",
       {"key", "enrol", "blue"},
       "",
       "org.fobd.Enrol.EnrolKey",
       json(KeyDone("enrolled blue"))},
      {"key list",
       {"key", "list"},
       "",
       "org.fobd.Enrol.ListKeys",
       json(enrol::ListKeys::Out{{SomeKey()}, std::nullopt})},
      {"recovery create",
       {"recovery", "create"},
       "",
       "org.fobd.Enrol.CreateRecoveryCodes",
       json(RecoveryCodes())},
      {"user lock",
       {"user", "lock", "alice"},
       "",
       "org.fobd.Admin.LockUser",
       json(admin::LockUser::Out{SomeUser()})},
      {"user unlock",
       {"user", "unlock", "alice"},
       "",
       "org.fobd.Admin.UnlockUser",
       json(admin::UnlockUser::Out{SomeUser()})},
      {"explain login",
       {"explain", "login", "sudo"},
       "",
       "org.fobd.Login.Explain",
       json(SomeExplanation())},
      {"key rename",
       {"key", "rename", "blue", "green"},
       "",
       "org.fobd.Enrol.RenameKey",
       json(KeyDone("renamed blue"))},
      {"key remove",
       {"key", "remove", "blue"},
       "",
       "org.fobd.Enrol.RemoveKey",
       json(KeyDone("removed blue"))},
      {"key test",
       {"key", "test", "blue"},
       "",
       "org.fobd.Enrol.TestKey",
       json(KeyDone("blue works"))},
      {"otp enrol",
       {"otp", "enrol", "phone"},
       "",
       "org.fobd.Enrol.EnrolOtp",
       json(OtpDone("enrolled phone"))},
      {"otp enrol --import-uri",
       {"otp", "enrol", "token", "--import-uri", uri},
       "",
       "org.fobd.Enrol.EnrolOtp",
       json(OtpDone(""))},
      {"otp list",
       {"otp", "list"},
       "",
       "org.fobd.Enrol.ListOtps",
       json(enrol::ListOtps::Out{{SomeOtp()}, std::nullopt})},
      {"otp remove",
       {"otp", "remove", "phone"},
       "",
       "org.fobd.Enrol.RemoveOtp",
       json(OtpDone("removed phone"))},
      {"user show",
       {"user", "show", "alice"},
       "",
       "org.fobd.Admin.ShowUser",
       json(admin::ShowUser::Out{SomeUser()})},
      {"user rebind",
       {"user", "rebind", "alice"},
       "",
       "org.fobd.Admin.RebindUser",
       json(admin::RebindUser::Out{SomeUser()})},
      {"enrol-code create",
       {"enrol-code", "create", "--user", "alice"},
       "",
       "org.fobd.Enrol.CreateCode",
       json(code)},
      {"login list",
       {"login", "list"},
       "",
       "org.fobd.Login.List",
       json(login::List::Out{{SomeLogin()}, std::nullopt})},
      {"login end", {"login", "end"}, "", "org.fobd.Login.End", json(login::End::Out{SomeLogin()})},
      {"client add",
       {"client", "add", "Wiki", "-a", "https://wiki.example.org"},
       "",
       "org.fobd.Admin.AddClient",
       json(ClientWithSecret())},
      {"client update",
       {"client", "update", "Wiki", "--refresh", "12h"},
       "",
       "org.fobd.Admin.UpdateClient",
       json(admin::UpdateClient::Out{SomeClient()})},
      {"client show",
       {"client", "show", "Wiki"},
       "",
       "org.fobd.Admin.ShowClient",
       json(admin::ShowClient::Out{SomeClient()})},
      {"keys list",
       {"keys", "list"},
       "",
       "org.fobd.Admin.ListSigningKeys",
       json(admin::ListSigningKeys::Out{{SomeSigningKey()}})},
      {"keys rotate",
       {"keys", "rotate"},
       "",
       "org.fobd.Admin.RotateSigningKey",
       json(admin::RotateSigningKey::Out{SomeSigningKey()})},
      {"token get", {"token", "get", "--client", "client_x"}, "", "org.fobd.Token.Take", json(taken)},
      {"token revoke",
       {"token", "revoke"},
       "at_x\n",
       "org.fobd.Token.Revoke",
       json(token::Revoke::Out{})},
      {"explain token",
       {"explain", "token"},
       "at_x\n",
       "org.fobd.Token.Explain",
       json(Explained())},
      {"grant list",
       {"grant", "list"},
       "",
       "org.fobd.Token.ListGrants",
       json(token::ListGrants::Out{{SomeGrant()}, std::nullopt})},
      {"grant revoke",
       {"grant", "revoke", "grant_x"},
       "",
       "org.fobd.Token.RevokeGrants",
       json(token::RevokeGrants::Out{SomeGrant(), {}})},
      {"client list",
       {"client", "list"},
       "",
       "org.fobd.Admin.ListClients",
       json(admin::ListClients::Out{{SomeClient()}, std::nullopt})},
      {"client remove",
       {"client", "remove", "client_x"},
       "",
       "org.fobd.Admin.RemoveClient",
       json(admin::RemoveClient::Out{SomeClient()})},
      {"client rotate-secret",
       {"client", "rotate-secret", "client_x"},
       "",
       "org.fobd.Admin.RotateClientSecret",
       json(rotated)},
      {"ticket", {"ticket", "--client", "client_x"}, "", "org.fobd.Token.Ticket", json(ticket)},
      {"open",
       {"open", "--print", "https://wiki.example.org/"},
       "",
       "org.fobd.Web.CreateLink",
       json(web::CreateLink::Out{SecretBytes(std::string_view("link_x")), "https://login.example.org/link", 1'700'000'060})},
      {"exchange",
       {"exchange", "--client", "client_x", "--client-secret-file", secret},
       "tkt_x\n",
       "org.fobd.Token.Exchange",
       json(exchanged)},
      {"token verify",
       {"token", "verify"},
       "eyJ.x.y\n",
       "org.fobd.Token.Verify",
       json(token::Verify::Out{true,
                               JsonText{R"({"iss":"https://login.example.org","exp":1700000300})"},
                               std::nullopt, std::nullopt})},
      {"jwks",
       {"jwks"},
       "",
       "org.fobd.Token.Jwks",
       json(token::Jwks::Out{JsonText{R"({"keys":[{"kty":"EC"}]})"}})},
      {"audit tail", {"audit", "tail"}, "", "org.fobd.Admin.TailAudit", json(SomeEvents())},
      {"audit verify",
       {"audit", "verify"},
       "",
       "org.fobd.Admin.VerifyAudit",
       json(Intact())},
      {"audit show", {"audit", "show", "7"}, "", "org.fobd.Admin.TailAudit", json(SomeEvents())},
      {"audit prune",
       {"audit", "prune", "--keep-days", "90"},
       "",
       "org.fobd.Admin.PruneAudit",
       json(admin::PruneAudit::Out{5, 6})},
      {"audit key",
       {"audit", "key"},
       "",
       "org.fobd.Admin.AuditKey",
       json(admin::AuditKey::Out{"kid", JsonText{R"({"kty":"EC"})"}, std::nullopt})},
  };
}

}  // namespace fob::testing
