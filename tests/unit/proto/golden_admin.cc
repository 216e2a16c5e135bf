#include "tests/unit/proto/golden.h"

namespace fob::proto {

void AddAdminExamples(Goldens& goldens) {
  StatusInfo status = {.version = "0.1.0",
                       .pid = 4242,
                       .started_at = 1700000000,
                       .issuer = "https://login.example.org",
                       .rp_id = "login.example.org",
                       .socket = "/run/fob/fobd.sock",
                       .store = StatusInfo::Store::kWritable,
                       .schema = 1,
                       .users = 3,
                       .keys = 4,
                       .otps = 2,
                       .live_logins = 1,
                       .clients = 1,
                       .audit_head = 99,
                       .connections = 2};
  StatusInfo read_only = status;
  read_only.store = StatusInfo::Store::kReadOnly;
  StatusInfo unavailable = status;
  unavailable.store = StatusInfo::Store::kUnavailable;
  goldens.Of<admin::Status>().Call({}).Last({status}).Last({read_only}).Last({unavailable});

  const User ada = {.user = "ada",
                    .uid = 1000,
                    .sub = "c3ViamVjdC1zdWJqZWN0",
                    .blocked = false,
                    .created_at = 1700000000,
                    .keys = 1,
                    .otps = 1,
                    .recovery_codes = 10};
  User locked = ada;
  locked.locked_at = 1700000500;
  goldens.Of<admin::ShowUser>().Call({}).Call({.user = "ada"}).Last({ada});
  goldens.Of<admin::RebindUser>().Call({.user = "ada"}).Last({ada});
  goldens.Of<admin::LockUser>().Call({.user = "ada"}).Last({locked});
  goldens.Of<admin::UnlockUser>().Call({.user = "ada"}).Last({ada});

  const Client wiki = {.client_id = "client_AAECAwQFBgcICQoLDA0ODw",
                       .name = "wiki",
                       .audiences = {"https://wiki.example.org"},
                       .scopes = {"read", "write"},
                       .serves = {"https://wiki.example.org"},
                       .groups = {"staff"},
                       .fresh = {"https://vault.example.org"},
                       .token_kind = Client::TokenKind::kOpaque,
                       .algorithm = Client::Algorithm::kEdDSA,
                       .token_lifetime_ms = 300000,
                       .refresh_lifetime_ms = 86400000,
                       .outlives_login = true,
                       .direct = true,
                       .machine = true,
                       .redirect_uris = {"https://wiki.example.org/callback"},
                       .post_logout_redirect_uris = {"https://wiki.example.org/bye"},
                       .origins = {"https://wiki.example.org"},
                       .auth_method = Client::AuthMethod::kPrivateKeyJwt,
                       .jwks = JsonText{R"({"keys":[{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}]})"},
                       .third_party = true,
                       .id_token_algorithm = Client::IdTokenAlgorithm::kRS256,
                       .user_groups = {"staff"},
                       .pkce = true,
                       .tickets = true,
                       .created_at = 1700000000,
                       .secret_rotated_at = 1700000000};
  goldens.Of<admin::AddClient>()
      .Call({.name = "wiki",
             .settings = {.audiences = {{"https://wiki.example.org"}},
                          .scopes = {{"read", "write"}},
                          .token_lifetime_ms = 300000}})
      .Last({.client = wiki, .client_secret = Secret("c2VjcmV0LXNlY3JldA")});
  goldens.Of<admin::UpdateClient>()
      .Call({.client_id = "wiki", .settings = {}})
      .Call({.client_id = wiki.client_id,
             .settings = {.audiences = {{"https://wiki.example.org"}},
                          .scopes = std::vector<std::string>(),
                          .serves = {{"https://wiki.example.org"}},
                          .groups = {{"*"}},
                          .fresh = {{"https://wiki.example.org"}},
                          .token_kind = ClientSettings::TokenKind::kJwt,
                          .algorithm = ClientSettings::Algorithm::kRS256,
                          .token_lifetime_ms = 60000,
                          .refresh_lifetime_ms = 0,
                          .outlives_login = false,
                          .direct = false,
                          .machine = false,
                          .redirect_uris = {{"http://127.0.0.1/callback"}},
                          .post_logout_redirect_uris = std::vector<std::string>(),
                          .origins = std::vector<std::string>(),
                          .auth_method = ClientSettings::AuthMethod::kNone,
                          .jwks = JsonText{R"({"keys":[]})"},
                          .third_party = false,
                          .id_token_algorithm = ClientSettings::IdTokenAlgorithm::kES256,
                          .user_groups = {{"staff"}},
                          .pkce = false,
                          .tickets = false}})
      .Last({.client = wiki});
  goldens.Of<admin::ShowClient>().Call({.client_id = "wiki"}).Last({.client = wiki});
  const SigningKey next = {.kid = "a2lk",
                           .algorithm = SigningKey::Algorithm::kES256,
                           .state = SigningKey::State::kNext,
                           .created_at = 1700000000,
                           .signs_from = 1700003600};
  SigningKey signing = next, old = next;
  signing.state = SigningKey::State::kSigning;
  signing.algorithm = SigningKey::Algorithm::kRS256;
  old.state = SigningKey::State::kOld;
  goldens.Of<admin::ListSigningKeys>().Call({}).Last({.keys = {old, signing, next}});
  goldens.Of<admin::RotateSigningKey>()
      .Call({})
      .Call({.algorithm = admin::RotateSigningKey::In::Algorithm::kEdDSA})
      .Last({.key = next});
  goldens.Of<admin::ListClients>().Call({}).Call({.before = wiki.client_id}).Last({.clients = {wiki}, .next = wiki.client_id});
  goldens.Of<admin::RemoveClient>().Call({.client_id = wiki.client_id}).Last({wiki});
  goldens.Of<admin::RotateClientSecret>()
      .Call({.client_id = wiki.client_id})
      .Last({.client = wiki, .client_secret = Secret("bmV3LXNlY3JldA")});

  const AuditEvent begun = {.seq = 98,
                            .at = 1700000000,
                            .action = "login.begin",
                            .outcome = AuditEvent::Outcome::kAllowed,
                            .user = "ada",
                            .caller_uid = 0,
                            .caller_pid = 4000,
                            .service = "sshd",
                            .tty = "pts/3",
                            .rhost = "192.0.2.7",
                            .subject = "otp_AAECAwQFBgcICQoLDA0ODw",
                            .rule = "ssh",
                            .detail = "totp",
                            .hash = "aGFzaC1oYXNo"};
  const AuditEvent refused = {.seq = 99,
                              .at = 1700000001,
                              .action = "client.add",
                              .outcome = AuditEvent::Outcome::kDenied,
                              .caller_uid = 1000,
                              .caller_pid = 4001,
                              .hash = "aGFzaC1oYXNo"};
  AuditEvent failed = refused;
  failed.outcome = AuditEvent::Outcome::kFailed;
  goldens.Of<admin::TailAudit>()
      .Call({})
      .Call({.limit = 20, .after_seq = 97})
      .Call({.limit = 20, .before_seq = 97, .user = "ada", .action = "login", .since = 1700000000})
      .Last({.events = {begun, refused, failed}})
      .Last({.events = {begun}, .next = 98, .first_seq = 12, .newest_seq = 99});
  auto verify = goldens.Of<admin::VerifyAudit>();
  verify.Call({}, true).Call({.heads = {{"99:00ff:c2ln"}}}, true);
  verify.More({.intact = true, .events = 50, .total = 99});
  verify.Last({.intact = true, .events = 99, .total = 99, .first_seq = 1, .heads = 1, .head = "00ff"});
  using Fault = admin::VerifyAudit::Out::Fault;
  for (const Fault fault :
       {Fault::kMissing, Fault::kChanged, Fault::kStray, Fault::kHead, Fault::kCheckpoint}) {
    verify.Last({.intact = false,
                 .events = 11,
                 .total = 99,
                 .first_seq = 1,
                 .head = "00ff",
                 .broken_at = 12,
                 .fault = fault,
                 .why = "entry 12 is not what was written"});
  }
  goldens.Of<admin::Backup>()
      .Call({}, true)
      .Call({.with_master_key = true}, true)
      .More({.sent = 0, .total = 0})
      .More({.backup_data = Secret("Zm9iIGJhY2t1cCAxCg"), .sent = 13, .total = 17})
      .Last({.backup_data = Secret("ZW5kCg"), .sent = 17, .total = 17});
  goldens.Of<admin::MasterKey>()
      .Call({})
      .Last({.path = "/etc/fob/master.key", .key_id = "0123456789abcdef"})
      .Last({.path = "/run/credentials/fobd/fob.master-key",
             .credential = true,
             .key_id = "0123456789abcdef",
             .next_key_id = "fedcba9876543210"});
  goldens.Of<admin::RotateMasterKey>()
      .Call({}, true)
      .More({.key_id = "fedcba9876543210", .resealed = 100})
      .Last({.key_id = "fedcba9876543210", .resealed = 150, .move_due = true});
  goldens.Of<admin::PruneAudit>().Call({}).Call({.keep_days = 90}).Last({.pruned = 7, .first_seq = 8});
  goldens.Of<admin::AuditKey>()
      .Call({})
      .Last({.kid = "a2lk", .jwk = {R"({"kty":"EC"})"}})
      .Last({.kid = "a2lk", .jwk = {R"({"kty":"EC"})"}, .head = "99:00ff:c2ln"});
}

}  // namespace fob::proto
