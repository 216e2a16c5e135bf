// Browsers that are signed in, and what web apps get by way of them, without a gateway between.
#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

class Browsers : public EndToEnd {
 protected:
  Browsers() {
    EnrolTotp();
    login_ = LogIn();
  }
  std::string Shown(const SecretBytes& session) {
    const auto shown = daemon_.Call<proto::web::ShowSession>({session.Clone()});
    return shown.ok() ? shown->signed_in.login : shown.error().reason;
  }
  bool Active(const SecretBytes& token) {
    const auto out = daemon_.Call<proto::token::Verify>({token.Clone()});
    return out.ok() && out->active;
  }
  Result<proto::token::RedeemCode::Out> Redeem(const App& app, const SecretBytes& code) {
    return daemon_.Call<proto::token::RedeemCode>(Redeeming(app, code));
  }
  std::string login_;
};

TEST_F(Browsers, AreSignedInByALinkOnceAndStaySoOverKill9) {
  const SecretBytes browser("a browser's own random value"), other("another browser's random value");
  auto link = daemon_.Call<proto::web::CreateLink>({"http://localhost:8080/account", std::nullopt});
  ASSERT_TRUE(link.ok()) << link.error().text;
  EXPECT_TRUE(daemon_.Call<proto::web::ShowLink>({browser.Clone(), link->link.Clone()}).ok());
  EXPECT_EQ("link", ReasonOf(daemon_.Call<proto::web::FollowLink>({other.Clone(), link->link.Clone()}))) << "it was shown elsewhere";
  auto followed = daemon_.Call<proto::web::FollowLink>({browser.Clone(), link->link.Clone()});
  ASSERT_TRUE(followed.ok()) << followed.error().text;
  EXPECT_EQ("link", ReasonOf(daemon_.Call<proto::web::FollowLink>({browser.Clone(), link->link.Clone()}))) << "it was used";
  EXPECT_EQ(login_, Shown(followed->session));
  daemon_.Kill();
  daemon_.Start();
  EXPECT_EQ(login_, Shown(followed->session));
  EXPECT_EQ("bad_target", ReasonOf(daemon_.Call<proto::web::CreateLink>({"https://elsewhere.example.org/", std::nullopt})));
}

TEST_F(Browsers, EndWithTheirLoginAndTakeItsCodesAlong) {
  const App app = AddCodeApp("Wiki");
  const SecretBytes session = Browser();
  const auto tokens = Redeem(app, CodeFor(app, session));
  ASSERT_TRUE(tokens.ok()) << tokens.error().text;
  EXPECT_TRUE(Active(tokens->access_token));
  const SecretBytes unused = CodeFor(app, session);
  ASSERT_TRUE(daemon_.Call<proto::login::End>({login_, std::nullopt, std::nullopt}).ok());
  EXPECT_EQ("session", Shown(session));
  EXPECT_FALSE(Active(tokens->access_token));
  EXPECT_EQ("invalid_grant", ReasonOf(Redeem(app, unused)));
}

TEST_F(Browsers, I32_SigningOutOfABrowserLeavesTheLoginOfThisHost) {
  const App app = AddCodeApp("Wiki");
  const SecretBytes one = Browser(), two = Browser();
  const auto tokens = Redeem(app, CodeFor(app, one));
  ASSERT_TRUE(tokens.ok()) << tokens.error().text;
  ASSERT_TRUE(daemon_.Call<proto::web::EndSession>({one.Clone()}).ok());
  EXPECT_EQ("session", Shown(one));
  EXPECT_EQ(login_, Shown(two));
  EXPECT_EQ(1u, LiveLogins());
  EXPECT_TRUE(Active(tokens->access_token)) << "a token points at its grant, not at a session";
}

TEST_F(Browsers, I32_ACodeThatComesAgainTakesItsOwnGrantAlong) {
  const App app = AddCodeApp("Wiki");
  const SecretBytes session = Browser();
  const SecretBytes first = CodeFor(app, session);
  const auto one = Redeem(app, first);
  const auto two = Redeem(app, CodeFor(app, session));
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ("invalid_grant", ReasonOf(Redeem(app, first)));
  EXPECT_FALSE(Active(one->access_token));
  EXPECT_TRUE(Active(two->access_token));
  daemon_.Kill();
  daemon_.Start();
  EXPECT_FALSE(Active(one->access_token));
  EXPECT_TRUE(Active(two->access_token));
}

TEST_F(Browsers, I35_ACodeIsItsClientsAndUrisOwn) {
  const App wiki = AddCodeApp("Wiki"), mail = AddCodeApp("Mail");
  const SecretBytes code = CodeFor(wiki, Browser());
  EXPECT_EQ("invalid_grant", ReasonOf(Redeem(mail, code)));
  auto elsewhere = Redeeming(wiki, code);
  elsewhere.redirect_uri = std::string(kAppUri) + "?x";
  EXPECT_EQ("invalid_grant", ReasonOf(daemon_.Call<proto::token::RedeemCode>(elsewhere)));
  auto guessed = Redeeming(wiki, code);
  guessed.code_verifier = SecretBytes(std::string(43, 'x'));
  EXPECT_EQ("invalid_grant", ReasonOf(daemon_.Call<proto::token::RedeemCode>(guessed)));
  EXPECT_TRUE(Redeem(wiki, code).ok());
}

TEST_F(Browsers, I41_NeitherSessionsNorCodesNorTokensAreOnTheDisk) {
  const App app = AddCodeApp("Wiki");
  const SecretBytes session = Browser(), code = CodeFor(app, session);
  const auto tokens = Redeem(app, code);
  ASSERT_TRUE(tokens.ok()) << tokens.error().text;
  daemon_.Stop();
  for (const SecretBytes* secret : {&session, &code, &tokens->access_token}) {
    const std::string_view text = secret->RevealText();
    const std::string found = OutputOf({"/bin/sh", "-c", "grep -rlF -f - \"$0\" || true", daemon_.Path("state")}, std::string(text.substr(text.size() - 30)));
    EXPECT_EQ("", found);
  }
  EXPECT_NE("", OutputOf({"/bin/sh", "-c", "grep -rlF -f - \"$0\" || true", daemon_.Path("state")}, tokens->grant)) << "it was looked at";
}

}  // namespace
}  // namespace fob::testing
