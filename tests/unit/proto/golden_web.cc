#include "tests/unit/proto/golden.h"

namespace fob::proto {
namespace {

constexpr std::string_view kBrowser = "YnJvd3Nlci1icm93c2VyLWJyb3dzZXItYnJvd3Nlcg";
constexpr std::string_view kAttempt = "attempt_YXR0ZW1wdA";
constexpr std::string_view kSession = "session_c2Vzc2lvbg";

Session Ada() {
  return {.login = "login_3q2-7wAAAAAAAAAAAAAAAA",
          .user = "ada",
          .sub = "c3Vi",
          .host = "desk",
          .factors = {"key+uv"},
          .acr = "phr",
          .authenticated_at = 1700000000,
          .expires_at = 1700043200};
}

KeyOptions OptionsToGet() {
  return {.challenge = "Y2hhbGxlbmdl",
          .rp_id = "login.example.org",
          .rp_name = "login.example.org",
          .credentials = {{"Y3JlZGVudGlhbA", {"usb", "nfc"}}},
          .user_verification = KeyOptions::UserVerification::kPreferred,
          .timeout_ms = 120000};
}

KeyOptions OptionsToCreate() {
  KeyOptions options = OptionsToGet();
  options.user_verification = KeyOptions::UserVerification::kRequired;
  options.user_handle = "YzNWaQ";
  options.user_name = "ada";
  options.algorithms = {{"ES256", "EdDSA", "RS256"}};
  options.discoverable = true;
  return options;
}

Step Began() {
  return {.attempt = Secret(kAttempt), .offers = {Step::Offers::kKey}, .key = OptionsToGet(), .expires_at = 1700000300};
}

Step Asking() {
  Step step = Began();
  step.user = "ada";
  step.offers = {Step::Offers::kKey, Step::Offers::kPassword, Step::Offers::kCode};
  step.message = "That was not accepted.";
  return step;
}

Step SignedIn() {
  Step step;
  step.attempt = Secret(kAttempt);
  step.user = "ada";
  step.session = Secret(kSession);
  step.signed_in = Ada();
  step.expires_at = 1700000300;
  return step;
}

AuthorizationRequest Plain() {
  AuthorizationRequest request;
  request.client_id = "wiki";
  request.redirect_uri = "https://wiki.example.org/callback";
  request.response_type = "code";
  request.scope = "openid profile";
  request.state = "c3RhdGU";
  request.nonce = "bm9uY2U";
  request.code_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  request.code_challenge_method = "S256";
  return request;
}

AuthorizationRequest Full() {
  AuthorizationRequest request = Plain();
  request.response_mode = "form_post";
  request.prompt = "login";
  request.max_age = "300";
  request.acr_values = "phrh phr";
  request.claims = R"({"id_token":{"acr":{"essential":true,"values":["phr"]}}})";
  request.login_hint = "ada";
  request.id_token_hint = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln");
  request.resource = "https://wiki.example.org";
  request.request = "eyJhbGciOiJub25lIn0.e30.";
  request.request_uri = "https://wiki.example.org/request";
  request.registration = "{}";
  request.duplicated = {{"state"}};
  return request;
}

Decision ToClient() {
  Decision decision;
  decision.outcome = Decision::Outcome::kRedirect;
  decision.redirect.emplace();
  decision.redirect->uri = "https://wiki.example.org/callback";
  decision.redirect->mode = Redirect::Mode::kFormPost;
  decision.redirect->parameters.push_back({"code", Secret("code_Y29kZQ")});
  decision.redirect->parameters.push_back({"iss", Secret("https://login.example.org")});
  return decision;
}

}  // namespace

void AddWebExamples(Goldens& goldens) {
  goldens.Of<web::BeginLogin>()
      .Call({.browser = Secret(kBrowser), .rhost = "192.0.2.7"})
      .Call({.browser = Secret(kBrowser), .rhost = "192.0.2.7", .acr = "phr"})
      .Last({.step = Began()});
  goldens.Of<web::Identify>()
      .Call({.browser = Secret(kBrowser), .attempt = Secret(kAttempt), .user = "ada"})
      .Last({.step = Asking()});
  goldens.Of<web::ShowAttempt>()
      .Call({.browser = Secret(kBrowser), .attempt = Secret(kAttempt)})
      .Last({.step = Asking()});
  goldens.Of<web::ProveKey>()
      .Call({.browser = Secret(kBrowser),
             .attempt = Secret(kAttempt),
             .credential_id = "Y3JlZGVudGlhbA",
             .client_data = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
             .auth_data = "YXV0aA",
             .signature = "c2ln",
             .user_handle = "YzNWaQ"})
      .Last({.step = SignedIn()});
  goldens.Of<web::ProvePassword>()
      .Call({.browser = Secret(kBrowser), .attempt = Secret(kAttempt), .password = Secret("correct horse")})
      .Last({.step = Asking()});
  goldens.Of<web::ProveCode>()
      .Call({.browser = Secret(kBrowser), .attempt = Secret(kAttempt), .code = Secret("123456")})
      .Last({.step = SignedIn()});
  goldens.Of<web::ShowSession>().Call({.session = Secret(kSession)}).Last({.signed_in = Ada()});
  goldens.Of<web::EndSession>().Call({.session = Secret(kSession)}).Last({});
  Decision consent;
  consent.outcome = Decision::Outcome::kConsent;
  consent.client_name = "wiki";
  consent.scopes = {{"openid", "profile"}};
  consent.audience = "https://wiki.example.org";
  Decision sign_in;
  sign_in.outcome = Decision::Outcome::kLogin;
  sign_in.acr = "phr";
  sign_in.login_hint = "ada";
  sign_in.fresh = true;
  Decision page;
  page.outcome = Decision::Outcome::kPage;
  page.error = "invalid_request";
  page.description = "the redirect_uri is not registered for this client";
  goldens.Of<web::Authorize>()
      .Call({.request = Plain()})
      .Call({.session = Secret(kSession), .attempt = Secret(kAttempt), .request = Full()})
      .Last({.decision = ToClient()})
      .Last({.decision = std::move(sign_in)})
      .Last({.decision = std::move(page)})
      .Last({.decision = std::move(consent)});
  goldens.Of<web::Consent>()
      .Call({.session = Secret(kSession), .attempt = Secret(kAttempt), .request = Plain(), .allow = true})
      .Last({.decision = ToClient()});
  goldens.Of<web::Logout>()
      .Call({.confirmed = true})
      .Call({.session = Secret(kSession),
             .id_token_hint = Secret("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"),
             .client_id = "wiki",
             .post_logout_redirect_uri = "https://wiki.example.org/bye",
             .state = "c3RhdGU",
             .confirmed = false})
      .Last({.confirm = true, .client_name = "wiki"})
      .Last({.confirm = false, .redirect_uri = "https://wiki.example.org/bye?state=c3RhdGU"});
  goldens.Of<web::CreateLink>()
      .Call({.target = "https://wiki.example.org/"})
      .Call({.target = "https://wiki.example.org/", .login = "login_3q2-7wAAAAAAAAAAAAAAAA"})
      .Last({.link = Secret("link_bGluaw"), .page = "https://login.example.org/link", .expires_at = 1700000060});
  goldens.Of<web::ShowLink>()
      .Call({.browser = Secret(kBrowser), .link = Secret("link_bGluaw")})
      .Last({.user = "ada", .host = "desk", .target = "https://wiki.example.org/"});
  goldens.Of<web::FollowLink>()
      .Call({.browser = Secret(kBrowser), .link = Secret("link_bGluaw")})
      .Last({.session = Secret(kSession), .signed_in = Ada(), .target = "https://wiki.example.org/"});
  goldens.Of<web::BeginKey>()
      .Call({.session = Secret(kSession), .name = "blue", .discoverable = true})
      .Last({.attempt = Secret(kAttempt), .key = OptionsToCreate()});
  goldens.Of<web::FinishKey>()
      .Call({.session = Secret(kSession),
             .attempt = Secret(kAttempt),
             .credential_id = "Y3JlZGVudGlhbA",
             .client_data = "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
             .attestation_object = "o2NmbXQ",
             .transports = {"internal"}})
      .Last({.key = BlueKey()});
  goldens.Of<web::BeginOtp>()
      .Call({.session = Secret(kSession), .name = "phone"})
      .Last({.attempt = Secret(kAttempt),
             .otpauth_uri = Secret("otpauth://totp/fob:ada?secret=GEZDGNBVGY3TQOJQ"),
             .otp_secret = Secret("GEZDGNBVGY3TQOJQ")});
  goldens.Of<web::FinishOtp>()
      .Call({.session = Secret(kSession), .attempt = Secret(kAttempt), .code = Secret("123456")})
      .Last({.otp = PhoneOtp()});
  goldens.Of<web::Metadata>().Call({}).Last({.issuer = "https://login.example.org",
                                             .rp_id = "login.example.org",
                                             .scopes = {"openid", "profile", "groups"},
                                             .acr_values = {"phrh", "phr", "mfa", "sfa"},
                                             .algorithms = {"ES256"},
                                             .origins = {"https://wiki.example.org"}});
}

}  // namespace fob::proto
