// The whole life of tokens against the real daemon and fobctl.
#include <set>

#include "base/encoding.h"
#include "tests/functional/cli/fobctl.h"
#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class TokensEndToEnd : public EndToEnd {
 protected:
  TokensEndToEnd() {
    EnrolTotp();
    login_ = LogIn();
  }
  static proto::ClientSettings Settings() {
    proto::ClientSettings settings;
    settings.audiences = {{"wiki"}};
    settings.scopes = {{"read"}};
    return settings;
  }
  proto::token::Exchange::Out Get(const App& app) {
    auto ticket = Ticket(app);
    EXPECT_TRUE(ticket.ok());
    auto out = Exchange(app, ticket->ticket);
    EXPECT_TRUE(out.ok()) << ReasonOf(out);
    return out.ok() ? *std::move(out) : proto::token::Exchange::Out();
  }
  bool Active(const App& app, const SecretBytes& token) {
    const auto out = daemon_.Call<proto::token::Introspect>({app.id, app.secret.Clone(), {}, token.Clone()});
    const auto verified = daemon_.Call<proto::token::Verify>({token.Clone()});
    EXPECT_TRUE(out.ok() && verified.ok());
    EXPECT_EQ(out->active, verified->active);
    return out->active;
  }
  Outcome Fobctl(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), {"--socket", daemon_.socket()});
    return RunFobctl(arguments, input);
  }
  std::string Says(std::vector<std::string> arguments, const std::string& input = "") const {
    const Outcome outcome = Fobctl(std::move(arguments), input);
    EXPECT_EQ(0, outcome.code) << outcome.err;
    return outcome.out;
  }
  boost::json::object Header(const SecretBytes& token) const {
    const std::string_view text = token.RevealText();
    const auto bytes = Base64UrlDecode(text.substr(0, text.find('.')));
    return boost::json::parse(AsText(*bytes)).as_object();
  }
  std::vector<std::string> Kids() {
    std::vector<std::string> kids;
    const auto out = daemon_.Call<proto::token::Jwks>({});
    const boost::json::value set = boost::json::parse(out->jwks.text);
    for (const auto& key : set.at("keys").as_array()) kids.emplace_back(key.at("kid").as_string());
    return kids;
  }
  std::string login_;
};

TEST_F(TokensEndToEnd, I31_RevokedStaysRevokedOverKill9) {
  auto opaque = Settings();
  opaque.token_kind = proto::ClientSettings::TokenKind::kOpaque;
  for (const App& app : {AddApp("jwts", Settings()), AddApp("opaques", opaque)}) {
    const auto one = Get(app);
    const auto two = Get(app);
    EXPECT_TRUE(Active(app, one.access_token));
    ASSERT_TRUE(daemon_.Call<proto::token::Revoke>({one.access_token.Clone(), app.id, app.secret.Clone(), {}}).ok());
    EXPECT_FALSE(Active(app, one.access_token));
    EXPECT_TRUE(Active(app, two.access_token)) << "I32";
    daemon_.Kill();
    daemon_.Start();
    EXPECT_FALSE(Active(app, one.access_token));
    EXPECT_TRUE(Active(app, two.access_token));
    ASSERT_TRUE(daemon_.Call<proto::token::RevokeGrants>({two.grant, {}, {}, {}, {}}).ok());
    daemon_.Kill();
    daemon_.Start();
    EXPECT_FALSE(Active(app, two.access_token));
  }
}

TEST_F(TokensEndToEnd, I38_EachAlgorithmSignsWithItsOwnKey) {
  using Algorithm = proto::ClientSettings::Algorithm;
  std::set<std::string> kids;
  for (const auto& [algorithm, name] :
       {std::pair(Algorithm::kES256, "ES256"), {Algorithm::kEdDSA, "EdDSA"}, {Algorithm::kRS256, "RS256"}}) {
    auto settings = Settings();
    settings.algorithm = algorithm;
    const App app = AddApp(name, settings);
    const auto tokens = Get(app);
    const auto header = Header(tokens.access_token);
    EXPECT_EQ(name, header.at("alg").as_string());
    EXPECT_EQ("at+jwt", header.at("typ").as_string());
    kids.emplace(header.at("kid").as_string());
    EXPECT_TRUE(Active(app, tokens.access_token));
  }
  EXPECT_EQ(3U, kids.size());
  const auto published = Kids();
  EXPECT_EQ(kids, std::set<std::string>(published.begin(), published.end()));
}

TEST_F(TokensEndToEnd, I43_ARotatedKeyIsPublishedBeforeItSignsAndStaysForItsLastToken) {
  auto settings = Settings();
  settings.token_lifetime_ms = 3'600'000;
  const App app = AddApp("Wiki", settings);
  const auto before = Get(app);
  const auto old = std::string(Header(before.access_token).at("kid").as_string());
  EXPECT_THAT(Says({"keys", "rotate"}), HasSubstr("signs from"));
  EXPECT_EQ(6, Fobctl({"keys", "rotate"}).code) << "one at a time";
  ASSERT_EQ(2U, Kids().size()) << "published";
  EXPECT_EQ(old, std::string(Header(Get(app).access_token).at("kid").as_string())) << "and not signing yet";
  daemon_.Restart();
  ASSERT_EQ(2U, Kids().size());
  daemon_.Advance(3599);
  const auto last = Get(app);
  EXPECT_EQ(old, std::string(Header(last.access_token).at("kid").as_string()));
  daemon_.Advance(1);
  const auto after = Get(app);
  EXPECT_NE(old, std::string(Header(after.access_token).at("kid").as_string()));
  EXPECT_TRUE(Active(app, last.access_token));
  daemon_.Advance(3598);
  daemon_.Restart();
  EXPECT_TRUE(Active(app, last.access_token)) << "a second before it expires";
  EXPECT_THAT(Says({"keys", "list"}), HasSubstr("old"));
}

TEST_F(TokensEndToEnd, TheClockSetBackRevivesNothingOverARestart) {
  auto settings = Settings();
  settings.refresh_lifetime_ms = 3'600'000;
  const App app = AddApp("Wiki", settings);
  const auto tokens = Get(app);
  auto ticket = Ticket(app);
  ASSERT_TRUE(daemon_.Call<proto::token::Refresh>({app.id, app.secret.Clone(), {}, tokens.refresh_token->Clone(), {}}).ok());
  daemon_.Advance(301);
  EXPECT_EQ("ticket_expired", ReasonOf(Exchange(app, ticket->ticket)));
  EXPECT_FALSE(Active(app, tokens.access_token));
  daemon_.Kill();
  daemon_.SetTime(daemon_.time() - 300);
  daemon_.Start();
  EXPECT_EQ("ticket_expired", ReasonOf(Exchange(app, ticket->ticket)));
  EXPECT_FALSE(Active(app, tokens.access_token));
  EXPECT_EQ("invalid_grant", ReasonOf(daemon_.Call<proto::token::Refresh>(
                                 {app.id, app.secret.Clone(), {}, tokens.refresh_token->Clone(), {}})))
      << "its grace is over";
}

TEST_F(TokensEndToEnd, FobctlTakesExplainsAndRevokesTokens) {
  const std::string added = Says({"--json", "client", "add", "Cli", "-a", "wiki", "-s", "read", "--kind", "opaque",
                                  "--direct", "yes", "--refresh", "1h"});
  const std::string id(boost::json::parse(added).at("client").at("client_id").as_string());
  EXPECT_THAT(Says({"client", "show", "Cli"}), HasSubstr("opaque"));
  const std::string token = Says({"token", "--client", "Cli"});
  EXPECT_THAT(token, StartsWith("at_"));
  EXPECT_THAT(Says({"token", "verify"}, token), HasSubstr("wiki"));
  const std::string told = Says({"explain", "token"}, token);
  EXPECT_THAT(told, HasSubstr("active"));
  EXPECT_THAT(told, HasSubstr("password + totp"));
  EXPECT_THAT(told, HasSubstr("sshd"));
  EXPECT_THAT(told, HasSubstr(login_));
  const std::string grants = Says({"grant", "list"});
  EXPECT_THAT(grants, HasSubstr("Cli"));
  EXPECT_THAT(Says({"token", "revoke"}, token), HasSubstr("revoked"));
  EXPECT_EQ(1, Fobctl({"token", "verify"}, token).code);
  const std::string another = Says({"token", "--client", "Cli", "--scope", "read"});
  const boost::json::value listed = boost::json::parse(Says({"--json", "grant", "list"}));
  const std::string newest(listed.at("grants").at(0).at("grant").as_string());
  EXPECT_THAT(Says({"grant", "revoke", newest}), HasSubstr(newest));
  EXPECT_EQ(1, Fobctl({"token", "verify"}, another).code);
  EXPECT_THAT(Says({"explain", "token"}, another), HasSubstr("no: it was revoked"));
  EXPECT_EQ(2, Fobctl({"grant", "revoke"}).code);
  EXPECT_EQ(2, Fobctl({"token", "verify", std::string(another, 0, another.size() - 1)}).code) << "no token in argv";
  Says({"client", "update", "Cli", "--direct", "no", "--clear", "scopes"});
  EXPECT_EQ(1, Fobctl({"token", "--client", "Cli"}).code);
  EXPECT_THAT(Says({"client", "show", "Cli"}), Not(HasSubstr("scopes")));
}

}  // namespace
}  // namespace fob::testing
