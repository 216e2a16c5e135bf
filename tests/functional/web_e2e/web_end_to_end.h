#pragma once

#include <map>

#include "tests/functional/e2e/end_to_end.h"
#include "tests/support/web/gateway_process.h"
#include "tests/support/web/http_client.h"

namespace fob::testing {

using Parameters = std::map<std::string, std::string>;

// Lives before the daemon, whose issuer has its port.
struct WebSocketHolder {
  LoopbackSocket socket_;
};

// A user with a password and an otp, the real fobd, the real gateway, and a web app's side of OAuth.
class WebEndToEnd : protected WebSocketHolder, public EndToEnd {
 protected:
  static constexpr const char* kCallback = "https://app.example.org/callback";
  static constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";  // RFC 7636 appendix B
  static constexpr const char* kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

  // `gateway_uid`: the gateway runs under it, and fobd knows it as such; else under the test's own, which fobd trusts.
  explicit WebEndToEnd(uid_t gateway_uid = 0);

  App AddWebApp(const std::string& name, proto::ClientSettings settings = {});
  // A good authorization request of `app`, with some parameters changed; an empty value leaves one out.
  Parameters Request(const App& app, const Parameters& changed = {}) const;
  HttpAnswer Authorize(HttpClient& browser, const Parameters& request);
  // Signs in with password and code at the page that `answer` shows; what comes of it.
  HttpAnswer SignIn(HttpClient& browser, const HttpAnswer& answer);
  // What the app gets in the query of a redirect.
  static Parameters Returned(const HttpAnswer& answer);
  // From the request to the code, in a browser that is signed in already, or signs in now.
  std::string Code(const App& app, const Parameters& changed = {});
  HttpAnswer Token(const App& app, const Parameters& form);
  HttpAnswer Redeem(const App& app, const std::string& code, const Parameters& changed = {});
  static std::string Member(const HttpAnswer& answer, const std::string& name);
  static boost::json::object ClaimsOf(const std::string& jwt);
  bool Active(const App& app, const std::string& token);

  std::string issuer() const { return socket_.origin(); }

  std::unique_ptr<GatewayProcess> webd_;
  HttpClient browser_;
};

std::string FormOf(const Parameters& parameters);

}  // namespace fob::testing
