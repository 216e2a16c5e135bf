// Pages and the ways through them, with an fobd that answers as the test says.
#include "tests/functional/web/gateway_fixture.h"

namespace fob::testing {
namespace {

namespace web = proto::web;
using Outcome = proto::Decision::Outcome;

constexpr const char* kRequest =
    "client_id=app&redirect_uri=https%3A%2F%2Fapp.example.org%2Fcb&response_type=code&state=s1&scope=openid&code_challenge=x&"
    "code_challenge_method=S256";

class Pages : public Gateway {
 protected:
  Pages() {
    fobd_->On<web::BeginLogin>([this](const auto& in) -> Result<web::BeginLogin::Out> {
      browser_handle_ = in.browser.RevealText();
      web::BeginLogin::Out out;
      out.step.attempt = SecretBytes(std::string_view("attempt-1"));
      return out;
    });
    fobd_->On<web::Identify>([](const auto& in) -> Result<web::Identify::Out> {
      web::Identify::Out out;
      out.step.attempt = in.attempt.Clone();
      out.step.user = in.user;
      out.step.offers = {proto::Step::Offers::kPassword};
      return out;
    });
    fobd_->On<web::ProvePassword>([this](const auto& in) -> Result<web::ProvePassword::Out> {
      web::ProvePassword::Out out;
      out.step.attempt = in.attempt.Clone();
      if (in.browser.RevealText() != browser_handle_) return MakeError(Code::kNotFound, "attempt", "no such attempt");
      if (in.password.RevealText() == "right") {
        out.step.session = SecretBytes(std::string_view("session-1"));
      } else {
        out.step.user = "alice";
        out.step.offers = {proto::Step::Offers::kPassword};
        out.step.message = "That is not it.";
      }
      return out;
    });
    fobd_->On<web::ShowSession>([](const auto& in) -> Result<web::ShowSession::Out> {
      if (in.session.RevealText() != "session-1") return MakeError(Code::kNotFound, "session", "nobody is signed in");
      web::ShowSession::Out out;
      out.signed_in.user = "alice";
      return out;
    });
    fobd_->On<web::Authorize>([this](const auto& in) -> Result<web::Authorize::Out> {
      asked_ = in.request.state.value_or("");
      attempt_ = in.attempt ? std::string(in.attempt->RevealText()) : "";
      web::Authorize::Out out;
      out.decision = Decide(in.session && in.session->RevealText() == "session-1");
      return out;
    });
  }

  proto::Decision Decide(bool signed_in) {
    proto::Decision decision;
    decision.client_name = "The App";
    decision.outcome = signed_in ? when_signed_in_ : when_not_;
    if (decision.outcome == Outcome::kPage) {
      decision.error = "invalid_request";
      decision.description = "redirect_uri is not registered";
    }
    if (decision.outcome == Outcome::kConsent) decision.scopes = {{"openid", "profile"}};
    if (decision.outcome == Outcome::kRedirect) {
      decision.redirect = proto::Redirect();
      decision.redirect->uri = "https://app.example.org/cb";
      decision.redirect->mode = mode_;
      for (const auto& [name, value] : {std::pair{"code", "c1"}, {"state", "s1"}, {"iss", "http://localhost"}}) {
        decision.redirect->parameters.push_back({name, SecretBytes(std::string_view(value))});
      }
    }
    return decision;
  }

  // From the app's request to the page for the password.
  HttpAnswer UpToThePassword() {
    const HttpAnswer begun = browser_.Get(std::string("/authorize?") + kRequest);
    EXPECT_EQ(200, begun.status) << begun.body;
    return browser_.Submit("/login", "do=name&user=alice&attempt=attempt-1&request=" + Encoded(HiddenField(begun.body, "request")) +
                                         "&app=" + Encoded(HiddenField(begun.body, "app")));
  }
  HttpAnswer Password(const std::string& page, const std::string& password) {
    return browser_.Submit("/login", "do=password&attempt=" + HiddenField(page, "attempt") + "&request=" +
                                         Encoded(HiddenField(page, "request")) + "&password=" + password);
  }

  std::string browser_handle_, asked_, attempt_;
  Outcome when_signed_in_ = Outcome::kRedirect, when_not_ = Outcome::kLogin;
  proto::Redirect::Mode mode_ = proto::Redirect::Mode::kQuery;
};

TEST_F(Pages, ALoginLeadsBackToTheApp) {
  EXPECT_THAT(browser_.Get(std::string("/authorize?") + kRequest).body, HasSubstr("<strong>The App</strong>"));
  const HttpAnswer page = UpToThePassword();
  EXPECT_THAT(page.body, HasSubstr("<strong>The App</strong>")) << "each step says what it is for";
  const HttpAnswer done = Password(page.body, "right");
  EXPECT_EQ(303, done.status) << done.body;
  EXPECT_TRUE(done.Field("location").starts_with("https://app.example.org/cb?code=c1&state=s1"));
  EXPECT_EQ("s1", asked_);
}

TEST_F(Pages, I35_AnAttemptBelongsToItsBrowser) {
  const HttpAnswer page = UpToThePassword();
  HttpClient other(socket_.port());
  other.cookies["__Host-fob-browser"] = "someone-elses";
  const HttpAnswer answer =
      other.Submit("/login", "do=password&password=right&attempt=attempt-1&request=" + Encoded(HiddenField(page.body, "request")));
  EXPECT_EQ(200, answer.status);
  EXPECT_THAT(answer.body, HasSubstr("Begin again"));
  EXPECT_EQ(0u, other.cookies.count("__Host-fob"));
}

TEST_F(Pages, I34_NothingIsRedirectedBeforeTheClientIsKnown) {
  when_not_ = Outcome::kPage;
  const HttpAnswer answer = browser_.Get("/authorize?client_id=app&redirect_uri=https%3A%2F%2Fevil.example.org%2F&state=s1");
  EXPECT_EQ(400, answer.status);
  EXPECT_EQ("", answer.Field("location"));
  EXPECT_THAT(answer.body, HasSubstr("redirect_uri is not registered"));
  EXPECT_THAT(answer.Field("content-security-policy"), Not(HasSubstr("evil")));
}

TEST_F(Pages, I40_AnswersCarryTheIssuerAndFormsLeadOnlyToTheApp) {
  const HttpAnswer page = UpToThePassword();
  EXPECT_THAT(page.Field("content-security-policy"), HasSubstr("frame-ancestors 'none'"));
  EXPECT_TRUE(page.Field("content-security-policy").ends_with("form-action 'self' https://app.example.org"));
  const HttpAnswer done = Password(page.body, "right");
  EXPECT_EQ("https://app.example.org/cb?code=c1&state=s1&iss=http%3A%2F%2Flocalhost", done.Field("location"));
  EXPECT_EQ("no-store", done.Field("cache-control"));
}

TEST_F(Pages, AFormPostCarriesTheAnswerInAForm) {
  mode_ = proto::Redirect::Mode::kFormPost;
  const HttpAnswer done = Password(UpToThePassword().body, "right");
  EXPECT_EQ(200, done.status);
  EXPECT_THAT(done.body, HasSubstr("action=\"https://app.example.org/cb\" data-submit"));
  EXPECT_EQ("c1", HiddenField(done.body, "code"));
  EXPECT_TRUE(done.Field("content-security-policy").ends_with("form-action 'self' https://app.example.org"));
}

TEST_F(Pages, CookiesAreOfThisHostAlone) {
  const HttpAnswer begun = browser_.Get("/login");
  EXPECT_THAT(begun.Field("set-cookie"), ::testing::MatchesRegex(
      "__Host-fob-browser=[A-Za-z0-9_-]+; Path=/; Secure; HttpOnly; SameSite=Lax"));
  const HttpAnswer done = Password(UpToThePassword().body, "right");
  EXPECT_EQ("session-1", browser_.cookies["__Host-fob"]);
  EXPECT_EQ(0u, browser_.cookies.count("__Host-fob-browser")) << "what tied the login to the browser goes with it";
}

TEST_F(Pages, AWrongPasswordIsSaidAndAskedAgain) {
  const HttpAnswer again = Password(UpToThePassword().body, "wrong");
  EXPECT_EQ(200, again.status);
  EXPECT_THAT(again.body, HasSubstr("role=\"alert\">That is not it."));
  EXPECT_EQ(303, Password(again.body, "right").status);
}

// Back, or a second click: who is signed in by now is led on.
TEST_F(Pages, AFormOfALoginThatIsDoneLeadsOn) {
  const std::string page = UpToThePassword().body;
  EXPECT_EQ(303, Password(page, "right").status);
  const HttpAnswer again = Password(page, "right");
  EXPECT_EQ(303, again.status) << again.body;
  EXPECT_TRUE(again.Field("location").starts_with("https://app.example.org/cb?code=c1"));
  EXPECT_EQ("/account", browser_.Submit("/login", "do=name&user=alice&attempt=attempt-1").Field("location"));
  browser_.cookies["__Host-fob-browser"] = "an-older-one";
  EXPECT_EQ(303, Password(page, "right").status) << "the attempt is over, and the login is there";
  browser_.cookies["__Host-fob"] = "session-that-ended";
  EXPECT_THAT(Password(page, "right").body, HasSubstr("Begin again"));
  browser_.cookies.clear();
  EXPECT_THAT(Password(page, "right").body, HasSubstr("did not keep its cookie"));
}

TEST_F(Pages, FormsOfOtherOriginsAreRefused) {
  const std::string form = "do=name&user=alice&attempt=attempt-1";
  browser_.Get("/login");
  EXPECT_EQ(403, browser_.Post("/login", form).status);
  EXPECT_EQ(403, browser_.Post("/login", form, {{"Origin", "https://evil.example.org"}}).status);
  EXPECT_EQ(403, browser_.Post("/login", form, {{"Origin", "null"}}).status);
  EXPECT_EQ(403, browser_.Post("/login", form, {{"Sec-Fetch-Site", "cross-site"}}).status);
  EXPECT_EQ(200, browser_.Post("/login", form, {{"Sec-Fetch-Site", "same-origin"}}).status);
  browser_.cookies["__Host-fob"] = "session-1";
  EXPECT_EQ(403, browser_.Post("/consent", "allow=yes").status);
  EXPECT_EQ(403, browser_.Post("/logout", "confirmed=yes").status);
  EXPECT_EQ(403, browser_.Post("/account/key/remove", "key=key_1").status);
  EXPECT_EQ(400, browser_.Submit("/account/key/remove", "key=key_1&key=key_2").status);
}

TEST_F(Pages, ARequestThatIsPostedIsAskedAgainWithOurCookies) {
  const HttpAnswer answer = browser_.Post("/authorize", kRequest, {{"Origin", "https://app.example.org"}});
  EXPECT_EQ(303, answer.status);
  EXPECT_THAT(answer.Field("location"), HasSubstr("/authorize?client_id=app&"));
  EXPECT_EQ(200, browser_.Get(answer.Field("location")).status);
  EXPECT_EQ("s1", asked_);
}

TEST_F(Pages, TheLoginThatARequestBeganCountsForIt) {
  Password(UpToThePassword().body, "right");
  EXPECT_EQ("attempt-1", attempt_);
  browser_.Get(std::string("/authorize?") + kRequest);
  EXPECT_EQ("", attempt_) << "an older login counts for no later request";
}

TEST_F(Pages, ConsentIsAskedAndTold) {
  when_signed_in_ = Outcome::kConsent;
  bool allowed = false;
  fobd_->On<web::Consent>([&](const auto& in) -> Result<web::Consent::Out> {
    allowed = in.allow;
    when_signed_in_ = Outcome::kRedirect;
    web::Consent::Out out;
    out.decision = Decide(true);
    return out;
  });
  const HttpAnswer page = Password(UpToThePassword().body, "right");
  EXPECT_EQ(200, page.status);
  EXPECT_THAT(page.body, ::testing::AllOf(HasSubstr("The App"), HasSubstr("Know who you are"), HasSubstr("alice")));
  const std::string form = "request=" + Encoded(HiddenField(page.body, "request")) + "&attempt=attempt-1";
  EXPECT_EQ(400, browser_.Submit("/consent", form).status);
  EXPECT_EQ(303, browser_.Submit("/consent", form + "&allow=yes").status);
  EXPECT_TRUE(allowed);
}

TEST_F(Pages, SigningOutIsAskedUnlessTheHintIsGood) {
  fobd_->On<web::Logout>([](const auto& in) -> Result<web::Logout::Out> {
    web::Logout::Out out;
    out.confirm = !in.confirmed && !in.id_token_hint;
    if (!out.confirm) out.redirect_uri = in.post_logout_redirect_uri;
    return out;
  });
  browser_.cookies["__Host-fob"] = "session-1";
  EXPECT_THAT(browser_.Get("/logout?state=x").body, HasSubstr("Sign out?"));
  EXPECT_EQ(1u, browser_.cookies.count("__Host-fob"));
  const HttpAnswer done = browser_.Submit("/logout", "confirmed=yes");
  EXPECT_THAT(done.body, HasSubstr("You are signed out"));
  EXPECT_EQ(0u, browser_.cookies.count("__Host-fob"));
  EXPECT_EQ("https://app.example.org/bye",
            browser_.Get("/logout?id_token_hint=x&post_logout_redirect_uri=https%3A%2F%2Fapp.example.org%2Fbye").Field("location"));
  EXPECT_EQ("/logout?client_id=app", browser_.Post("/logout", "client_id=app", {{"Origin", "https://app.example.org"}}).Field("location"));
}

// OAuth knows no parameter twice: of two places to go to, neither is taken.
TEST_F(Pages, WhatStandsTwiceIsRefused) {
  fobd_->On<web::Logout>([](const auto& in) -> Result<web::Logout::Out> {
    web::Logout::Out out;
    out.redirect_uri = in.post_logout_redirect_uri;
    return out;
  });
  const std::string one = "post_logout_redirect_uri=https%3A%2F%2Fapp.example.org%2Fbye", form = "id_token_hint=x&" + one;
  EXPECT_EQ(303, browser_.Get("/logout?" + form).status);
  EXPECT_EQ(400, browser_.Get("/logout?" + form + "&" + one).status);
  EXPECT_EQ(400, browser_.Get("/logout?" + form + "&id_token_hint=y").status);
  EXPECT_EQ(400, browser_.Post("/logout", form + "&state=a&state=b", {{"Origin", "https://app.example.org"}}).status);
  EXPECT_EQ(400, browser_.Post("/link", "link=a&link=b", {{"Origin", "null"}}).status);
}

TEST_F(Pages, ALinkIsFollowedByTheBrowserThatShowedItAndOnlyWhenConfirmed) {
  std::string shown;
  fobd_->On<web::ShowLink>([&](const auto& in) -> Result<web::ShowLink::Out> {
    shown = in.browser.RevealText();
    return web::ShowLink::Out{"alice", "host.example.org", "https://app.example.org/start"};
  });
  fobd_->On<web::FollowLink>([&](const auto& in) -> Result<web::FollowLink::Out> {
    if (in.browser.RevealText() != shown) return MakeError(Code::kNotFound, "link", "the link is used up or too old");
    web::FollowLink::Out out;
    out.session = SecretBytes(std::string_view("session-1"));
    out.target = "https://app.example.org/start";
    return out;
  });
  const HttpAnswer page = browser_.Post("/link", "link=l1", {{"Origin", "null"}});
  EXPECT_THAT(page.body, ::testing::AllOf(HasSubstr("alice"), HasSubstr("host.example.org"), HasSubstr("https://app.example.org/start")));
  EXPECT_EQ(0u, browser_.cookies.count("__Host-fob"));
  EXPECT_EQ(403, browser_.Post("/link", "link=l1&confirmed=yes", {{"Origin", "null"}}).status);
  HttpClient other(socket_.port());
  other.cookies["__Host-fob-link"] = "not-this-one";
  EXPECT_EQ(404, other.Submit("/link", "link=l1&confirmed=yes").status);
  const HttpAnswer done = browser_.Submit("/link", "link=l1&confirmed=yes");
  EXPECT_EQ("https://app.example.org/start", done.Field("location"));
  EXPECT_EQ("session-1", browser_.cookies["__Host-fob"]);
  EXPECT_EQ(405, browser_.Get("/link?link=l1").status) << "a link never stands in an address";
}

TEST_F(Pages, WhatFobdSaysIsNeverMarkup) {
  when_not_ = Outcome::kPage;
  fobd_->On<web::Authorize>([](const auto&) -> Result<web::Authorize::Out> {
    return Denied("x", "<script>alert(1)</script>");
  });
  EXPECT_THAT(browser_.Get("/authorize?client_id=x").body, Not(HasSubstr("<script>alert")));
}

TEST_F(Pages, WhatIsWrongIsToldToWhoCanMendIt) {
  fobd_->On<web::Logout>([](const auto&) -> Result<web::Logout::Out> {
    return MakeError(Code::kInvalidArgument, "invalid_request", "id_token_hint is no ID token of ours");
  });
  const HttpAnswer logout = browser_.Get("/logout?id_token_hint=x");
  EXPECT_EQ(400, logout.status);
  EXPECT_THAT(logout.body, HasSubstr("<code>invalid_request: id_token_hint is no ID token of ours</code>"));
  fobd_->On<proto::enrol::RenameKey>([](const auto&) -> Result<proto::enrol::RenameKey::Out> {
    return MakeError(Code::kInvalidArgument, "bad_name", "a name has 1 to 64 characters and no control characters");
  });
  browser_.cookies["__Host-fob"] = "session-1";
  const HttpAnswer rename = browser_.Submit("/account/key/rename", "key=key_1&name=");
  EXPECT_EQ(400, rename.status);
  EXPECT_THAT(rename.body, HasSubstr("A name has 1 to 64 characters"));
  EXPECT_THAT(rename.body, Not(HasSubstr("bad_name")));
}

TEST_F(Pages, AnAccountChangeMayNeedANewSignIn) {
  fobd_->On<proto::login::End>([](const auto&) -> Result<proto::login::End::Out> { return Denied("login_again", "sign in again"); });
  browser_.cookies["__Host-fob"] = "session-1";
  EXPECT_THAT(browser_.Submit("/account/login/end", "login=login_1").body, HasSubstr("sign in again first"));
  EXPECT_EQ(404, browser_.Submit("/account/nothing", "a=b").status);
  browser_.cookies.erase("__Host-fob");
  EXPECT_THAT(browser_.Submit("/account/login/end", "login=login_1").body, HasSubstr("Sign in first"));
}

}  // namespace
}  // namespace fob::testing
