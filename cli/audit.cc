#include <fmt/format.h>

#include "cli/line_reader.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

struct Args {
  std::optional<int64_t> limit;
  std::optional<int64_t> after;
  bool follow = false;
};

constexpr int64_t kFollowMs = 1'000;

std::string From(const proto::AuditEvent& event) {
  if (event.rhost && !event.rhost->empty()) return *event.rhost;
  return event.tty.value_or("");
}

std::string Render(const std::vector<proto::AuditEvent>& events) {
  Table table({"SEQ", "WHEN", "OUTCOME", "ACTION", "USER", "SERVICE", "FROM", "SUBJECT", "RULE",
               "CALLER", "DETAIL"});
  for (const proto::AuditEvent& event : events) {
    table.Row({fmt::to_string(event.seq), LocalTime(event.at), std::string(Name(event.outcome)),
               event.action, event.user.value_or(""), event.service.value_or(""), From(event),
               event.subject.value_or(""), event.rule.value_or(""),
               fmt::format("uid {} pid {}", event.caller_uid, event.caller_pid),
               event.detail.value_or("")});
  }
  return table.Render();
}

Status Print(Context& context, const std::vector<proto::AuditEvent>& events) {
  const int interrupt = context.interrupts().fd();
  if (!context.globals().json) return WriteAll(1, Render(events), interrupt);
  for (const proto::AuditEvent& event : events) FOB_CHECK(WriteJson(1, ToJson(event), interrupt));
  return Ok();
}

// With --json one document an event.
Status FollowOn(Context& context, const Args& args) {
  FOB_TRY(proto::Connection connection, context.Connect(context.CallDeadline()));
  proto::admin::TailAudit::In in{args.limit, args.after};
  for (;;) {
    FOB_TRY(const auto out, connection.Call<proto::admin::TailAudit>(in, context.CallDeadline()));
    FOB_CHECK(Print(context, out.events));
    if (!out.events.empty()) in = {std::nullopt, out.events.back().seq};
    const auto woken = WaitReadable(-1, context.interrupts().fd(), proto::DeadlineIn(kFollowMs));
    if (!woken.ok() && woken.error().code != Code::kTimedOut) return woken.error();
  }
}

// Until Ctrl-C, which is the way to end it and no failure.
Result<Output> Follow(Context& context, const Args& args) {
  const Status ended = FollowOn(context, args);
  if (!ended.ok() && ended.error().reason != "interrupted") return ended.error();
  Output output;
  output.printed = true;
  return output;
}

Result<Output> Tail(Context& context, const Args& args) {
  if (args.follow) return Follow(context, args);
  FOB_TRY(const auto out, context.Call<proto::admin::TailAudit>({args.limit, args.after}));
  return MakeOutput(ToJson(out), Render(out.events), out.events.empty() ? "no events" : "");
}

Result<Output> Verify(Context& context) {
  FOB_TRY(const auto out, context.Call<proto::admin::VerifyAudit>({}));
  if (out.intact)
    return MakeOutput(ToJson(out),
                      fmt::format("intact: {} events, head {}\n", out.events, Printable(out.head)));
  Output output = MakeOutput(
      ToJson(out),
      fmt::format("broken at event {}: {}\n", out.broken_at ? fmt::to_string(*out.broken_at) : "?",
                  Printable(out.why.value_or("it does not follow from the one before"))));
  output.exit_code = kRefused;
  return output;
}

}  // namespace

void AddAuditVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser.AddGroup("audit", "The chain of decisions");
  parser
      .AddVerb("audit tail", "Show the newest decisions, oldest first",
               [args](Context& context) { return Tail(context, *args); })
      .Number("-n,--limit", args->limit, 1, 100, "How many [20]")
      .Number("--after", args->after, 0, INT64_MAX, "Those after this sequence number")
      .Flag("-f,--follow", args->follow,
            "Go on showing new ones, until Ctrl-C; with --json one document an event")
      .Example("sudo fobctl audit tail -n 50")
      .Example("sudo fobctl --json audit tail | jq '.events[] | select(.outcome == \"denied\")'");
  parser.AddVerb("audit verify", "Check the whole chain; exits 1 when it is broken", Verify)
      .Example("sudo fobctl audit verify");
}

}  // namespace fob::cli
