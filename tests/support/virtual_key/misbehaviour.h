#pragma once

#include <optional>

#include "tests/support/virtual_key/bytes.h"

namespace fob::testing {

// Ways in which the key can break the protocol, set at run time. Faults in data are signed
// truthfully unless the signature itself is the fault. All of them but `silent`
// and `foreign_nonce` spare INIT, PING, getInfo and clientPIN, so that a caller gets as far as the ceremony.
struct Misbehaviour {
  bool wrong_signature = false;  // assertion, attestation and U2F signatures have a bit flipped
  bool clear_up_flag = false;    // user presence is not asserted although the user touched
  bool clear_uv_flag = false;    // user verification is not asserted although it took place
  bool counter_back = false;     // the counter is one less than in the answer before
  bool wrong_rp_hash = false;    // authenticator data names another rp
  bool wrong_client_data = false;  // what is signed is another challenge
  bool foreign_credential_id = false;  // an assertion names a credential that nobody asked for
  bool cut_frame = false;              // the last report of an answer never comes
  bool bad_sequence = false;           // continuation reports skip a number
  bool wrong_channel = false;          // answers come on a channel that nobody owns
  bool foreign_nonce = false;          // INIT is answered as if somebody else had asked
  bool stale_answer = false;           // the answer is that of the ceremony before
  bool unsolicited = false;  // that answer comes once more, on its channel, before the true one
  bool endless_keepalive = false;      // "processing" for ever, deaf to cancel
  bool garbage_cbor = false;           // success, followed by bytes that are no CBOR
  bool huge_cbor = false;              // success, and a byte string that claims 4 GiB
  bool duplicate_key_cbor = false;     // the first key of the answer's map comes twice
  bool huge_length = false;            // the answer announces 65535 bytes
  bool oversized = false;              // a well-formed answer as long as CTAPHID can carry
  bool silent = false;                 // no answer to anything, INIT included
  bool vanish_mid_ceremony =
      false;  // unplugged as soon as it is asked for a credential or assertion
  bool after_touch = false;  // faults of framing and CBOR wait for the answer to a touch

  // "none", or names from above joined by commas. nullopt for an unknown name.
  static std::optional<Misbehaviour> FromNames(std::string_view names);
};

}  // namespace fob::testing
