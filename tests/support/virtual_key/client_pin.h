#pragma once

#include <optional>

#include "tests/support/virtual_key/key_context.h"
#include "tests/support/virtual_key/parameters.h"
#include "tests/support/virtual_key/pin_protocol.h"

namespace fob::testing {

// pinUvAuthToken permissions, CTAP 2.1 clause 6.5.5.7.
inline constexpr int kPermissionMakeCredential = 0x01;
inline constexpr int kPermissionGetAssertion = 0x02;

// How far a makeCredential or getAssertion is authorised before the touch.
struct Authorisation {
  bool verified = false;         // a token vouches for user verification
  bool present = false;          // the gesture that gave the token counts as presence
  bool verify_at_touch = false;  // built-in UV was asked for: the touch is the verification
};

// authenticatorClientPIN (CTAP 2.1 clause 6.5), the token that it issues, and built-in user
// verification.
class ClientPin {
 public:
  ClientPin(KeyContext& key);

  // Throws CtapFailure.
  Outcome Handle(const Parameters& in, int64_t now_ms);

  bool pin_set() const { return !key_.store.state().pin_hash.empty(); }
  // Some form of user verification is configured.
  bool is_protected() const { return pin_set() || key_.options.built_in_uv; }

  struct Request {
    const Bytes* auth_param;
    const int64_t* protocol;
    bool uv_option;
    ByteView client_data_hash;
    int permission;
    const std::string& rp_id;
  };
  // Throws CtapFailure: the param does not verify, its token lacks the permission, or the options
  // are impossible.
  Authorisation Authorise(const Request& request, int64_t now_ms);

  // The user gesture is used up: a CTAP 2.1 token is worth no further ceremony.
  void SpendToken();

  // Built-in UV by the touch that just came. Throws kUvInvalid or kUvBlocked.
  void VerifyUser();

  // Outside any protocol. At least 4 and at most 63 bytes.
  void StorePin(std::string_view pin);
  // No token is given for the PIN until it is changed (CTAP 2.1).
  void ForceChange(bool forced);
  void SetRetries(int pin_retries, int uv_retries);
  void BlockUntilPowerUp();

  // Key agreement, tokens and the three-in-a-row block start afresh.
  void PowerUp();

 private:
  struct Token {
    int permissions = 0;
    std::optional<std::string> rp_id;
    bool verified = false;
    bool present = false;
    bool used = false;
    int64_t issued_ms = 0;
  };

  Bytes GetRetries() const;
  Bytes SetPin(const Parameters& in);
  Bytes ChangePin(const Parameters& in);
  Bytes GetPinToken(const Parameters& in, int64_t now_ms);
  Bytes GetTokenUsingPin(const Parameters& in, int64_t now_ms);
  Outcome GetTokenUsingUv(const Parameters& in, int64_t now_ms);
  Bytes GetUvRetries() const;

  PinProtocol& Protocol(int64_t version);
  PinProtocol& Protocol(const Parameters& in);
  Bytes Secret(PinProtocol& protocol, const Parameters& in) const;
  void CheckPin(PinProtocol& protocol, ByteView secret, ByteView pin_hash_enc);
  void StoreNewPin(PinProtocol& protocol, ByteView secret, ByteView new_pin_enc);
  int ReadPermissions(const Parameters& in, std::optional<std::string>& rp_id) const;
  Bytes IssueToken(PinProtocol& protocol, ByteView secret, Token token);
  void DropTokens();

  KeyContext& key_;
  std::vector<PinProtocol> protocols_;
  std::optional<Token> token_;
  int mismatches_in_a_row_ = 0;
};

}  // namespace fob::testing
