#include "tests/functional/web_e2e/web_end_to_end.h"

#include "base/encoding.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

DaemonSetup SetupFor(const LoopbackSocket& socket, uid_t gateway_uid) {
  DaemonSetup setup = AtTheStartOfAStep();
  setup.issuer = socket.origin();
  setup.tables = "[web]\npassword_worker = [\"" FOB_SOURCE_DIR "/tests/support/web/password-check\"]\n";
  if (gateway_uid != 0) setup.tables += "gateway_uid = " + std::to_string(gateway_uid) + "\n";
  setup.rules = "[[rule]]\nname = \"web\"\nservice = \"fob-web\"\nrequire = \"key+uv | key | totp | recovery\"\n" + setup.rules;
  return setup;
}

std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string FormOf(const Parameters& parameters) {
  std::string form;
  for (const auto& [name, value] : parameters) form += (form.empty() ? "" : "&") + Encoded(name) + "=" + Encoded(value);
  return form;
}

WebEndToEnd::WebEndToEnd(uid_t gateway_uid) : EndToEnd(SetupFor(socket_, gateway_uid)), browser_(socket_.port()) {
  webd_ = std::make_unique<GatewayProcess>(socket_, daemon_.socket(), "", "", gateway_uid);
  EnrolTotp();
}

EndToEnd::App WebEndToEnd::AddWebApp(const std::string& name, proto::ClientSettings settings) {
  if (!settings.redirect_uris) settings.redirect_uris = {{kCallback}};
  if (!settings.refresh_lifetime_ms) settings.refresh_lifetime_ms = 3'600'000;
  auto added = daemon_.Call<proto::admin::AddClient>({name, std::move(settings)});
  if (!added.ok()) return ADD_FAILURE() << added.error().text, App();
  return {added->client.client_id, added->client_secret ? std::move(*added->client_secret) : SecretBytes()};
}

Parameters WebEndToEnd::Request(const App& app, const Parameters& changed) const {
  Parameters request = {{"client_id", app.id}, {"redirect_uri", kCallback}, {"response_type", "code"}, {"scope", "openid profile"},
                        {"state", "s1"}, {"nonce", "n1"}, {"code_challenge", kChallenge}, {"code_challenge_method", "S256"}};
  for (const auto& [name, value] : changed) {
    if (value.empty()) {
      request.erase(name);
    } else {
      request[name] = value;
    }
  }
  return request;
}

HttpAnswer WebEndToEnd::Authorize(HttpClient& browser, const Parameters& request) { return browser.Get("/authorize?" + FormOf(request)); }

HttpAnswer WebEndToEnd::SignIn(HttpClient& browser, const HttpAnswer& answer) {
  const auto post = [&](const HttpAnswer& page, const std::string& what, const std::string& field, const std::string& value) {
    return browser.Submit("/login", FormOf({{"do", what}, {"attempt", HiddenField(page.body, "attempt")},
                                            {"request", HiddenField(page.body, "request")}, {field, value}}));
  };
  const HttpAnswer named = post(answer, "name", "user", Me());
  const HttpAnswer known = post(named, "password", "password", "correct horse");
  return post(known, "code", "code", NextCode());
}

Parameters WebEndToEnd::Returned(const HttpAnswer& answer) {
  Parameters parameters;
  const std::string location = answer.Field("location");
  const size_t question = location.find('?');
  if (question == std::string::npos) return parameters;
  for (size_t at = question + 1; at < location.size();) {
    const size_t end = std::min(location.find('&', at), location.size());
    const std::string pair = location.substr(at, end - at);
    parameters[Decoded(pair.substr(0, pair.find('=')))] = Decoded(pair.substr(pair.find('=') + 1));
    at = end + 1;
  }
  return parameters;
}

std::string WebEndToEnd::Code(const App& app, const Parameters& changed) {
  HttpAnswer answer = Authorize(browser_, Request(app, changed));
  if (answer.status == 200 && answer.body.find("name=\"attempt\"") != std::string::npos) answer = SignIn(browser_, answer);
  const Parameters returned = Returned(answer);
  const auto code = returned.find("code");
  if (code == returned.end()) return ADD_FAILURE() << answer.status << " " << answer.Field("location") << answer.body, "";
  return code->second;
}

HttpAnswer WebEndToEnd::Token(const App& app, const Parameters& form) {
  HttpClient client(socket_.port());
  return client.Post("/token", FormOf(form), {{"Authorization", Basic(app.id, std::string(app.secret.RevealText()))}});
}

HttpAnswer WebEndToEnd::Redeem(const App& app, const std::string& code, const Parameters& changed) {
  Parameters form = {{"grant_type", "authorization_code"}, {"code", code}, {"redirect_uri", kCallback}, {"code_verifier", kVerifier}};
  for (const auto& [name, value] : changed) {
    if (value.empty()) {
      form.erase(name);
    } else {
      form[name] = value;
    }
  }
  return Token(app, form);
}

std::string WebEndToEnd::Member(const HttpAnswer& answer, const std::string& name) {
  boost::system::error_code failed;
  const auto value = boost::json::parse(answer.body, failed);
  if (failed || !value.is_object()) return "";
  const auto* member = value.get_object().if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
}

boost::json::object WebEndToEnd::ClaimsOf(const std::string& jwt) {
  const size_t first = jwt.find('.'), second = jwt.find('.', first + 1);
  if (second == std::string::npos) return ADD_FAILURE() << "no JWT: " << jwt, boost::json::object();
  const auto payload = Base64UrlDecode(jwt.substr(first + 1, second - first - 1));
  return boost::json::parse(AsText(*payload)).as_object();
}

bool WebEndToEnd::Active(const App& app, const std::string& token) {
  HttpClient client(socket_.port());
  const HttpAnswer answer =
      client.Post("/introspect", FormOf({{"token", token}}), {{"Authorization", Basic(app.id, std::string(app.secret.RevealText()))}});
  EXPECT_EQ(200, answer.status) << answer.body;
  return answer.body.find("\"active\":true") != std::string::npos;
}

}  // namespace fob::testing
