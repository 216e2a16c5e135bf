#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/attestation_policy.h"
#include "daemon/core/lockout.h"
#include "daemon/core/policy.h"

namespace fob::core {

// A uid that may run logins of the services named here, and nothing else of a trusted caller's rights.
struct CallerGrant {
  uint32_t uid = 0;
  std::vector<std::string> services;
};

inline constexpr int64_t kMaxKeepDays = 36'500;

// [audit]
struct AuditSettings {
  int64_t keep_days = 400;
  int64_t head_interval = 900;  // its head is signed into the journal after so many seconds,
  int64_t head_events = 1000;   // or so many events
};

// fobd.toml, checked. Durations are seconds unless the name says otherwise.
struct Settings {
  std::string issuer;  // https URL: `iss` of tokens
  std::string rp_id;   // DNS name that keys are enrolled for

  std::string socket = "/run/fob/fobd.sock";
  std::string state_dir = "/var/lib/fob";
  std::string master_key = "/etc/fob/master.key";  // overridden by $CREDENTIALS_DIRECTORY/fob.master-key
  std::vector<std::string> worker = {"/usr/libexec/fob/fob-keyd"};  // and its arguments

  std::string password_socket = "/run/fob/passwd.sock";  // of fob-passwd, which checks passwords of web logins
  std::vector<std::string> password_worker;  // a program that is started for it instead, and its arguments

  std::set<uint32_t> trusted_uids = {0};
  std::optional<uint32_t> web_uid;        // the gateway's; nothing: there is none
  std::vector<std::string> web_origins;   // of its pages, beside the issuer's own
  bool link_needs_touch = false;          // fobctl open wants a login that a key was touched for just now
  std::vector<CallerGrant> callers;
  std::set<std::string> elevation_services = {"sudo", "sudo-i", "su", "su-l", "polkit-1"};

  int64_t login_lifetime = 12 * 3600;
  int64_t confirm_within = 120;  // from granted to open_session
  int64_t ticket_lifetime = 30;
  int64_t refresh_grace = 10;      // in which a refresh may be repeated
  int64_t key_lead = 3600;         // from a signing key's publication to its use
  int64_t enrol_code_lifetime = 24 * 3600;
  int64_t ceremony_timeout = 60;  // longest a ceremony may last
  int64_t touch_timeout = 30;     // longest a key may blink

  int totp_window = 1;           // steps either way
  int hotp_window = 10;          // codes ahead that are good by themselves
  int hotp_resync_window = 100;  // codes ahead that are good with the one after them
  int pin_floor = 2;    // PIN tries never spent below
  bool deny_counter_regress = true;

  AuditSettings audit;
  LockoutSettings lockout;
  AttestationPolicy attestation;
  std::string attestation_roots = "/etc/fob/attestation";  // folder of *.pem

  bool announce_touch = true;  // on the terminals of those who sit at this host

  int max_connections = 1024;
  int max_connections_per_uid = 128;

  // The last rule denies, so that a Settings that nobody filled grants nothing.
  std::vector<Rule> rules;
};

}  // namespace fob::core
