#include "daemon/config/settings_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/config/problems.h"
#include "daemon/config/rules.h"
#include "daemon/config/table_reader.h"
#include "daemon/config/values.h"
#include "daemon/config/worker_setting.h"

namespace fob::config {
namespace {

using core::Settings;
using Doubles = TableReader::Doubles;

constexpr int64_t kMonth = 31 * 86400;

void ReadTop(TableReader& top, Settings& out) {
  top.Text("issuer", out.issuer, IssuerProblem);
  top.Text("rp_id", out.rp_id, RpIdProblem);
  for (const std::string_view key : {"issuer", "rp_id"}) {
    if (!top.Has(key)) top.Missing(key, ": run fobctl init, or set it");
  }
  top.Text("socket", out.socket, SocketPathProblem);
  top.Text("state_dir", out.state_dir, PathProblem);
  top.Text("master_key", out.master_key, PathProblem);
  top.Texts("worker", out.worker, ArgumentProblem, false, Doubles::kAllow);
  if (const std::string problem = WorkerProblem(out.worker); !problem.empty()) top.Wrong("worker", problem);
  top.Uids("trusted_uids", out.trusted_uids);
  std::vector<std::string> elevation(out.elevation_services.begin(), out.elevation_services.end());
  top.Texts("elevation_services", elevation, ServiceProblem, false, Doubles::kRefuse);
  out.elevation_services = {elevation.begin(), elevation.end()};
}

// Where every login of the host passes, root alone is trusted.
void CheckTrust(TableReader& top, const Settings& settings) {
  const std::string folder = settings.socket.substr(0, settings.socket.rfind('/'));
  const bool system = folder == "/run/fob" || folder == "/var/run/fob";
  if (system && settings.trusted_uids != std::set<uint32_t>{0}) {
    top.Wrong("trusted_uids", "must be [0] when the socket is in /run/fob; use [[caller]] to grant a uid single services");
  }
}

void ReadTiming(TableReader& table, Settings& out) {
  table.Integer("login_lifetime", out.login_lifetime, 1, kMonth);
  table.Integer("confirm_within", out.confirm_within, 1, 3600);
  table.Integer("ticket_lifetime", out.ticket_lifetime, 1, 300);
  table.Integer("refresh_grace", out.refresh_grace, 0, 60);
  table.Integer("key_lead", out.key_lead, 60, kMonth);
  table.Integer("enrol_code_lifetime", out.enrol_code_lifetime, 1, kMonth);
  table.Integer("ceremony_timeout", out.ceremony_timeout, 1, 600);
  table.Integer("touch_timeout", out.touch_timeout, 1, 600);
  if (out.touch_timeout > out.ceremony_timeout) {
    table.Wrong(table.Has("touch_timeout") ? "touch_timeout" : "ceremony_timeout",
                fmt::format("must agree: a touch_timeout of {} is longer than a ceremony_timeout of {}", out.touch_timeout,
                            out.ceremony_timeout));
  }
}

void ReadFactors(TableReader& table, Settings& out) {
  table.Integer("totp_window", out.totp_window, 0, 10);
  table.Integer("hotp_window", out.hotp_window, 0, 50);
  table.Integer("hotp_resync_window", out.hotp_resync_window, 0, 1000);
  table.Integer("pin_floor", out.pin_floor, 0, 7);
  out.deny_counter_regress =
      table.Choice<bool>("counter_regress", {{"deny", true}, {"warn", false}}).value_or(out.deny_counter_regress);
}

void ReadAttestation(TableReader& table, Settings& out) {
  using Require = core::AttestationPolicy::Require;
  table.Text("roots", out.attestation_roots, PathProblem);
  out.attestation.require =
      table.Choice<Require>("require", {{"none", Require::kNothing}, {"any", Require::kAny}, {"verified", Require::kVerified}})
          .value_or(out.attestation.require);
  const auto aaguids = [&](std::string_view key, std::vector<Bytes>& models) {
    std::vector<std::string> texts;
    table.Texts(key, texts, AaguidProblem, false, Doubles::kRefuse);
    for (const std::string& text : texts) models.push_back(*core::ParseAaguid(text));
  };
  aaguids("allow_aaguids", out.attestation.allow_aaguids);
  aaguids("deny_aaguids", out.attestation.deny_aaguids);
}

void ReadAnnounce(TableReader& table, Settings& out) {
  out.announce_touch = table.Choice<bool>("touch", {{"seats", true}, {"nobody", false}}).value_or(out.announce_touch);
}

void ReadLockout(TableReader& table, Settings& out) {
  table.Integer("free_failures", out.lockout.free_failures, 0, 20);
  table.Integer("longest_delay", out.lockout.longest_delay, 1, 86400);
  table.Integer("disable_after", out.lockout.disable_after, 0, 100);
}

void ReadLimits(TableReader& table, Settings& out) {
  table.Integer("max_connections", out.max_connections, 1, 65536);
  table.Integer("max_connections_per_uid", out.max_connections_per_uid, 1, 65536);
  if (out.max_connections_per_uid > out.max_connections) {
    table.Wrong(table.Has("max_connections_per_uid") ? "max_connections_per_uid" : "max_connections",
                fmt::format("must agree: {} connections of one uid are more than {} in all", out.max_connections_per_uid,
                            out.max_connections));
  }
}

void ReadAudit(TableReader& table, Settings& out) {
  table.Integer("keep_days", out.audit.keep_days, 1, core::kMaxKeepDays);
  table.Integer("head_interval", out.audit.head_interval, 1, 86400);
  table.Integer("head_events", out.audit.head_events, 1, 1'000'000);
}

void ReadWeb(TableReader& table, Settings& out) {
  if (const auto uid = table.Uid("gateway_uid")) out.web_uid = uid;
  if (out.web_uid.has_value() && out.trusted_uids.contains(*out.web_uid)) {
    table.Wrong("gateway_uid", "must be an account of its own: what trusted_uids names needs no session");
  }
  table.Texts("origins", out.web_origins, OriginProblem, false, Doubles::kRefuse);
  table.Text("password_socket", out.password_socket, SocketPathProblem);
  table.Texts("password_worker", out.password_worker, ArgumentProblem, false, Doubles::kAllow);
  if (!out.password_worker.empty()) {
    const std::string problem = PathProblem(out.password_worker.front());
    if (!problem.empty()) table.Wrong("password_worker", problem);
  }
  out.link_needs_touch = table.Choice<bool>("link", {{"login", false}, {"touch", true}}).value_or(out.link_needs_touch);
}

void ReadCallers(TableReader& top, Settings& out, Problems& problems) {
  for (TableReader& table : top.Tables("caller")) {
    core::CallerGrant grant;
    for (const std::string_view key : {"uid", "services"}) {
      if (!table.Has(key)) table.Missing(key, "");
    }
    const auto uid = table.Uid("uid");
    table.Texts("services", grant.services, ServiceProblem, false, Doubles::kRefuse);
    if (!uid.has_value()) continue;
    grant.uid = *uid;
    if (std::ranges::find(out.callers, grant.uid, &core::CallerGrant::uid) != out.callers.end()) {
      problems.Add(table.PositionOf("uid"), fmt::format("a second [[caller]] of uid {}", grant.uid));
    }
    out.callers.push_back(std::move(grant));
  }
}

// toml++ says what is wrong in words of its own, over several lines.
std::string OneLine(std::string_view text) {
  std::string out(text.substr(0, 300));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

}  // namespace

Result<Settings> ParseSettings(std::string_view text, std::string_view name) {
  Problems problems(name);
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    problems.Add(PositionOf(parsed.error().source()), OneLine(parsed.error().description()));
    return *problems.First();
  }
  Settings out;
  TableReader top(parsed.table(), SectionNamed(""), problems);
  ReadTop(top, out);
  CheckTrust(top, out);
  for (TableReader& table : top.Tables("timing")) ReadTiming(table, out);
  for (TableReader& table : top.Tables("factors")) ReadFactors(table, out);
  for (TableReader& table : top.Tables("attestation")) ReadAttestation(table, out);
  for (TableReader& table : top.Tables("announce")) ReadAnnounce(table, out);
  for (TableReader& table : top.Tables("lockout")) ReadLockout(table, out);
  for (TableReader& table : top.Tables("limits")) ReadLimits(table, out);
  for (TableReader& table : top.Tables("audit")) ReadAudit(table, out);
  for (TableReader& table : top.Tables("web")) ReadWeb(table, out);
  ReadCallers(top, out, problems);
  out.rules = ReadRules(top, problems);
  if (auto problem = problems.First()) return *std::move(problem);
  return out;
}

}  // namespace fob::config
