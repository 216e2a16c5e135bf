#include "tests/support/virtual_key/misbehaviour.h"

namespace fob::testing {
namespace {

struct Name {
  std::string_view name;
  bool Misbehaviour::*flag;
};

constexpr Name kNames[] = {
    {"wrong_signature", &Misbehaviour::wrong_signature},
    {"clear_up_flag", &Misbehaviour::clear_up_flag},
    {"clear_uv_flag", &Misbehaviour::clear_uv_flag},
    {"counter_back", &Misbehaviour::counter_back},
    {"wrong_rp_hash", &Misbehaviour::wrong_rp_hash},
    {"wrong_client_data", &Misbehaviour::wrong_client_data},
    {"foreign_credential_id", &Misbehaviour::foreign_credential_id},
    {"cut_frame", &Misbehaviour::cut_frame},
    {"bad_sequence", &Misbehaviour::bad_sequence},
    {"wrong_channel", &Misbehaviour::wrong_channel},
    {"foreign_nonce", &Misbehaviour::foreign_nonce},
    {"stale_answer", &Misbehaviour::stale_answer},
    {"unsolicited", &Misbehaviour::unsolicited},
    {"endless_keepalive", &Misbehaviour::endless_keepalive},
    {"garbage_cbor", &Misbehaviour::garbage_cbor},
    {"huge_cbor", &Misbehaviour::huge_cbor},
    {"duplicate_key_cbor", &Misbehaviour::duplicate_key_cbor},
    {"huge_length", &Misbehaviour::huge_length},
    {"oversized", &Misbehaviour::oversized},
    {"silent", &Misbehaviour::silent},
    {"vanish_mid_ceremony", &Misbehaviour::vanish_mid_ceremony},
    {"after_touch", &Misbehaviour::after_touch},
};

}  // namespace

std::optional<Misbehaviour> Misbehaviour::FromNames(std::string_view names) {
  Misbehaviour out;
  if (names == "none") return out;
  while (true) {
    const size_t comma = names.find(',');
    const std::string_view one = names.substr(0, comma);
    bool known = false;
    for (const Name& entry : kNames) {
      if (entry.name == one) {
        out.*entry.flag = true;
        known = true;
      }
    }
    if (!known) return std::nullopt;
    if (comma == std::string_view::npos) return out;
    names.remove_prefix(comma + 1);
  }
}

}  // namespace fob::testing
