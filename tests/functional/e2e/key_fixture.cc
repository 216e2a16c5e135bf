#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {

Result<proto::Done> KeysEndToEnd::TryEnrolKey(const std::string& name, const std::string& pin) {
  proto::Connection connection = daemon_.Connect();
  const int64_t deadline = proto::DeadlineIn(20'000);
  const auto go_on = [](const auto&) { return Ok(); };
  FOB_TRY(auto out, connection.Stream<proto::enrol::EnrolKey>(
                        {Me(), name, std::nullopt, std::nullopt}, deadline, go_on));
  std::optional<proto::Ask> ask = out.ask;
  std::optional<proto::Done> done = std::move(out.done);
  while (ask) {
    if (ask->kind != proto::Ask::Kind::kPin)
      return MakeError(Code::kInternal, "test", "asked for " + ask->prompt);
    FOB_TRY(auto next,
            connection.Stream<proto::enrol::Continue>({SecretBytes(pin)}, deadline, go_on));
    ask = next.ask;
    done = std::move(next.done);
  }
  if (!done) return MakeError(Code::kInternal, "test", "neither a question nor an end");
  return *std::move(done);
}

proto::Key KeysEndToEnd::FindKey(const std::string& name) {
  const auto list = daemon_.Call<proto::enrol::ListKeys>({Me(), std::nullopt, {}});
  if (list.ok()) {
    for (const proto::Key& key : list->keys) {
      if (key.name == name) return key;
    }
  }
  ADD_FAILURE() << "there is no key " << name;
  return {};
}

int KeysEndToEnd::Touch(const std::string& service) {
  ScriptedConversation person;
  person.Info("Touch your security key for " + Me() + " at " + service);
  return Session(service, person).Authenticate();
}

int KeysEndToEnd::PinAndTouch() {
  ScriptedConversation person;
  person.AnyInfo().Hidden("PIN for " + Me() + " at vault", kPin);
  return Session("vault", person).Authenticate();
}

boost::json::object KeysEndToEnd::TokenAfter(const std::string& service,
                                             const ScriptedConversation& person) {
  PamSession session = Session(service, person);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
  EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
  const App wiki = AddApp("Wiki", {"wiki"});
  const auto ticket = Ticket(wiki, session.Variable("FOB_LOGIN"));
  if (!ticket.ok()) {
    ADD_FAILURE() << ticket.error().text;
    return {};
  }
  const auto token = Exchange(wiki, ticket->ticket);
  return token.ok() ? ActiveClaims(token->access_token) : boost::json::object();
}

}  // namespace fob::testing
