#include <fmt/format.h>

#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

Result<Output> ShowStatus(Context& context) {
  FOB_TRY(const auto out, context.Call<proto::admin::Status>({}));
  const proto::StatusInfo& status = out.status;
  const auto text =
      Fields()
          .Add("fobd", fmt::format("{}, pid {}", status.version, status.pid))
          .Add("started", LocalTime(status.started_at))
          .Add("issuer", status.issuer)
          .Add("rp id", status.rp_id)
          .Add("socket", status.socket)
          .Add("connections", fmt::to_string(status.connections))
          .Add("store", fmt::format("{}, schema {}", Name(status.store), status.schema))
          .Add("users", fmt::to_string(status.users))
          .Add("keys", fmt::to_string(status.keys))
          .Add("otps", fmt::to_string(status.otps))
          .Add("live logins", fmt::to_string(status.live_logins))
          .Add("web apps", fmt::to_string(status.clients))
          .Add("audit events", fmt::to_string(status.audit_head))
          .Render();
  return MakeOutput(ToJson(out), text);
}

}  // namespace

void AddStatusVerb(Parser& parser) {
  parser.AddVerb("status", "Show how fobd is doing", ShowStatus)
      .Example("fobctl status")
      .Example("fobctl --json status | jq .status.store");
}

}  // namespace fob::cli
