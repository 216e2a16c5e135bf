#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "web/pages/account_page.h"
#include "web/pages/assets.h"
#include "web/pages/event_words.h"
#include "web/pages/factor_words.h"
#include "web/pages/login_page.h"
#include "web/pages/plain_pages.h"
#include "web/pages/qr.h"
#include "web/site/authorization.h"
#include "web/site/visit.h"

namespace fob::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kEvil = "\"><script>alert('x')</script>&";

std::string FieldOf(const Response& response, std::string_view name) {
  for (const auto& [field, value] : response.fields) {
    if (field == name) return value;
  }
  return "";
}

Site TestSite() { return {"/fob", "https://login.example.org", "login.example.org"}; }

TEST(EventWords, SayWhatHappenedAndNeverHideIt) {
  EXPECT_EQ("Signed in to an app", EventWords("code.issue"));
  EXPECT_EQ("Account unlocked", EventWords("user.unlock"));
  EXPECT_EQ("config.reload", EventWords("config.reload"));
  EXPECT_EQ("", EventWords(""));
}

TEST(FactorWords, AreThoseOfPeople) {
  EXPECT_EQ("password, code", FactorWords({"password", "totp"}));
  EXPECT_EQ("code", FactorWords({"totp", "hotp"}));
  EXPECT_EQ("security key with PIN or fingerprint", FactorWords({"key+uv"}));
  EXPECT_EQ("whatever comes next", FactorWords({"whatever comes next"}));
  EXPECT_EQ("", FactorWords({}));
}

// Whoever hears the page hears the buttons alone.
TEST(AccountPages, EachButtonSaysWhatItEnds) {
  Account account;
  for (const int64_t began : {1'700'000'000, 1'700'003'600}) {
    proto::LoginInfo login;
    login.login = "login_" + std::to_string(began);
    login.service = "fob-web";
    login.rhost = "192.0.2.7";
    login.factors = {"password", "totp"};
    login.authenticated_at = began;
    login.state = proto::LoginInfo::State::kLive;
    account.logins.push_back(login);
  }
  proto::AuditEvent event;
  event.service = "sshd";
  event.rhost = "192.0.2.8";
  account.events.push_back(event);
  const std::string page(AccountPage(TestSite(), account, {}).content.view());
  EXPECT_THAT(page, Not(HasSubstr("fob-web<")));
  EXPECT_THAT(page, HasSubstr("password, code"));
  EXPECT_THAT(page, HasSubstr("sshd from 192.0.2.8"));
  std::set<std::string> ends;
  constexpr std::string_view kEnd = "End<span class=\"visually-hidden\">";
  for (size_t at = page.find(kEnd); at != std::string::npos; at = page.find(kEnd, at + 1)) {
    ends.insert(page.substr(at, page.find("</button>", at) - at));
  }
  EXPECT_EQ(2u, ends.size()) << "each one its own";
}

TEST(Html, EscapesEveryValue) {
  EXPECT_EQ("<p title=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\">7</p>",
            Fill("<p title=\"{}\">{}</p>", kEvil, int64_t{7}).view());
  EXPECT_EQ("<b>&lt;</b>", Fill("<b>{}</b>", Html::Text("<")).view());
  EXPECT_EQ("a?b", Html::Text(std::string_view("a\0b", 3)).view());
}

TEST(Pages, NothingThatComesInIsMarkup) {
  proto::Step step;
  step.attempt = SecretBytes(kEvil);
  step.user = std::string(kEvil);
  step.message = std::string(kEvil);
  step.offers = {proto::Step::Offers::kPassword, proto::Step::Offers::kCode};
  const LoginGoal goal{SecretBytes(kEvil), std::string(kEvil), std::string(kEvil), {}};
  proto::Decision decision;
  decision.client_name = std::string(kEvil);
  decision.scopes = {{std::string(kEvil), "openid"}};
  const Page pages[] = {LoginPage(TestSite(), step, goal, kEvil), ErrorPage(TestSite(), kEvil, kEvil, kEvil),
                        ConsentPage(TestSite(), decision, kEvil, SecretBytes(kEvil), SecretBytes(kEvil), {}),
                        LinkPage(TestSite(), SecretBytes(kEvil), kEvil, kEvil, kEvil, {})};
  for (const Page& page : pages) {
    const Response response = PageResponse(200, TestSite(), page);
    const std::string text(response.body.RevealText());
    EXPECT_THAT(text, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(text, Not(HasSubstr("\"\">"))) << "an attribute that ends early";
  }
}

TEST(Pages, I40_AreFramedByNobodyKeptByNobodyAndSendFormsToNobodyElse) {
  Page page = ErrorPage(TestSite(), "a", "b", "");
  const std::string alone = FieldOf(PageResponse(200, TestSite(), page), "Content-Security-Policy");
  EXPECT_THAT(alone, HasSubstr("default-src 'none'"));
  EXPECT_THAT(alone, HasSubstr("script-src 'self'"));
  EXPECT_THAT(alone, HasSubstr("frame-ancestors 'none'"));
  EXPECT_TRUE(alone.ends_with("form-action 'self'")) << alone;
  EXPECT_THAT(alone, Not(HasSubstr("unsafe")));
  page.form_targets = FormTargets("https://app.example.org/callback;x");
  const Response response = PageResponse(200, TestSite(), page);
  EXPECT_TRUE(FieldOf(response, "Content-Security-Policy").ends_with("form-action 'self' https://app.example.org"));
  EXPECT_EQ("no-store", FieldOf(response, "Cache-Control"));
  EXPECT_EQ("DENY", FieldOf(response, "X-Frame-Options"));
}

TEST(Pages, FormsLeadOnlyWhereAnAddressCanBeNamedExactly) {
  EXPECT_TRUE(FormTargets("javascript:alert(1)").empty());
  EXPECT_TRUE(FormTargets("https://a; script-src *").empty());
  EXPECT_TRUE(FormTargets("").empty());
  EXPECT_EQ(std::vector<std::string>{"com.example.app:"}, FormTargets("com.example.app:/cb"));
}

TEST(Pages, AssetsHaveNamesOfTheirContent) {
  for (const std::string file : {"style.css", "webauthn.js"}) {
    EXPECT_NE("", AssetName(file));
    EXPECT_NE(file, AssetName(file));
  }
}

TEST(Pages, PagesHaveNoInlineScriptOrStyle) {
  proto::Step step;
  step.attempt = SecretBytes(std::string_view("x"));
  const Response response = PageResponse(200, TestSite(), LoginPage(TestSite(), step, {}, ""));
  const std::string text(response.body.RevealText());
  EXPECT_THAT(text, Not(HasSubstr("style=\"")));
  EXPECT_THAT(text, Not(HasSubstr("<style")));
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
  EXPECT_THAT(text, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(text, HasSubstr("<label for=\"user\">"));
}

TEST(Pages, QrCodesAreDrawn) {
  EXPECT_THAT(std::string(QrCode(SecretBytes(std::string_view("otpauth://totp/x?secret=ABC"))).view()), HasSubstr("<path"));
  EXPECT_TRUE(QrCode(SecretBytes(std::string(5000, 'a'))).empty());
}

TEST(Authorization, CarriesARequestAsItCame) {
  const auto form = Form::Parse("client_id=a&state=x%26y&unknown=1&nonce=1&nonce=2");
  ASSERT_TRUE(form.ok());
  const SecretBytes query = QueryOf(*form);
  EXPECT_EQ("client_id=a&state=x%26y&nonce=1&nonce=1", query.RevealText());
  const auto again = Form::Parse(query.RevealText());
  ASSERT_TRUE(again.ok());
  const auto request = AuthorizationOf(*again);
  EXPECT_EQ("x&y", request.state);
  EXPECT_EQ(std::vector<std::string>{"nonce"}, request.duplicated);
}

TEST(Authorization, RedirectsKeepTheQueryThatIsRegistered) {
  proto::Redirect redirect;
  redirect.uri = "https://app/cb?tenant=1";
  redirect.parameters.push_back({"code", SecretBytes(std::string_view("a b"))});
  EXPECT_EQ("https://app/cb?tenant=1&code=a%20b", LocationOf(redirect));
  redirect.uri = "https://app/cb";
  EXPECT_EQ("https://app/cb?code=a%20b", LocationOf(redirect));
}

}  // namespace
}  // namespace fob::web
