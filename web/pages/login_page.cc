#include "web/pages/login_page.h"

#include <algorithm>

#include "proto/envelope.h"
#include "proto/messages_json.h"

namespace fob::web {
namespace {

using Offer = proto::Step::Offers;

bool Offers(const proto::Step& step, Offer what) { return std::ranges::find(step.offers, what) != step.offers.end(); }

Html Carried(const proto::Step& step, const LoginGoal& goal, std::string_view what) {
  Html fields = Hidden("do", what) + Hidden("attempt", step.attempt) + Hidden("request", goal.request);
  if (!goal.client_name.empty()) fields += Hidden("app", goal.client_name);
  return fields;
}

Html Or() { return Fill("<div class=\"or\" role=\"separator\">or</div>"); }

Html NoWebAuthn() {
  return Fill("<p class=\"hint\" data-without-webauthn>Security keys and passkeys need JavaScript in this browser.</p>");
}

// Hidden until the script is there: without it nothing would happen.
Html KeyForm(const Site& site, const proto::Step& step, const LoginGoal& goal, std::string_view label, bool primary) {
  return Fill(
      "<form method=\"post\" action=\"{}/login\" data-webauthn=\"get\" data-options=\"{}\"{} hidden>{}{}"
      "<p class=\"note bad\" role=\"alert\" data-problem hidden></p>"
      "<button class=\"full{}\" type=\"submit\">{}{}</button></form>{}",
      site.base, KeyOptionsText(*step.key), step.user ? Html() : Fill(" data-conditional"), Carried(step, goal, "key"),
      KeyAnswerFields(), primary ? Html() : Fill(" plain"), KeyIcon(), label, NoWebAuthn());
}

Html NameForm(const Site& site, const proto::Step& step, const LoginGoal& goal) {
  return Fill(
      "<form method=\"post\" action=\"{}/login\">{}<div class=\"field\"><label for=\"user\">Username</label>"
      "<input id=\"user\" name=\"user\" type=\"text\" autocomplete=\"username webauthn\" autocapitalize=\"none\" "
      "autocorrect=\"off\" spellcheck=\"false\" required autofocus maxlength=\"64\" value=\"{}\"></div>"
      "<button class=\"full\" type=\"submit\">Continue</button></form>",
      site.base, Carried(step, goal, "name"), goal.login_hint);
}

Html PasswordForm(const Site& site, const proto::Step& step, const LoginGoal& goal, bool first) {
  return Fill(
      "<form method=\"post\" action=\"{}/login\">{}{}<div class=\"field\"><label for=\"password\">Password</label>"
      "<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required{} maxlength=\"512\"></div>"
      "<button class=\"full{}\" type=\"submit\">Continue</button></form>",
      site.base, Carried(step, goal, "password"),
      Fill("<input class=\"visually-hidden\" type=\"text\" name=\"username\" autocomplete=\"username\" value=\"{}\" readonly "
           "tabindex=\"-1\" aria-hidden=\"true\">", step.user.value_or("")),
      first ? Fill(" autofocus") : Html(), first ? Html() : Fill(" plain"));
}

Html CodeForm(const Site& site, const proto::Step& step, const LoginGoal& goal, bool first) {
  return Fill(
      "<form method=\"post\" action=\"{}/login\">{}<div class=\"field\"><label for=\"code\">Code</label>"
      "<input class=\"digits\" id=\"code\" name=\"code\" type=\"text\" inputmode=\"text\" autocomplete=\"one-time-code\" "
      "autocapitalize=\"characters\" spellcheck=\"false\" required{} maxlength=\"64\" aria-describedby=\"code-hint\">"
      "<p class=\"hint\" id=\"code-hint\">From your authenticator app or token, or a recovery code.</p></div>"
      "<button class=\"full{}\" type=\"submit\">Sign in</button></form>",
      site.base, Carried(step, goal, "code"), first ? Fill(" autofocus") : Html(), first ? Html() : Fill(" plain"));
}

// Who signs in, and the way back to another name.
Html Who(const Site& site, const proto::Step& step, const LoginGoal& goal) {
  return Fill(
      "<form method=\"post\" action=\"{}/login\" class=\"who\"><span>Signing in as <strong>{}</strong></span>{}"
      "<button class=\"link\" type=\"submit\">Not you?</button></form>",
      site.base, *step.user, Carried(step, goal, "again"));
}

}  // namespace

std::string KeyOptionsText(const proto::KeyOptions& options) {
  return boost::json::serialize(proto::ToJson(options, proto::WipingStorage()));
}

Html KeyAnswerFields() {
  Html fields;
  for (const std::string_view name : {"credential_id", "client_data", "auth_data", "signature", "user_handle"}) {
    fields += Hidden(name, std::string_view());
  }
  return fields;
}

Page LoginPage(const Site& site, const proto::Step& step, const LoginGoal& goal, std::string_view message) {
  Html body;
  if (goal.client_name.empty()) {
    body += Fill("<p class=\"lead\">to see and manage your keys, codes and logins.</p>");
  } else {
    body += Fill("<p class=\"lead\">to continue to <strong>{}</strong></p>", goal.client_name);
  }
  if (step.message) body += Note(Tone::kBad, *step.message);
  if (!message.empty()) body += Note(Tone::kBad, message);
  if (!step.user) {
    body += NameForm(site, step, goal);
    if (step.key) body += Or() + KeyForm(site, step, goal, "Passkey or security key", false);
  } else {
    body += Who(site, step, goal);
    bool first = true;
    const auto add = [&](const Html& form) {
      if (!first) body += Or();
      body += form;
      first = false;
    };
    // Who gave a password is on the way to a code.
    if (Offers(step, Offer::kCode)) add(CodeForm(site, step, goal, first));
    if (Offers(step, Offer::kKey) && step.key) add(KeyForm(site, step, goal, "Use your security key", first));
    if (Offers(step, Offer::kPassword)) add(PasswordForm(site, step, goal, first));
  }
  Page page{"Sign in", Fill("<div class=\"card\"><h1>Sign in</h1>{}</div>", body)};
  page.form_targets = goal.form_targets;
  return page;
}

}  // namespace fob::web
