#include "web/pages/plain_pages.h"

#include <utility>

namespace fob::web {
namespace {

struct Meaning {
  std::string_view scope, title, text;
};
constexpr Meaning kMeanings[] = {
    {"openid", "Know who you are", "A number that stands for you, and how you signed in."},
    {"profile", "See your name", "Your username and full name."},
    {"groups", "See your groups", "The groups of this organisation that you are in."},
    {"offline_access", "Stay connected", "Keep what it may do when you are not here, until you take it away."},
};

Html Scope(std::string_view scope) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.scope == scope) return Fill("<li><strong>{}</strong><span>{}</span></li>", meaning.title, meaning.text);
  }
  return Fill("<li><strong>{}</strong><span>A permission of its own.</span></li>", scope);
}

Html Card(const Html& content) { return Fill("<div class=\"card\">{}</div>", content); }

}  // namespace

Page ErrorPage(const Site& site, std::string_view title, std::string_view text, std::string_view detail) {
  Html body = Fill("<h1>{}</h1><p>{}</p>", title, text);
  if (!detail.empty()) body += Fill("<p class=\"hint\">For whoever runs the app: <code>{}</code></p>", detail);
  body += Fill("<p class=\"hint\"><a href=\"{}/account\">Your account</a></p>", site.base);
  return {std::string(title), Card(body)};
}

Page FormPostPage(const proto::Redirect& redirect) {
  Html fields;
  for (const auto& parameter : redirect.parameters) fields += Hidden(parameter.name, parameter.value);
  Page page{"One moment", Card(Fill("<h1>One moment</h1><p class=\"lead\">You are taken back to the app.</p>"
                                    "<form method=\"post\" action=\"{}\" data-submit>{}<button class=\"full\" type=\"submit\">"
                                    "Continue</button></form>", redirect.uri, fields))};
  return page;
}

Page ConsentPage(const Site& site, const proto::Decision& decision, std::string_view user, const SecretBytes& request,
                 const std::optional<SecretBytes>& attempt, std::vector<std::string> form_targets) {
  Html scopes;
  for (const std::string& scope : decision.scopes.value_or(std::vector<std::string>())) scopes += Scope(scope);
  const std::string client = decision.client_name.value_or("An app");
  Page page{"Allow " + client + "?",
            Card(Fill("<h1>Allow <strong>{}</strong>?</h1><p class=\"lead\">You are signed in as <strong>{}</strong>. "
                      "This app is run by somebody else and wants to:</p><ul class=\"scopes\">{}</ul>"
                      "<form method=\"post\" action=\"{}/consent\">{}{}<div class=\"row\">"
                      "<button type=\"submit\" name=\"allow\" value=\"yes\">Allow</button>"
                      "<button class=\"plain\" type=\"submit\" name=\"allow\" value=\"no\">Refuse</button></div></form>"
                      "<p class=\"hint\">You can take it back at any time on your account page.</p>",
                      client, user, scopes, site.base, Hidden("request", request), attempt ? Hidden("attempt", *attempt) : Html()))};
  page.form_targets = std::move(form_targets);
  return page;
}

Page LogoutPage(const Site& site, const LogoutRequest& request, std::string_view client_name, std::vector<std::string> form_targets) {
  Html carried;
  if (request.id_token_hint) carried += Hidden("id_token_hint", *request.id_token_hint);
  if (request.client_id) carried += Hidden("client_id", *request.client_id);
  if (request.post_logout_redirect_uri) carried += Hidden("post_logout_redirect_uri", *request.post_logout_redirect_uri);
  if (request.state) carried += Hidden("state", *request.state);
  const Html who = client_name.empty() ? Html() : Fill("<strong>{}</strong> asks for it. ", client_name);
  Page page{"Sign out", Card(Fill("<h1>Sign out?</h1><p class=\"lead\">{}Your login ends here, and with it what apps got from it.</p>"
                                  "<form method=\"post\" action=\"{}/logout\">{}<div class=\"row\"><button type=\"submit\" "
                                  "name=\"confirmed\" value=\"yes\">Sign out</button></div></form><p class=\"hint\">"
                                  "<a href=\"{}/account\">Stay signed in</a></p>", who, site.base, carried, site.base))};
  page.form_targets = std::move(form_targets);
  return page;
}

Page SignedOutPage(const Site& site) {
  return {"Signed out", Card(Fill("<h1>You are signed out</h1><p class=\"lead\">This browser holds no login any more.</p>"
                                  "<p class=\"hint\"><a href=\"{}/login\">Sign in again</a></p>", site.base))};
}

Page LinkPage(const Site& site, const SecretBytes& link, std::string_view user, std::string_view host, std::string_view target,
              std::vector<std::string> form_targets) {
  Page page{"Sign in this browser",
            Card(Fill("<h1>Sign in this browser?</h1><p class=\"lead\">It takes over a login that you made elsewhere, without "
                      "another touch.</p><ul class=\"scopes\"><li><strong>{}</strong><span>the user</span></li>"
                      "<li><strong>{}</strong><span>the host where you are logged in</span></li>"
                      "<li><strong>{}</strong><span>where this leads</span></li></ul>{}"
                      "<form method=\"post\" action=\"{}/link\">{}<button class=\"full\" type=\"submit\" name=\"confirmed\" "
                      "value=\"yes\">Sign in as {}</button></form>",
                      user, host, target,
                      Note(Tone::kPlain, "Go on only if you have just asked for this yourself."), site.base,
                      Hidden("link", link), user))};
  page.form_targets = std::move(form_targets);
  return page;
}

}  // namespace fob::web
