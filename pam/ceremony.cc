#include "pam/ceremony.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/utf8.h"
#include "pam/identifier.h"
#include "proto/connection.h"

namespace fob::pam {
namespace {

constexpr int kMaxMessages = 64;
constexpr int kMaxQuestions = 16;

using Turn = proto::login::Begin::Out;

// Begin and Continue answer with the same members.
Turn ToTurn(proto::login::Continue::Out out) {
  return Turn{std::move(out.info), std::move(out.ask), std::move(out.granted)};
}
Turn ToTurn(Turn out) { return out; }

struct Sentence {
  std::string_view reason;
  std::string_view shown;
};

// Failures on this side of the socket, in words for the person who waits (I11).
constexpr Sentence kSentences[] = {
    {"daemon_unreachable",
     "fob: the authentication daemon cannot be reached. Ask your administrator."},
    {"daemon_busy", "fob: the authentication daemon is too busy. Try again later."},
    {"timed_out", "fob: no answer in time."},
    {"disconnected", "fob: the authentication daemon went away. Try again."},
    {"cut_off", "fob: the authentication daemon broke off in the middle of an answer. Try again."},
    {"bad_reply",
     "fob: the authentication daemon gave an answer that makes no sense. Ask your administrator."},
    {"too_many_messages",
     "fob: the authentication daemon sent too many messages. Ask your administrator."},
    {"too_many_questions",
     "fob: the authentication daemon asked too many questions. Ask your administrator."},
    {"wrong_user",
     "fob: the authentication daemon answered for another user. Ask your administrator."},
    {"cancelled", "fob: cancelled."},
    {"answer_too_long", "fob: that answer is too long."},
    {"answer_not_utf8", "fob: that answer has characters that are not UTF-8. Check the terminal's character set."},
    {"name_not_utf8", "fob: a name of this login is not UTF-8. Ask your administrator."},
};

Refusal Ours(Error error) {
  std::string shown = "fob: the check failed. Ask your administrator.";
  for (const Sentence& sentence : kSentences) {
    if (sentence.reason == error.reason) shown = sentence.shown;
  }
  const bool gave_up = error.code == Code::kCancelled;
  return Refusal{std::move(error), std::move(shown), gave_up};
}

Error BadReply(std::string_view what) {
  return MakeError(Code::kCorrupt, "bad_reply", "fobd broke the protocol: " + std::string(what));
}

class Ceremony {
 public:
  Ceremony(proto::Connection connection, const Conversation& conversation, int64_t deadline_ms)
      : connection_(std::move(connection)),
        conversation_(conversation),
        deadline_ms_(deadline_ms) {}

  // Calls, shows what comes before the last reply, and returns the last reply.
  // What is given away is wiped when it is sent: a PIN does not stay while a touch is waited for.
  template <typename Method, typename In>
  Result<Turn> Call(In&& in) {
    int messages = 0;
    const auto show = [&](typename Method::Out reply) -> Status {
      const Turn turn = ToTurn(std::move(reply));
      if (!turn.info || turn.ask || turn.granted) {
        return Fail(BadReply("an interim reply that is not info"));
      }
      if (++messages > kMaxMessages) {
        return Fail(MakeError(Code::kExhausted, "too_many_messages",
                              "fobd sent more than 64 messages in a turn"));
      }
      conversation_.Tell(turn.info->message);
      return Ok();
    };
    auto out = connection_.Stream<Method>(std::forward<In>(in), deadline_ms_, show);
    if (!out.ok()) return out.error();
    Turn turn = ToTurn(*std::move(out));
    if (turn.info || turn.ask.has_value() == turn.granted.has_value()) {
      return Fail(BadReply("a last reply that is neither ask nor granted"));
    }
    return turn;
  }

  Result<proto::Granted> Run(const proto::login::Begin::In& begin) {
    FOB_TRY(Turn turn, Call<proto::login::Begin>(begin));
    for (int questions = 0; turn.ask; ++questions) {
      if (questions == kMaxQuestions) {
        return Fail(
            MakeError(Code::kExhausted, "too_many_questions", "fobd asked more than 16 questions"));
      }
      auto answer = conversation_.Ask(turn.ask->prompt, turn.ask->echo);
      if (!answer.ok()) return Fail(answer.error());
      if (!IsUtf8(answer->RevealText()))
        return Fail(MakeError(Code::kInvalidArgument, "answer_not_utf8", "an answer that is not UTF-8"));
      // Nobody can be called back from a prompt: an answer that comes too late is not sent.
      if (proto::DeadlineIn(0) >= deadline_ms_) {
        return Fail(MakeError(Code::kTimedOut, "timed_out", "the answer came too late"));
      }
      FOB_TRY(turn, Call<proto::login::Continue>(proto::login::Continue::In{*std::move(answer)}));
    }
    if (turn.granted->user != begin.user) {
      return Fail(
          MakeError(Code::kCorrupt, "wrong_user", "fobd granted the login of another user"));
    }
    if (turn.granted->outcome == proto::Granted::Outcome::kLogin &&
        (!turn.granted->handle || !IsIdentifier(turn.granted->handle->RevealText()))) {
      return Fail(BadReply("a login without a well-formed handle"));
    }
    return *std::move(turn.granted);
  }

  // The connection is open after the daemon's own refusals only.
  bool failed_here() const { return !connection_.open(); }

 private:
  Error Fail(Error error) {
    connection_.Close();
    return error;
  }

  proto::Connection connection_;
  const Conversation& conversation_;
  int64_t deadline_ms_;
};

// What a refusal says to the person. It names what an account lacks to those at this host only: from afar, those
// who guess at names would learn it. The log has it all.
std::string Shown(const proto::login::Begin::In& begin, const Error& error) {
  constexpr std::string_view kOfTheAccount[] = {"unknown_user", "not_enrolled", "no_factor", "user_changed", "user_locked", "policy"};
  const bool afar = begin.rhost && !begin.rhost->empty();
  const bool tells = std::find(std::begin(kOfTheAccount), std::end(kOfTheAccount), error.reason) != std::end(kOfTheAccount);
  return afar && tells ? "This login is refused." : error.text;
}

// U+001A, substitute, for each byte that is not UTF-8: fobd refuses control characters, and records that it did.
bool Substitute(std::string& text) {
  if (IsUtf8(text)) return false;
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t size = FirstRune(rest).size;
    out += size == 0 ? std::string_view("\x1a") : rest.substr(0, size);
    rest.remove_prefix(std::max<size_t>(size, 1));
  }
  text = std::move(out);
  return true;
}

// Whether a word of the login cannot be sent as it is.
bool SubstituteAll(proto::login::Begin::In& begin) {
  bool any = Substitute(begin.user);
  any |= Substitute(begin.service);
  if (begin.tty) any |= Substitute(*begin.tty);
  if (begin.rhost) any |= Substitute(*begin.rhost);
  return any;
}

}  // namespace

std::variant<proto::Granted, Refusal> RunCeremony(const std::string& socket,
                                                  const proto::login::Begin::In& begin,
                                                  const Conversation& conversation,
                                                  int64_t deadline_ms) {
  auto connection = proto::Connection::Open(socket, deadline_ms);
  if (!connection.ok()) return Ours(connection.error());
  Ceremony ceremony(*std::move(connection), conversation, deadline_ms);
  if (auto sent = begin; SubstituteAll(sent)) {
    // For the audit trail: whatever the answer is, it is about another name.
    std::ignore = ceremony.Call<proto::login::Begin>(sent);
    return Ours(MakeError(Code::kInvalidArgument, "name_not_utf8", "the user's name, the terminal's or the remote host's is not UTF-8"));
  }
  auto granted = ceremony.Run(begin);
  if (granted.ok()) return *std::move(granted);
  if (ceremony.failed_here()) return Ours(granted.error());
  return Refusal{granted.error(), Shown(begin, granted.error()), granted.error().code == Code::kDenied};
}

}  // namespace fob::pam
