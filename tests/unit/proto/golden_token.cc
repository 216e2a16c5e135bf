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
      .Last({.access_token = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"),
             .token_type = "Bearer",
             .expires_in = 300,
             .scope = "read write",
             .grant = "grant_AAECAwQFBgcICQoLDA0ODw"});
  goldens.Of<token::Verify>()
      .Call({.access_token = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln")})
      .Last({.active = true, .claims = JsonText{R"({"sub":"c3Vi","amr":["pwd","otp","mfa"],"exp":1700000300})"}})
      .Last({.active = false, .why = "grant_revoked"});
  goldens.Of<token::Jwks>().Call({}).Last(
      {.jwks = JsonText{R"({"keys":[{"kty":"EC","crv":"P-256","x":"eA","y":"eQ","kid":"a2lk","alg":"ES256","use":"sig"}]})"}});
}

}  // namespace fob::proto
