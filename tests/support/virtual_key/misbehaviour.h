#pragma once

#include <optional>

#include "tests/support/virtual_key/bytes.h"

namespace fob::testing {

// Ways in which the key can break the protocol, set at run time. Faults in data are signed
// truthfully unless the signature itself is the fault. All of them but `silent` spare INIT, PING,
// getInfo and clientPIN, so that a caller gets as far as the ceremony.
struct Misbehaviour {
  bool wrong_signature = false;  // assertion, attestation and U2F signatures have a bit flipped
  bool clear_up_flag = false;    // user presence is not asserted although the user touched
  bool clear_uv_flag = false;    // user verification is not asserted although it took place
  bool counter_back = false;     // the counter is one less than in the answer before
  bool wrong_rp_hash = false;    // authenticator data names another rp
  bool foreign_credential_id = false;  // an assertion names a credential that nobody asked for
  bool cut_frame = false;              // the last report of an answer never comes
  bool bad_sequence = false;           // continuation reports skip a number
  bool wrong_channel = false;          // answers come on a channel that nobody owns
  bool endless_keepalive = false;      // "processing" for ever, deaf to cancel
  bool garbage_cbor = false;           // success, followed by bytes that are no CBOR
  bool duplicate_key_cbor = false;     // the first key of the answer's map comes twice
  bool huge_length = false;            // the answer announces 65535 bytes
  bool silent = false;                 // no answer to anything, INIT included
  bool vanish_mid_ceremony =
      false;  // unplugged as soon as it is asked for a credential or assertion

  // "none", or names from above joined by commas. nullopt for an unknown name.
  static std::optional<Misbehaviour> FromNames(std::string_view names);
};

}  // namespace fob::testing
