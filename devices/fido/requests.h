#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"
#include "devices/fido/algorithm.h"

namespace fob::fido {

struct CredentialRef {
  std::string rp_id;
  Bytes credential_id;
};

// What both ceremonies share.
struct CeremonyRequest {
  Bytes client_data_hash;  // 32 bytes
  std::optional<SecretBytes>
      pin;            // for the key that asked for it in the call before; 4 to 63 bytes
  int pin_floor = 0;  // no PIN is tried when fewer tries than this are left
  int64_t timeout_ms = 0;
};

struct AssertionRequest : CeremonyRequest {
  std::vector<CredentialRef> credentials;  // at least one
  bool user_verification = false;          // PIN or built-in, or touch alone
};

enum class UserVerification { kRequired, kPreferred, kDiscouraged };

struct CredentialRequest : CeremonyRequest {
  std::string rp_id;
  std::string rp_name;
  Bytes user_handle;  // 1 to 64 bytes
  std::string user_name;
  std::vector<Algorithm> algorithms;  // at least one, the preferred first
  std::vector<CredentialRef> exclude;
  bool discoverable = false;
  UserVerification user_verification = UserVerification::kRequired;
};

// What became of built-in user verification before a PIN was needed.
enum class BuiltIn { kUnused, kFailed, kBlocked };

// The ceremony goes on with the PIN of this key, which is not held open meanwhile.
struct PinNeeded {
  std::string device;
  int retries = 0;  // tries left on it
  BuiltIn built_in = BuiltIn::kUnused;
};

struct Assertion {
  std::string rp_id;
  Bytes credential_id;
  Bytes auth_data;  // raw, see auth_data.h
  Bytes signature;
  std::optional<Bytes> user_handle;
  std::string device;
};

struct MadeCredential {
  Bytes credential_id;
  Bytes auth_data;  // raw, see auth_data.h
  std::string format;
  Bytes attestation_statement;  // one CBOR map
  std::string device;
  std::vector<std::string> transports;
};

using Answer = std::variant<PinNeeded, Assertion, MadeCredential>;

struct Progress {
  enum class Kind { kInsert, kTouch, kWrongKey, kVerify, kVerifyAgain, kBusy, kSlow, kRemove };
  Kind kind = Kind::kInsert;
  std::string device;  // empty for kInsert
  int retries = 0;     // of kVerifyAgain
};

}  // namespace fob::fido
