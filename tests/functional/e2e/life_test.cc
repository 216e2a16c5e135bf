// The main life: an enrolled code and a password become a login, the login a ticket, the ticket a
// token.
#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MainLife : public EndToEnd {
 protected:
  MainLife() { EnrolTotp(); }
};

TEST_F(MainLife, PasswordAndCodeBecomeAVerifiedToken) {
  ScriptedConversation person;
  person.Shown("Code for " + Me() + " at sshd", NextCode());
  PamSession session = Session("sshd", person);
  session.Set(PAM_RHOST, "192.0.2.7");
  session.Set(PAM_TTY, "ssh");
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  ASSERT_TRUE(session.Variable("FOB_HANDLE").has_value());
  const auto pending = daemon_.Call<proto::login::List>({std::nullopt, true, std::nullopt, {}});
  ASSERT_TRUE(pending.ok());
  EXPECT_TRUE(pending->logins.empty()) << "no session has confirmed it";

  EXPECT_PAM(PAM_SUCCESS, session.Account());
  EXPECT_PAM(PAM_SUCCESS, session.EstablishCredentials());
  EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
  EXPECT_EQ(session.Variable("FOB_HANDLE"), std::nullopt) << "the shell must not see it";
  const std::string id = session.Variable("FOB_LOGIN").value_or("");
  const proto::LoginInfo login = FindLogin(id);
  EXPECT_EQ(proto::LoginInfo::State::kLive, login.state);
  EXPECT_EQ(Me(), login.user);
  EXPECT_EQ(::geteuid(), login.uid);
  EXPECT_THAT(login.factors, ElementsAre("password", "totp"));
  EXPECT_TRUE(login.multi_factor);
  EXPECT_EQ("192.0.2.7", login.rhost);
  EXPECT_EQ(daemon_.time(), login.authenticated_at);

  const App wiki = AddApp("Wiki", {"https://wiki.example.org"}, {"read", "write"});
  auto ticket = Ticket(wiki);
  ASSERT_TRUE(ticket.ok()) << ticket.error().text;
  EXPECT_EQ(id, ticket->login);
  EXPECT_EQ(daemon_.time() + 30, ticket->expires_at);
  daemon_.Advance(5);
  auto token = Exchange(wiki, ticket->ticket);
  ASSERT_TRUE(token.ok()) << token.error().text;
  EXPECT_EQ("Bearer", token->token_type);
  EXPECT_EQ(300, token->expires_in);

  const boost::json::object claims = ActiveClaims(token->access_token);
  EXPECT_EQ("http://localhost:8080", claims.at("iss").as_string());
  EXPECT_EQ("https://wiki.example.org", claims.at("aud").as_string());
  EXPECT_EQ(wiki.id.c_str(), claims.at("client_id").as_string());
  EXPECT_EQ("read write", claims.at("scope").as_string());
  EXPECT_EQ(id.c_str(), claims.at("sid").as_string());
  EXPECT_EQ(login.authenticated_at, claims.at("auth_time").to_number<int64_t>());
  EXPECT_EQ(daemon_.time(), claims.at("iat").to_number<int64_t>());
  EXPECT_EQ(daemon_.time() + 300, claims.at("exp").to_number<int64_t>());
  EXPECT_THAT(WordsOf(claims.at("amr")), ElementsAre("pwd", "otp", "mfa"));
  EXPECT_EQ("mfa", claims.at("acr").as_string());
  const auto user = daemon_.Call<proto::admin::ShowUser>({Me(), {}});
  ASSERT_TRUE(user.ok());
  EXPECT_EQ(user->user.sub.c_str(), claims.at("sub").as_string());

  EXPECT_EQ("ticket_used", ReasonOf(Exchange(wiki, ticket->ticket)));
  EXPECT_PAM(PAM_SUCCESS, session.CloseSession());
  EXPECT_EQ(proto::LoginInfo::State::kEnded, FindLogin(id).state);
  const auto dead = daemon_.Call<proto::token::Verify>({token->access_token.Clone()});
  ASSERT_TRUE(dead.ok());
  EXPECT_FALSE(dead->active) << "its login has ended";
  const auto chain = daemon_.Call<proto::admin::VerifyAudit>({});
  ASSERT_TRUE(chain.ok());
  EXPECT_TRUE(chain->intact);
}

TEST_F(MainLife, ATokenDiesAtItsExpiry) {
  LogIn();
  const App wiki = AddApp("Wiki", {"wiki"});
  auto ticket = Ticket(wiki);
  ASSERT_TRUE(ticket.ok());
  auto token = Exchange(wiki, ticket->ticket);
  ASSERT_TRUE(token.ok());
  daemon_.Advance(299);
  ActiveClaims(token->access_token);
  daemon_.Advance(1);
  const auto late = daemon_.Call<proto::token::Verify>({token->access_token.Clone()});
  ASSERT_TRUE(late.ok());
  EXPECT_FALSE(late->active);
  EXPECT_THAT(late->why.value_or(""), HasSubstr("expired"));
}

TEST_F(MainLife, OneKindOfFactorGivesNoTicket) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  PamSession session = Session("login", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  ASSERT_EQ(PAM_SUCCESS, session.OpenSession());
  EXPECT_FALSE(FindLogin(session.Variable("FOB_LOGIN").value_or("")).multi_factor);
  EXPECT_EQ("not_multi_factor", ReasonOf(Ticket(AddApp("Wiki", {"wiki"}))));
}

TEST_F(MainLife, AnUnconfirmedLoginGivesNoTicket) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  PamSession session = Session("sshd", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  EXPECT_EQ(Code::kNotFound, Ticket(AddApp("Wiki", {"wiki"})).error().code);
}

TEST_F(MainLife, AHandleThatIsConfirmedTooLateIsLostButTheSessionOpens) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  PamSession session = Session("sshd", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  daemon_.Advance(121);
  EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
  EXPECT_EQ(session.Variable("FOB_HANDLE"), std::nullopt);
  EXPECT_EQ(session.Variable("FOB_LOGIN"), std::nullopt);
  EXPECT_EQ(0u, LiveLogins());
  const proto::AuditEvent event = LastEvent();
  EXPECT_EQ("login.confirm", event.action);
  EXPECT_EQ(proto::AuditEvent::Outcome::kDenied, event.outcome);
}

TEST_F(MainLife, AHandleIsConfirmedOnce) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  PamSession session = Session("sshd", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  const std::string handle = session.Variable("FOB_HANDLE").value_or("");
  ASSERT_EQ(PAM_SUCCESS, session.OpenSession());
  const auto again =
      daemon_.Call<proto::login::Confirm>({SecretBytes(handle), Me(), "sshd", std::nullopt});
  EXPECT_FALSE(again.ok());
}

TEST_F(MainLife, I4_AHandleOfOneUserIsNotConfirmedForAnother) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  PamSession session = Session("sshd", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  const std::string handle = session.Variable("FOB_HANDLE").value_or("");
  EXPECT_FALSE(
      daemon_.Call<proto::login::Confirm>({SecretBytes(handle), kSomebody, "sshd", std::nullopt})
          .ok());
  EXPECT_FALSE(
      daemon_.Call<proto::login::Confirm>({SecretBytes(handle), Me(), "login", std::nullopt}).ok());
  EXPECT_EQ(0u, LiveLogins());
}

TEST_F(MainLife, ALoginEndsAtItsExpiry) {
  const std::string id = LogIn();
  daemon_.Advance(12 * 3600 + 1);
  EXPECT_EQ(proto::LoginInfo::State::kExpired, FindLogin(id).state);
  EXPECT_FALSE(Ticket(AddApp("Wiki", {"wiki"})).ok());
}

TEST_F(MainLife, I13_NoFactorIsItsOwnRefusal) {
  ScriptedConversation person;
  person.Error("has no enrolled factor");
  PamSession session = Session("sshd", person, kSomebody);
  EXPECT_PAM(PAM_AUTH_ERR, session.Authenticate());
}

TEST_F(MainLife, PolicySkipsAndDenies) {
  ScriptedConversation silent;
  EXPECT_PAM(PAM_PERM_DENIED, Session("open", silent).Authenticate())
      << "PAM_IGNORE alone lets nobody in";
  EXPECT_EQ("skip", LastEvent().detail);
  services_.Write("elsewhere", "auth required {fob}\n");
  ScriptedConversation refused;
  refused.Error("policy (everything else) denies elsewhere");
  EXPECT_PAM(PAM_AUTH_ERR, Session("elsewhere", refused).Authenticate());
}

TEST_F(MainLife, AllOfItSurvivesARestart) {
  const std::string id = LogIn();
  const App wiki = AddApp("Wiki", {"wiki"});
  auto ticket = Ticket(wiki);
  ASSERT_TRUE(ticket.ok());
  const auto keys = daemon_.Call<proto::token::Jwks>({});
  daemon_.Kill();
  daemon_.Start();
  auto token = Exchange(wiki, ticket->ticket);
  ASSERT_TRUE(token.ok()) << token.error().text;
  EXPECT_EQ(id.c_str(), ActiveClaims(token->access_token).at("sid").as_string());
  const auto same = daemon_.Call<proto::token::Jwks>({});
  ASSERT_TRUE(keys.ok() && same.ok());
  EXPECT_EQ(keys->jwks.text, same->jwks.text);
  daemon_.Kill();
  daemon_.Start();
  EXPECT_EQ("ticket_used", ReasonOf(Exchange(wiki, ticket->ticket)));
}

}  // namespace
}  // namespace fob::testing
