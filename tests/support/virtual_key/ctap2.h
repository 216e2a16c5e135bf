#pragma once

#include "tests/support/virtual_key/client_pin.h"
#include "tests/support/virtual_key/key_context.h"

namespace fob::testing {

// The CTAP2 commands (CTAP 2.1 clause 6). Stateless but for the PIN token and the pending
// assertions.
class Ctap2 {
 public:
  explicit Ctap2(KeyContext& key) : key_(key), pin_(key) {}

  // request: the CTAPHID_CBOR payload, command byte first. Every failure is a status in the answer.
  Outcome Handle(ByteView request, int64_t now_ms);

  void PowerUp(int64_t now_ms);
  ClientPin& pin() { return pin_; }

 private:
  struct Assertion {
    Bytes client_data_hash;
    Bytes rp_id_hash;
    bool user_present = false;
    bool user_verified = false;
    bool reveal_names = false;
    std::vector<Bytes> credential_ids;
  };
  struct Registration;

  Outcome Dispatch(uint8_t command, ByteView body, int64_t now_ms);
  Outcome GetInfo() const;
  Outcome MakeCredential(const Parameters& in, int64_t now_ms);
  Outcome GetAssertion(const Parameters& in, int64_t now_ms);
  Outcome GetNextAssertion(int64_t now_ms);
  Outcome Reset(int64_t now_ms);
  Outcome Selection() const;

  Registration ReadRegistration(const Parameters& in) const;
  int ChooseAlgorithm(const CborValue::Array& offered) const;
  // Verifies by built-in UV when asked for; a failure is told as clause 6.1.2 wants it.
  bool FinishVerification(const Authorisation& authorisation);
  Bytes Register(const Registration& request, bool user_verified);
  CborValue AttestationStatement(const Credential& credential, ByteView auth_data,
                                 ByteView client_data_hash) const;
  std::vector<Bytes> FindCredentials(const Parameters& in, ByteView rp_id_hash,
                                     bool user_verified) const;
  Bytes Assert(const Assertion& assertion, size_t index, size_t announce);

  KeyContext& key_;
  ClientPin pin_;
  std::optional<Assertion> pending_;
  size_t pending_index_ = 0;
  int64_t pending_until_ms_ = 0;
  int64_t powered_up_ms_ = 0;
};

}  // namespace fob::testing
