#include "cli/ceremony.h"

#include "base/utf8.h"

namespace fob::cli {

using proto::Ask;
using proto::Info;

Status Ceremony::Open() {
  deadline_ms_ = context_.CeremonyDeadline();
  FOB_TRY(connection_, context_.Connect(deadline_ms_));
  connection_->set_on_wait([this] { context_.terminal().Tick(); });
  return Ok();
}

void Ceremony::ShowInfo(const Info& info) {
  if (info.message.empty()) return;
  if (info.kind == Info::Kind::kNotice) {
    context_.terminal().Say(info.message);
  } else {
    context_.terminal().Wait(info.message);
  }
}

Result<SecretBytes> Ceremony::Answer(const Ask& ask) {
  const bool echo = ask.echo && ask.kind != Ask::Kind::kPin;
  for (;;) {
    FOB_TRY(SecretBytes answer, context_.terminal().Ask(ask.prompt, echo, deadline_ms_));
    if (!IsUtf8(answer.RevealText()))
      return MakeError(Code::kInvalidArgument, "not_utf8", "what was entered is not UTF-8");
    // Only a choice has an empty answer; elsewhere it must not cost a try.
    if (!answer.empty() || ask.kind == Ask::Kind::kChoice) return answer;
    // People press Enter to bring the question back; a script's empty line or PIN means "no".
    if (ask.kind != Ask::Kind::kCode || !context_.terminal().interactive())
      return MakeError(Code::kCancelled, "no_answer", "nothing was entered");
  }
}

// fobd speaks when spoken to: that it gave up while somebody typed comes out with the answer.
Error Ceremony::AfterAnswer(Error error) {
  if (error.reason != "no_question") return error;
  return MakeError(Code::kTimedOut, "too_late",
                   "fobd had stopped waiting for the answer: start again");
}

Error Ceremony::NothingDone() {
  return MakeError(Code::kCorrupt, "bad_reply", "fobd ended the ceremony without an outcome");
}

Output FinishedOutput(const proto::Done& done, std::string_view otherwise) {
  const std::string_view said = done.message.empty() ? otherwise : std::string_view(done.message);
  return MakeOutput(ToJson(done), Printable(said) + "\n");
}

}  // namespace fob::cli
