#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"
#include "daemon/core/factor.h"
#include "daemon/core/locality.h"

// What the store holds, as the core sees it. Times are Unix seconds.
namespace fob::core {

// A Linux account as NSS answers it: canonical name, all groups.
struct Account {
  std::string name;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<std::string> groups;
};

// A Linux account that fob knows. `sub` is random and never used for another user.
struct UserRecord {
  int64_t id = 0;
  std::string sub;
  std::string name;
  uint32_t uid = 0;
  int64_t created_at = 0;
  std::optional<int64_t> locked_at;  // by an administrator: nothing of this user's counts
};

enum class KeyAlgorithm { kEs256, kEdDsa, kRs256 };
enum class Attestation { kNone, kSelf, kUnverified, kVerified };

// An enrolled FIDO credential.
struct KeyRecord {
  std::string id;  // key_
  std::string user;
  std::string name;
  std::string rp_id;
  Bytes credential_id;
  Bytes public_key;  // ES256: x || y; EdDSA: 32 bytes; RS256: n || e
  KeyAlgorithm algorithm = KeyAlgorithm::kEs256;
  Bytes aaguid;  // 16 bytes
  Attestation attestation = Attestation::kNone;
  bool discoverable = false;
  bool user_verification = false;  // verified at enrolment: this key can do UV
  bool backup_eligible = false;
  bool backed_up = false;
  uint32_t counter = 0;
  std::vector<std::string> transports;
  int64_t created_at = 0;
  std::optional<int64_t> last_used_at;
};

enum class OtpKind { kTotp, kHotp };
enum class OtpAlgorithm { kSha1, kSha256, kSha512 };

// An enrolled OATH secret: of time steps (RFC 6238) or of a counter (RFC 4226).
struct OtpRecord {
  std::string id;  // otp_
  std::string user;
  std::string name;
  OtpKind kind = OtpKind::kTotp;
  OtpAlgorithm algorithm = OtpAlgorithm::kSha1;
  int digits = 6;
  int period = 30;     // seconds; means nothing to a counter
  SecretBytes secret;  // empty in lists
  int64_t last_step = -1;     // the highest time step or counter value that was used
  bool out_of_step = false;   // after a restore: a counter counts again after two codes in a row
  int64_t created_at = 0;
  std::optional<int64_t> last_used_at;
};

// A single-use code for the day when key and phone are lost: SHA-256 of salt and code.
struct RecoveryCode {
  Bytes salt;
  Bytes hash;
};

// Consecutive failures of one user's factor from one class of origin.
struct FailureRecord {
  Factor factor = Factor::kTotp;
  Locality origin = Locality::kUnknown;
  int64_t count = 0;
  int64_t failed_at = 0;  // the last one
};

// What stands for the kernel session of a login that was made in a browser: no process is ever in it.
inline constexpr std::string_view kBrowserSession = "browser";

enum class LoginState { kLive, kEnded, kExpired };

// A verified login.
struct LoginRecord {
  std::string id;  // login_
  int64_t user_id = 0;
  std::string user;
  std::string sub;
  uint32_t uid = 0;
  std::string service;
  std::string tty;
  std::string rhost;
  std::vector<std::string> factors;
  std::vector<std::string> amr;
  std::string acr;
  bool multi_factor = false;
  std::string rule;  // name of the policy rule that admitted it
  std::string key;   // that proved it, if any: the login dies with it
  std::string otp;
  LoginState state = LoginState::kLive;
  int64_t authenticated_at = 0;
  std::optional<int64_t> confirmed_at;
  std::optional<int64_t> ended_at;
  int64_t expires_at = 0;
  std::string boot_id;
  std::string kernel_session;  // audit session or logind session; empty: the host has neither
};

enum class SigningAlgorithm { kEs256, kEdDsa, kRs256 };

struct SigningKeyRecord {
  std::string kid;  // RFC 7638 thumbprint
  SigningAlgorithm algorithm = SigningAlgorithm::kEs256;
  SecretBytes private_key;  // PKCS #8, DER
  int64_t created_at = 0;
  int64_t signs_from = 0;  // published before; until the next one of its algorithm signs
};

enum class Outcome { kAllowed, kDenied, kFailed };

// One decision. Fields that do not apply are empty.
struct AuditEntry {
  int64_t at = 0;
  std::string action;  // "login.begin", "key.enrol", "ticket.exchange"
  Outcome outcome = Outcome::kAllowed;
  std::string user;
  int64_t caller_uid = -1;
  int64_t caller_pid = 0;
  std::string service;
  std::string tty;
  std::string rhost;
  std::string subject;  // key_, otp_, login_, grant_ or client_
  std::string rule;
  std::string detail;
};

// An entry as it stands in the chain: hash = SHA-256(previous hash || canonical form of the entry).
struct AuditRecord {
  int64_t seq = 0;
  AuditEntry entry;
  Bytes hash;
};

// What stands for the entries that were pruned: the chain goes on from entry `seq`, whose hash it was.
struct AuditCheckpoint {
  int64_t seq = 0;
  Bytes hash;
  int64_t at = 0;
  Bytes signature;  // by the audit key, over CheckpointStatement
};

// The chain had entry `seq` with this hash: signed, it is kept where nobody who can write to the
// store can change it.
struct SignedHead {
  int64_t seq = 0;
  Bytes hash;
  Bytes signature;  // by the audit key, over HeadStatement
};

// Those that the store keeps itself, over restarts.
struct KeptHeads {
  std::optional<SignedHead> last;
  std::optional<SignedHead> missed;  // the first that the trail did not hold any more
};

}  // namespace fob::core
