#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "cli/audit_heads.h"
#include "cli/line_reader.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

using proto::admin::TailAudit;
using proto::admin::VerifyAudit;

struct Args {
  std::optional<int64_t> limit;
  std::optional<int64_t> after;
  std::optional<std::string> user;
  std::optional<std::string> action;
  std::optional<int64_t> since_ms;
  bool follow = false;
  int64_t seq = 0;
  std::vector<std::string> heads;
  std::optional<std::string> heads_file;
  std::optional<int64_t> keep_days;
};

constexpr int64_t kFollowMs = 1'000;
constexpr int64_t kDefaultLimit = 20;
constexpr int64_t kPage = 100;  // as many as one call brings
constexpr std::string_view kWithTheJournal =
    "Whoever can write to the store can take the head away that it keeps. The journal's tell that, too:\n"
    "journalctl -u fobd -o cat -g '^audit head ' | sudo fobctl audit verify --heads -";
constexpr int64_t kVerifyMs = 600'000;  // fobd tells how far it is all the while

TailAudit::In Filter(const Args& args) {
  TailAudit::In in;
  in.after_seq = args.after;
  in.user = args.user;
  in.action = args.action;
  if (args.since_ms) in.since = SystemClock().UnixSeconds() - *args.since_ms / 1000;
  return in;
}

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

Status PrintLines(Context& context, const std::vector<proto::AuditEvent>& events) {
  for (const proto::AuditEvent& event : events)
    FOB_CHECK(WriteJson(1, ToJson(event), context.interrupts().fd()));
  return Ok();
}

Status Print(Context& context, const std::vector<proto::AuditEvent>& events) {
  if (context.globals().json) return PrintLines(context, events);
  return WriteAll(1, Render(events), context.interrupts().fd());
}

// The newest `limit` that match, or the first ones after a number; in as many calls as that takes.
Result<std::vector<proto::AuditEvent>> Collect(Context& context, proto::Connection& connection,
                                               const Args& args) {
  const auto limit = static_cast<size_t>(args.limit.value_or(kDefaultLimit));
  const bool forward = args.after.has_value();
  TailAudit::In in = Filter(args);
  std::vector<proto::AuditEvent> events;
  for (;;) {
    in.limit = std::min<int64_t>(kPage, static_cast<int64_t>(limit - events.size()));
    FOB_TRY(auto out, connection.Call<TailAudit>(in, context.CallDeadline()));
    events.insert(forward ? events.end() : events.begin(),
                  std::make_move_iterator(out.events.begin()),
                  std::make_move_iterator(out.events.end()));
    if (!out.next || events.size() >= limit) return events;
    (forward ? in.after_seq : in.before_seq) = out.next;
  }
}

// With --json one document an event.
Status FollowOn(Context& context, Args args) {
  FOB_TRY(proto::Connection connection, context.Connect(context.CallDeadline()));
  FOB_TRY(const auto first, Collect(context, connection, args));
  FOB_CHECK(Print(context, first));
  TailAudit::In in = Filter(args);
  in.limit = kPage;
  if (!first.empty()) in.after_seq = first.back().seq;
  if (!in.after_seq) in.after_seq = 0;
  for (;;) {
    FOB_TRY(const auto out, connection.Call<TailAudit>(in, context.CallDeadline()));
    FOB_CHECK(Print(context, out.events));
    if (!out.events.empty()) in.after_seq = out.events.back().seq;
    if (out.next) in.after_seq = out.next;
    if (out.next) continue;
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
  FOB_TRY(proto::Connection connection, context.Connect(context.CallDeadline()));
  TailAudit::Out out;
  FOB_TRY(out.events, Collect(context, connection, args));
  return MakeOutput(ToJson(out), Render(out.events), out.events.empty() ? "no events" : "");
}

// Who does not see all of the trail is not told where it begins and ends.
Error NoEvent(const TailAudit::Out& out, int64_t seq) {
  if (!out.first_seq || !out.newest_seq) {
    return MakeError(Code::kNotFound, "no_event", fmt::format("there is no event {} that you may see", seq));
  }
  if (seq < *out.first_seq) return MakeError(Code::kNotFound, "no_event", fmt::format("event {} was pruned", seq));
  if (seq > *out.newest_seq) return MakeError(Code::kNotFound, "no_event", fmt::format("there is no event {} yet", seq));
  return MakeError(Code::kDenied, "event_missing",
                   fmt::format("event {} is missing from the chain: run fobctl audit verify", seq));
}

Result<Output> Show(Context& context, const Args& args) {
  TailAudit::In in;
  in.after_seq = args.seq - 1;
  in.limit = 1;
  FOB_TRY(const auto out, context.Call<TailAudit>(in));
  if (out.events.empty() || out.events.front().seq != args.seq) return NoEvent(out, args.seq);
  const proto::AuditEvent& event = out.events.front();
  return MakeOutput(ToJson(out),
                    Fields()
                        .Add("event", fmt::to_string(event.seq))
                        .Add("when", LocalTime(event.at))
                        .Add("action", event.action)
                        .Add("outcome", Name(event.outcome))
                        .Add("user", event.user.value_or(""))
                        .Add("service", event.service.value_or(""))
                        .Add("tty", event.tty.value_or(""))
                        .Add("rhost", event.rhost.value_or(""))
                        .Add("subject", event.subject.value_or(""))
                        .Add("rule", event.rule.value_or(""))
                        .Add("caller uid", fmt::to_string(event.caller_uid))
                        .Add("caller pid", fmt::to_string(event.caller_pid))
                        .Add("detail", event.detail.value_or(""))
                        .Add("hash", event.hash)
                        .Render());
}

// What does not come of a trail that is read from a place on, in one go after the other.
class Gaps {
 public:
  // Of events that are chosen nobody can tell from here.
  explicit Gaps(const Args& args) : sees_all_(!args.user && !args.action && !args.since_ms), next_(args.after.value_or(0) + 1) {}

  void Look(const TailAudit::Out& out) {
    if (!sees_all_ || !out.first_seq) return;
    next_ = std::max(next_, *out.first_seq);
    for (const proto::AuditEvent& event : out.events) {
      Expect(event.seq);
      next_ = event.seq + 1;
    }
  }
  int64_t missing() const { return missing_; }
  int64_t first() const { return first_; }

 private:
  void Expect(int64_t seq) {
    if (seq <= next_) return;
    if (missing_ == 0) first_ = next_;
    missing_ += seq - next_;
  }

  bool sees_all_;
  int64_t next_;
  int64_t missing_ = 0;
  int64_t first_ = 0;
};

// JSON lines, oldest first, and the head last: whoever keeps them can tell later what was changed.
Result<Output> Export(Context& context, const Args& args) {
  FOB_TRY(proto::Connection connection, context.Connect(context.CallDeadline()));
  TailAudit::In in = Filter(args);
  in.limit = kPage;
  if (!in.after_seq) in.after_seq = 0;
  Gaps gaps(args);
  for (;;) {
    FOB_TRY(const auto out, connection.Call<TailAudit>(in, context.CallDeadline()));
    gaps.Look(out);
    FOB_CHECK(PrintLines(context, out.events));
    if (!out.next) break;
    in.after_seq = out.next;
  }
  FOB_TRY(const auto key, connection.Call<proto::admin::AuditKey>({}, context.CallDeadline()));
  FOB_CHECK(WriteJson(1, ToJson(key), context.interrupts().fd()));
  if (gaps.missing() > 0) {
    return MakeError(Code::kDenied, "events_missing",
                     fmt::format("{} events are missing from the chain, the first is {}: run fobctl audit verify", gaps.missing(),
                                 gaps.first()));
  }
  Output output;
  output.printed = true;
  return output;
}

std::string Intact(const VerifyAudit::Out& out) {
  std::string text = fmt::format("intact: {} events, head {}\n", out.events, Printable(out.head));
  if (out.first_seq > 1)
    text += fmt::format("events before {} were pruned; the checkpoint is signed\n", out.first_seq);
  if (out.heads > 0) text += fmt::format("{} signed head{}\n", out.heads, out.heads == 1 ? " holds" : "s hold");
  return text;
}

Result<Output> Verify(Context& context, const Args& args) {
  VerifyAudit::In in;
  FOB_TRY(in.heads, SignedHeads(context, args.heads, args.heads_file));
  const int64_t deadline = proto::DeadlineIn(context.globals().timeout_ms.value_or(kVerifyMs));
  FOB_TRY(proto::Connection connection, context.Connect(deadline));
  const auto out = connection.Stream<VerifyAudit>(in, deadline, [&](const VerifyAudit::Out& so_far) {
    context.terminal().Progress(
        fmt::format("{} of {} events hold", so_far.events, so_far.total));
    return Ok();
  });
  context.terminal().ClearWait();
  if (!out.ok()) return out.error();
  if (out->intact) return MakeOutput(ToJson(*out), Intact(*out), in.heads ? "" : kWithTheJournal);
  Output output = MakeOutput(
      ToJson(*out),
      fmt::format("broken at event {}{}: {}\n",
                  out->broken_at ? fmt::to_string(*out->broken_at) : "?",
                  out->fault ? fmt::format(" ({})", proto::Name(*out->fault)) : "",
                  Printable(out->why.value_or("it does not follow from the one before"))));
  output.exit_code = kRefused;
  return output;
}

Result<Output> Prune(Context& context, const Args& args) {
  const int64_t deadline = proto::DeadlineIn(context.globals().timeout_ms.value_or(kVerifyMs));
  FOB_TRY(proto::Connection connection, context.Connect(deadline));
  FOB_TRY(const auto out, connection.Call<proto::admin::PruneAudit>({args.keep_days}, deadline));
  return MakeOutput(ToJson(out), fmt::format("pruned {} events; the oldest is now {}\n", out.pruned,
                                             out.first_seq));
}

Result<Output> ShowKey(Context& context) {
  FOB_TRY(const auto out, context.Call<proto::admin::AuditKey>({}));
  return MakeOutput(ToJson(out), Fields()
                                     .Add("key id", out.kid)
                                     .Add("public key", out.jwk.text)
                                     .Add("last signed head", out.head.value_or(""))
                                     .Render());
}

}  // namespace

void AddAuditVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  const auto with = [&args](Result<Output> (*run)(Context&, const Args&)) {
    return [args, run](Context& context) { return run(context, *args); };
  };
  const auto filtered = [&args](Verb verb) {
    return verb.Number("--after", args->after, 0, INT64_MAX, "Those after this sequence number")
        .Optional("--user", args->user, "Those about this user")
        .Optional("--action", args->action, "This action, or all of a kind, such as login")
        .DurationMs("--since", args->since_ms, 1'000, kMaxDurationMs,
                    "Not older than this, such as 2h");
  };
  parser.AddGroup("audit", "The chain of decisions");
  filtered(parser.AddVerb("audit tail", "Show the newest decisions, oldest first", with(Tail)))
      .Number("-n,--limit", args->limit, 1, 10'000, "How many [20]")
      .Flag("-f,--follow", args->follow,
            "Go on showing new ones, until Ctrl-C; with --json one document an event")
      .Example("sudo fobctl audit tail -n 50 --user alice --since 1d")
      .Example("sudo fobctl --json audit tail | jq '.events[] | select(.outcome == \"denied\")'");
  parser.AddVerb("audit show", "Show one decision in full", with(Show))
      .RequiredNumber("SEQ,--seq", args->seq, 1, INT64_MAX, "Its sequence number")
      .Example("sudo fobctl audit show 4711");
  parser
      .AddVerb("audit verify", "Check the whole chain; exits 1 when it is broken", with(Verify))
      .OptionalList("--head", args->heads,
                    "A head that was signed, SEQ:HASH:SIG, that it must hold; may be repeated")
      .Optional("--heads", args->heads_file,
                "File with such heads, as the journal has them, or - for standard input")
      .Example("sudo fobctl audit verify")
      .Example("journalctl -u fobd -o cat -g '^audit head ' | sudo fobctl audit verify --heads -");
  filtered(parser.AddVerb("audit export", "Print decisions as JSON lines; the last is the head",
                          with(Export)))
      .Example("sudo fobctl audit export > audit.jsonl");
  parser.AddVerb("audit prune", "Remove decisions that are old enough; a signed checkpoint stays",
                 with(Prune))
      .Number("--keep-days", args->keep_days, 1, 36'500, "How many days to keep [as configured]")
      .Example("sudo fobctl audit prune --keep-days 90");
  parser.AddVerb("audit key", "Show the public key that signs heads, and the last head", ShowKey)
      .Example("fobctl --json audit key | jq .jwk > audit-key.jwk");
}

}  // namespace fob::cli
