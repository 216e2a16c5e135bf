// From a login to a ticket, and from a ticket to an access token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using testing::Dialogue;
using ::testing::ElementsAre;
using testing::World;
namespace token = proto::token;

class TokenServiceTest : public ::testing::Test {
 protected:
  TokenServiceTest() {
    world_.AddOtp("alice", "phone");
    world_.AddOtp("bob", "bobs");
    app_ = world_.AddApp("wiki");
  }
  Result<token::Ticket::Out> Ticket(const Peer& peer, std::optional<std::string> login = {},
                                    std::optional<std::string> audience = {},
                                    std::optional<std::string> scope = {}) {
    return world_.Call(world_.token(), &TokenService::Ticket, peer,
                       {app_.id, std::move(audience), std::move(scope), std::move(login)});
  }
  Result<token::Exchange::Out> Exchange(const SecretBytes& ticket,
                                        std::optional<std::string> audience = {}) {
    return ExchangeAs(app_.id, app_.secret, ticket, std::move(audience));
  }
  Result<token::Exchange::Out> ExchangeAs(std::string client, const SecretBytes& secret,
                                          const SecretBytes& ticket,
                                          std::optional<std::string> audience = {}) {
    token::Exchange::In in;
    in.client_id = std::move(client);
    in.client_secret = secret.Clone();
    in.ticket = ticket.Clone();
    in.audience = std::move(audience);
    // The web app runs as some uid of its own.
    return world_.Call(world_.token(), &TokenService::Exchange, Peer{33, 33, 500, 1},
                       std::move(in));
  }
  token::Verify::Out Verify(const SecretBytes& access_token) {
    token::Verify::In in;
    in.access_token = access_token.Clone();
    return *world_.Call(world_.grant(), &GrantService::Verify, World::Bob(), std::move(in));
  }
  World world_;
  World::App app_;
};

TEST_F(TokenServiceTest, AConfirmedMultiFactorLoginBecomesAToken) {
  const auto login = world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  ASSERT_TRUE(ticket.ok()) << ticket.error().reason;
  EXPECT_THAT(std::string(ticket->ticket.RevealText()), ::testing::StartsWith("tkt_"));
  EXPECT_EQ(ticket->audience, "api");
  EXPECT_EQ(ticket->login, login.login);
  EXPECT_EQ(ticket->expires_at, world_.clock.UnixSeconds() + 30);
  EXPECT_EQ(world_.LastEntry().action, "ticket.issue");
  world_.Advance(1000);
  const auto out = Exchange(ticket->ticket);
  ASSERT_TRUE(out.ok()) << out.error().reason;
  EXPECT_EQ(out->token_type, "Bearer");
  EXPECT_EQ(out->expires_in, 300);
  EXPECT_EQ(out->scope, "read write");
  EXPECT_EQ(world_.LastEntry().action, "ticket.exchange");
  const AccessClaims& claims = world_.signer.issued.begin()->second;
  EXPECT_EQ(claims.issuer, "https://login.example.org");
  EXPECT_EQ(claims.subject, "sub-alice");
  EXPECT_EQ(claims.audience, "api");
  EXPECT_EQ(claims.client_id, app_.id);
  EXPECT_EQ(claims.session, login.login);
  EXPECT_EQ(claims.acr, "mfa");
  EXPECT_THAT(claims.amr, ElementsAre("pwd", "otp", "mfa"));
  EXPECT_EQ(claims.auth_time, login.authenticated_at);
  EXPECT_EQ(claims.expires_at - claims.issued_at, 300);
  EXPECT_THAT(claims.token_id, ::testing::StartsWith(out->grant + "."));
}

TEST_F(TokenServiceTest, I36_ATicketWorksOnce) {
  world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  EXPECT_TRUE(Exchange(ticket->ticket).ok());
  EXPECT_EQ(Exchange(ticket->ticket).error().reason, "ticket_used");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
  EXPECT_EQ(world_.signer.issued.size(), 1u);
}

TEST_F(TokenServiceTest, I36_ATicketLivesSeconds) {
  world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  world_.Advance(30'000);
  EXPECT_EQ(Exchange(ticket->ticket).error().reason, "ticket_expired");
  const auto another = Ticket(World::Alice());
  world_.Advance(29'000);
  EXPECT_TRUE(Exchange(another->ticket).ok());
}

TEST_F(TokenServiceTest, I36_ATicketIsOfOneClientAndOneAudience) {
  world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  const World::App other = world_.AddApp("blog");
  EXPECT_EQ(ExchangeAs(other.id, other.secret, ticket->ticket).error().reason, "ticket_unknown");
  EXPECT_EQ(Exchange(ticket->ticket, "elsewhere").error().reason, "ticket_unknown");
  EXPECT_EQ(Exchange(SecretBytes("tkt_of_nobody")).error().reason, "ticket_unknown");
  EXPECT_EQ(Exchange(SecretBytes()).error().reason, "ticket_unknown");
  EXPECT_TRUE(Exchange(ticket->ticket, "api").ok()) << "those did not use it up";
}

TEST_F(TokenServiceTest, I36_OnlyTheLoginsOwnUidTakesATicket) {
  const auto login = world_.LoggedIn();
  EXPECT_EQ(Ticket(World::Bob()).error().code, Code::kNotFound);
  EXPECT_EQ(Ticket(World::Bob(), login.login).error().reason, "no_such_login");
  const auto root = Ticket(World::Root(), login.login);
  EXPECT_EQ(root.error().code, Code::kDenied) << "an administrator is not the user";
  EXPECT_EQ(root.error().reason, "other_user");
  EXPECT_EQ(world_.LastEntry().detail, "other_user");
  EXPECT_TRUE(Ticket(World::Alice(), login.login).ok());
}

TEST_F(TokenServiceTest, ATicketNeedsALoginOfTheCallersKernelSession) {
  world_.LoggedIn();
  world_.host.callers[testing::kAliceUid].kernel_session = "audit:77";
  EXPECT_EQ(Ticket(World::Alice()).error().code, Code::kNotFound);
  world_.host.callers[testing::kAliceUid].kernel_session = "audit:1000";
  EXPECT_TRUE(Ticket(World::Alice()).ok());
}

TEST_F(TokenServiceTest, ALoginThatIsNotConfirmedOrNotAliveGivesNone) {
  (void)world_.Pending();
  EXPECT_EQ(Ticket(World::Alice()).error().code, Code::kNotFound);
  world_.Advance(60'000);
  const auto live = world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  ASSERT_TRUE(ticket.ok());
  ASSERT_TRUE(
      world_.Call(world_.login(), &LoginService::End, World::Alice(), {live.login, {}, {}}).ok());
  EXPECT_EQ(Ticket(World::Alice(), live.login).error().reason, "login_dead");
  EXPECT_EQ(Exchange(ticket->ticket).error().reason, "login_dead")
      << "nor does a ticket outlive it";
}

TEST_F(TokenServiceTest, OneKindOfFactorIsNotEnough) {
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");  // no password vouched for
  world_.Answer(dialogue, world_.Code("phone"));
  proto::login::Confirm::In in;
  in.handle = std::move(*dialogue.turn->granted->handle);
  in.user = "alice";
  in.service = "sshd";
  const auto confirmed =
      world_.Call(world_.login(), &LoginService::Confirm, World::Root(), std::move(in));
  ASSERT_TRUE(confirmed.ok());
  EXPECT_EQ(Ticket(World::Alice(), confirmed->login.login).error().reason, "not_multi_factor");
  EXPECT_EQ(world_.LastEntry().detail, "not_multi_factor");
}

TEST_F(TokenServiceTest, AudienceAndScopeAreThoseOfTheClient) {
  world_.LoggedIn();
  EXPECT_EQ(Ticket(World::Alice(), {}, "other").error().reason, "invalid_target");
  EXPECT_EQ(Ticket(World::Alice(), {}, "api", "read admin").error().reason, "invalid_scope");
  const auto some = Ticket(World::Alice(), {}, "api", "read");
  EXPECT_EQ(Exchange(some->ticket)->scope, "read");
  app_ = world_.AddApp("two", {"one", "other"});
  EXPECT_EQ(Ticket(World::Alice()).error().reason, "invalid_target");
  EXPECT_EQ(Ticket(World::Alice(), {}, "other")->audience, "other");
}

TEST_F(TokenServiceTest, AnUnknownClientGetsNoTicket) {
  world_.LoggedIn();
  app_.id = "nobody";
  EXPECT_EQ(Ticket(World::Alice()).error().code, Code::kNotFound);
}

TEST_F(TokenServiceTest, I41_AnUnknownClientAndAWrongSecretAreOneAnswer) {
  world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  std::string almost(app_.secret.RevealText());
  almost.back() = almost.back() == 'A' ? 'B' : 'A';
  const Result<token::Exchange::Out> refused[] = {
      ExchangeAs("client_AAAAAAAAAAAAAAAAAAAAAA", app_.secret, ticket->ticket),
      ExchangeAs("", app_.secret, ticket->ticket),
      ExchangeAs(app_.id, SecretBytes(), ticket->ticket),
      ExchangeAs(app_.id, SecretBytes("wrong"), ticket->ticket),
      ExchangeAs(app_.id, SecretBytes(almost), ticket->ticket),
      // An all-zero hash stands in for a client that is not there: nothing hashes to it by chance.
      ExchangeAs("nobody", SecretBytes(size_t{32}), ticket->ticket),
  };
  for (const auto& one : refused) {
    ASSERT_FALSE(one.ok());
    EXPECT_EQ(one.error().code, Code::kDenied);
    EXPECT_EQ(one.error().reason, "invalid_client");
    EXPECT_EQ(one.error().text, refused[0].error().text);
  }
  EXPECT_EQ(world_.LastEntry().detail, "invalid_client");
  EXPECT_TRUE(Exchange(ticket->ticket).ok());
}

TEST_F(TokenServiceTest, I41_TheTrailKeepsNoSecretAndWholeCharacters) {
  (void)ExchangeAs(std::string(63, 'a') + "\xc3\xa9", SecretBytes("s3cret"), SecretBytes("tkt_x"));
  EXPECT_EQ(world_.LastEntry().subject, std::string(63, 'a'));
  for (const AuditRecord& record : world_.Trail()) {
    EXPECT_EQ(record.entry.detail.find("s3cret"), std::string::npos);
    EXPECT_EQ(record.entry.subject.find("tkt_"), std::string::npos);
  }
}

TEST_F(TokenServiceTest, ARotatedSecretAndARemovedClientAreRefused) {
  world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  auto rotated =
      world_.Call(world_.client(), &ClientService::RotateClientSecret, World::Root(), {app_.id});
  ASSERT_TRUE(rotated.ok());
  EXPECT_EQ(Exchange(ticket->ticket).error().reason, "invalid_client");
  app_.secret = std::move(rotated->client_secret);
  const auto out = Exchange(ticket->ticket);
  ASSERT_TRUE(out.ok());
  EXPECT_TRUE(Verify(out->access_token).active);
  ASSERT_TRUE(
      world_.Call(world_.client(), &ClientService::RemoveClient, World::Root(), {app_.id}).ok());
  EXPECT_FALSE(Verify(out->access_token).active);
  EXPECT_EQ(Exchange(ticket->ticket).error().reason, "invalid_client");
}

TEST_F(TokenServiceTest, ATokenIsGoodUntilItExpiresOrItsLoginDies) {
  const auto login = world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  const auto out = Exchange(ticket->ticket);
  const auto good = Verify(out->access_token);
  EXPECT_TRUE(good.active);
  ASSERT_TRUE(good.claims.has_value());
  EXPECT_FALSE(good.why.has_value());
  EXPECT_FALSE(Verify(SecretBytes("garbage")).active);
  EXPECT_FALSE(Verify(SecretBytes()).active);
  world_.signer.issued.begin()->second.issuer = "https://elsewhere.example.org";
  EXPECT_FALSE(Verify(out->access_token).active) << "of another issuer";
  world_.signer.issued.begin()->second.issuer = "https://login.example.org";
  world_.Advance(299'000);
  EXPECT_TRUE(Verify(out->access_token).active);
  world_.Advance(1'000);
  const auto late = Verify(out->access_token);
  EXPECT_FALSE(late.active);
  EXPECT_FALSE(late.claims.has_value());
  EXPECT_EQ(late.why, "it has expired");
}

TEST_F(TokenServiceTest, I31_EndingTheLoginKillsItsTokens) {
  const auto login = world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  const auto out = Exchange(ticket->ticket);
  ASSERT_TRUE(
      world_.Call(world_.login(), &LoginService::End, World::Alice(), {login.login, {}, {}}).ok());
  const auto dead = Verify(out->access_token);
  EXPECT_FALSE(dead.active);
  EXPECT_THAT(dead.why.value_or(""), ::testing::HasSubstr("ended"));
  world_.Advance(60'000);
  world_.LoggedIn();
  const auto other = Ticket(World::Alice());
  const auto second = Exchange(other->ticket);
  world_.host.boot_id = "boot-2";
  EXPECT_FALSE(Verify(second->access_token).active) << "a reboot ends logins";
}

TEST_F(TokenServiceTest, ErrorsOfTheStoreAreNoAnswerAboutTokens) {
  world_.LoggedIn();
  const auto ticket = Ticket(World::Alice());
  const auto out = Exchange(ticket->ticket);
  const Error down = MakeError(Code::kUnavailable, "down", "it is down");
  world_.queue().read_error = down;
  EXPECT_EQ(Exchange(ticket->ticket).error().reason, "down");
  token::Verify::In in;
  in.access_token = out->access_token.Clone();
  EXPECT_EQ(world_.Call(world_.grant(), &GrantService::Verify, World::Bob(), std::move(in))
                .error()
                .reason,
            "down");
  world_.queue().read_error.reset();
  world_.queue().write_error = down;
  const auto again = Ticket(World::Alice());
  EXPECT_EQ(again.error().reason, "down");
}

}  // namespace
}  // namespace fob::core
