#include "tests/unit/proto/golden.h"

namespace fob::proto {

void AddTokenExamples(Goldens& goldens) {
  goldens.Of<token::Ticket>()
      .Call({.client_id = "client_AAECAwQFBgcICQoLDA0ODw",
             .audience = "https://wiki.example.org",
             .scope = "read write",
             .login = "login_3q2-7wAAAAAAAAAAAAAAAA"})
      .Call({.client_id = "wiki"})
      .Last({.ticket = Secret("tkt_dGlja2V0LXRpY2tldA"),
             .audience = "https://wiki.example.org",
             .login = "login_3q2-7wAAAAAAAAAAAAAAAA",
             .expires_at = 1700000030});
  goldens.Of<token::Exchange>()
      .Call({.client_id = "client_AAECAwQFBgcICQoLDA0ODw",
             .client_secret = Secret("c2VjcmV0LXNlY3JldA"),
             .ticket = Secret("tkt_dGlja2V0LXRpY2tldA"),
             .audience = "https://wiki.example.org"})
      .Call({.client_assertion = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"), .ticket = Secret("tkt_dGlja2V0LXRpY2tldA")})
      .Last({.access_token = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"),
             .token_type = "Bearer",
             .expires_in = 300,
             .scope = "read write",
             .grant = "grant_AAECAwQFBgcICQoLDA0ODw"})
      .Last({.access_token = Secret("at_b3BhcXVl"),
             .token_type = "Bearer",
             .expires_in = 300,
             .scope = "",
             .grant = "grant_AAECAwQFBgcICQoLDA0ODw",
             .refresh_token = Secret("rt_cmVmcmVzaA")});
  goldens.Of<token::RedeemCode>()
      .Call({.client_id = "wiki",
             .client_secret = Secret("c2VjcmV0LXNlY3JldA"),
             .code = Secret("code_Y29kZQ"),
             .redirect_uri = "https://wiki.example.org/callback",
             .code_verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")})
      .Call({.client_id = "app", .code = Secret("code_Y29kZQ")})
      .Last({.access_token = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"),
             .token_type = "Bearer",
             .expires_in = 300,
             .scope = "openid profile",
             .grant = "grant_AAECAwQFBgcICQoLDA0ODw",
             .refresh_token = Secret("rt_cmVmcmVzaA"),
             .id_token = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln")});
  goldens.Of<token::Take>()
      .Call({.client_id = "wiki"})
      .Call({.client_id = "wiki",
             .audience = "https://wiki.example.org",
             .scope = "read",
             .login = "login_3q2-7wAAAAAAAAAAAAAAAA"})
      .Last({.access_token = Secret("at_b3BhcXVl"),
             .token_type = "Bearer",
             .expires_in = 300,
             .scope = "read",
             .grant = "grant_AAECAwQFBgcICQoLDA0ODw"});
  goldens.Of<token::Refresh>()
      .Call({.client_id = "wiki",
             .client_secret = Secret("c2VjcmV0LXNlY3JldA"),
             .refresh_token = Secret("rt_cmVmcmVzaA")})
      .Call({.client_id = "wiki",
             .client_secret = Secret("c2VjcmV0LXNlY3JldA"),
             .refresh_token = Secret("rt_cmVmcmVzaA"),
             .scope = "read"})
      .Last({.access_token = Secret("at_b3BhcXVl"),
             .token_type = "Bearer",
             .expires_in = 300,
             .scope = "read",
             .grant = "grant_AAECAwQFBgcICQoLDA0ODw",
             .refresh_token = Secret("rt_bmV4dA")});
  goldens.Of<token::ClientCredentials>()
      .Call({.client_id = "robot", .client_secret = Secret("c2VjcmV0LXNlY3JldA")})
      .Call({.client_id = "robot",
             .client_secret = Secret("c2VjcmV0LXNlY3JldA"),
             .audience = "https://wiki.example.org",
             .scope = "read"})
      .Last({.access_token = Secret("at_b3BhcXVl"),
             .token_type = "Bearer",
             .expires_in = 300,
             .scope = "read",
             .grant = "grant_AAECAwQFBgcICQoLDA0ODw"});
  const TokenInfo machine = {.iss = "https://login.example.org",
                             .sub = "client_AAECAwQFBgcICQoLDA0ODw",
                             .aud = "https://wiki.example.org",
                             .client_id = "client_AAECAwQFBgcICQoLDA0ODw",
                             .token_type = "Bearer",
                             .scope = "read",
                             .exp = 1700000300};
  TokenInfo info = machine;
  info.sub = "c3Vi";
  info.iat = 1700000000;
  info.jti = "grant_AAECAwQFBgcICQoLDA0ODw.cmFuZG9t.1700000300";
  info.username = "ada";
  info.auth_time = 1700000000;
  info.acr = "mfa";
  info.amr = {{"pwd", "otp", "mfa"}};
  info.sid = "login_3q2-7wAAAAAAAAAAAAAAAA";
  info.groups = {{"staff"}};
  const Grant grant = {.grant = "grant_AAECAwQFBgcICQoLDA0ODw",
                       .client_id = "client_AAECAwQFBgcICQoLDA0ODw",
                       .client = "wiki",
                       .user = "ada",
                       .login = "login_3q2-7wAAAAAAAAAAAAAAAA",
                       .audience = "https://wiki.example.org",
                       .scope = "read",
                       .created_at = 1700000000,
                       .expires_at = 1700000300,
                       .live = true};
  Grant dead = grant;
  dead.user.reset();
  dead.login.reset();
  dead.live = false;
  dead.why = "it was revoked";
  goldens.Of<token::Introspect>()
      .Call({.client_id = "wiki",
             .client_secret = Secret("c2VjcmV0LXNlY3JldA"),
             .token = Secret("at_b3BhcXVl")})
      .Last({.active = true, .info = info})
      .Last({.active = true, .info = machine})
      .Last({.active = false});
  goldens.Of<token::Revoke>()
      .Call({.token = Secret("at_b3BhcXVl")})
      .Call({.token = Secret("at_b3BhcXVl"),
             .client_id = "wiki",
             .client_secret = Secret("c2VjcmV0LXNlY3JldA")})
      .Last({})
      .Last({.revoked = true})
      .Last({.revoked = false});
  goldens.Of<token::UserInfo>()
      .Call({.access_token = Secret("at_b3BhcXVl")})
      .Last({.claims = JsonText{R"({"sub":"c3Vi","preferred_username":"ada","groups":["staff"]})"}});
  goldens.Of<token::Explain>()
      .Call({.token = Secret("at_b3BhcXVl")})
      .Last({.active = true,
             .kind = token::Explain::Out::Kind::kJwt,
             .info = info,
             .grant = grant,
             .factors = {{"password", "totp"}},
             .service = "sshd",
             .rule = "ssh"})
      .Last({.active = false,
             .kind = token::Explain::Out::Kind::kOpaque,
             .why = "it was revoked",
             .info = machine,
             .grant = dead})
      .Last({.active = false, .kind = token::Explain::Out::Kind::kRefresh, .why = "it was used"});
  goldens.Of<token::ListGrants>()
      .Call({})
      .Call({.user = "ada", .login = "login_x", .client_id = "wiki", .all = true, .before = grant.grant})
      .Last({.grants = {grant, dead}, .next = dead.grant});
  goldens.Of<token::RevokeGrants>()
      .Call({.grant = grant.grant})
      .Call({.login = "login_x"})
      .Call({.client_id = "wiki"})
      .Call({.user = "ada"})
      .Last({.grant = dead})
      .Last({.revoked = 3});
  goldens.Of<token::Verify>()
      .Call({.access_token = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln")})
      .Last({.active = true, .claims = JsonText{R"({"sub":"c3Vi","amr":["pwd","otp","mfa"],"exp":1700000300})"}})
      .Last({.active = true, .info = info})
      .Last({.active = false, .why = "grant_revoked"});
  goldens.Of<token::Jwks>().Call({}).Last(
      {.jwks = JsonText{R"({"keys":[{"kty":"EC","crv":"P-256","x":"eA","y":"eQ","kid":"a2lk","alg":"ES256","use":"sig"}]})"}});
}

}  // namespace fob::proto
