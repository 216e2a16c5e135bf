#include "daemon/config/sections.h"

#include <algorithm>

namespace fob::config {
namespace {

using std::string_view;

constexpr string_view kTop[] = {"issuer", "rp_id",        "socket",             "state_dir", "master_key",
                                "worker", "trusted_uids", "elevation_services", "timing",    "factors",
                                "attestation", "announce", "lockout", "limits", "audit", "web", "caller", "rule"};
constexpr string_view kTiming[] = {"login_lifetime",      "confirm_within",   "ticket_lifetime",  "refresh_grace", "key_lead",
                                   "enrol_code_lifetime", "ceremony_timeout", "touch_timeout"};
constexpr string_view kFactors[] = {"totp_window", "hotp_window", "hotp_resync_window", "pin_floor", "counter_regress"};
constexpr string_view kAttestation[] = {"roots", "require", "allow_aaguids", "deny_aaguids"};
constexpr string_view kAnnounce[] = {"touch"};
constexpr string_view kLockout[] = {"free_failures", "longest_delay", "disable_after"};
constexpr string_view kLimits[] = {"max_connections", "max_connections_per_uid"};
constexpr string_view kAudit[] = {"keep_days", "head_interval", "head_events"};
constexpr string_view kWeb[] = {"gateway_uid", "origins", "password_socket", "password_worker", "link"};
constexpr string_view kCaller[] = {"uid", "services"};
constexpr string_view kRule[] = {"name", "service", "group", "user", "locality", "require", "action", "unenrolled"};

constexpr Section kSections[] = {{"", false, kTop},
                                 {"timing", false, kTiming},
                                 {"factors", false, kFactors},
                                 {"attestation", false, kAttestation},
                                 {"announce", false, kAnnounce},
                                 {"lockout", false, kLockout},
                                 {"limits", false, kLimits},
                                 {"audit", false, kAudit},
                                 {"web", false, kWeb},
                                 {"caller", true, kCaller},
                                 {"rule", true, kRule}};

}  // namespace

std::span<const Section> Sections() { return kSections; }

const Section& SectionNamed(std::string_view name) { return *std::ranges::find(kSections, name, &Section::name); }

}  // namespace fob::config
