#include "web/pages/account_page.h"

#include <algorithm>

#include "web/pages/event_words.h"
#include "web/pages/factor_words.h"
#include "web/pages/login_page.h"
#include "web/pages/qr.h"

namespace fob::web {
namespace {

Html Section(std::string_view id, std::string_view title, std::string_view text, const Html& content) {
  return Fill("<section class=\"card\" aria-labelledby=\"{}\"><div class=\"section-head\"><div><h2 id=\"{}\">{}</h2>"
              "<p class=\"lead\">{}</p></div></div>{}</section>", id, id, title, text, content);
}

Html List(const Html& items, std::string_view none) {
  if (items.empty()) return Fill("<p class=\"empty\">{}</p>", none);
  return Fill("<ul class=\"items\">{}</ul>", items);
}

Html Action(const Site& site, std::string_view path, std::string_view field, std::string_view id, std::string_view label,
            const Html& of) {
  return Fill("<form method=\"post\" action=\"{}/account/{}\">{}<button class=\"small danger\" type=\"submit\">{}"
              "<span class=\"visually-hidden\"> {}</span></button></form>", site.base, path, Hidden(field, id), label, of);
}

Html Used(const std::optional<int64_t>& at) {
  return at ? Fill("last used {}", When(*at)) : Fill("never used");
}

Html KeyItem(const Site& site, const proto::Key& key) {
  Html tags;
  if (key.discoverable) tags += Fill(" <b class=\"tag\">passkey</b>");
  if (key.attestation == proto::Key::Attestation::kVerified) tags += Fill(" <b class=\"tag\">verified hardware</b>");
  if (key.backed_up) tags += Fill(" <b class=\"tag\">synchronised</b>");
  return Fill("<li><div class=\"what\"><strong>{}</strong>{}<span>added {}, {}</span></div><div class=\"do\">{}</div>"
              "<details><summary>Rename<span class=\"visually-hidden\"> {}</span></summary>"
              "<form method=\"post\" action=\"{}/account/key/rename\">{}<div class=\"field\"><label for=\"name-{}\">New name</label>"
              "<input type=\"text\" id=\"name-{}\" name=\"name\" value=\"{}\" required maxlength=\"64\"></div>"
              "<button class=\"small\" type=\"submit\">Rename</button></form></details></li>",
              key.name, tags, When(key.created_at), Used(key.last_used_at),
              Action(site, "key/remove", "key", key.key, "Remove", Html::Text(key.name)), key.name, site.base, Hidden("key", key.key),
              key.key, key.key, key.name);
}

Html OtpItem(const Site& site, const proto::Otp& otp) {
  return Fill("<li><div class=\"what\"><strong>{}</strong><span>{} digits, added {}, {}</span></div><div class=\"do\">{}</div></li>",
              otp.name, otp.digits, When(otp.created_at), Used(otp.last_used_at),
              Action(site, "code/remove", "otp", otp.otp, "Remove", Html::Text(otp.name)));
}

// Logins in a browser have a service like all others.
Html Where(std::string_view service, const std::optional<std::string>& rhost) {
  Html where = service == "fob-web" ? Fill("Browser") : Fill("{}", service);
  if (rhost && !rhost->empty()) where += Fill(" from {}", *rhost);
  return where;
}

Html LoginItem(const Site& site, const proto::LoginInfo& login, const proto::Session& own) {
  const bool here = login.login == own.login;
  const Html where = Where(login.service, login.rhost);
  return Fill("<li><div class=\"what\"><strong>{}</strong>{}<span>{}, since {}, until {}</span></div><div class=\"do\">{}</div></li>",
              where, here ? Fill(" <b class=\"tag\">this browser</b>") : Html(), FactorWords(login.factors), When(login.authenticated_at),
              When(login.expires_at),
              Action(site, "login/end", "login", login.login, "End", Fill("{}, since {}", where, When(login.authenticated_at))));
}

Html GrantItem(const Site& site, const proto::Grant& grant) {
  return Fill("<li><div class=\"what\"><strong>{}</strong><span>{}; since {}, until {}</span></div><div class=\"do\">{}</div></li>",
              grant.client, grant.scope.empty() ? std::string_view("no scopes") : std::string_view(grant.scope),
              When(grant.created_at), When(grant.expires_at),
              Action(site, "app/revoke", "grant", grant.grant, "Take away", Fill("{}, since {}", grant.client, When(grant.created_at))));
}

Html NewThing(const Site& site, std::string_view path, std::string_view id, std::string_view summary, const Html& more,
              std::string_view label) {
  return Fill("<details><summary>{}</summary><form method=\"post\" action=\"{}/account/{}\"><div class=\"field\">"
              "<label for=\"{}\">Name</label><input type=\"text\" id=\"{}\" name=\"name\" required maxlength=\"64\" "
              "placeholder=\"blue key, phone ...\"></div>{}<button class=\"small\" type=\"submit\">{}</button></form></details>",
              summary, site.base, path, id, id, more, label);
}

std::string_view OutcomeWord(proto::AuditEvent::Outcome outcome) {
  switch (outcome) {
    case proto::AuditEvent::Outcome::kAllowed:
      return "allowed";
    case proto::AuditEvent::Outcome::kDenied:
      return "denied";
    case proto::AuditEvent::Outcome::kFailed:
      break;
  }
  return "failed";
}

Html Events(const std::vector<proto::AuditEvent>& events) {
  if (events.empty()) return Fill("<p class=\"empty\">Nothing has happened yet.</p>");
  Html rows;
  for (const proto::AuditEvent& event : events) {
    const bool good = event.outcome == proto::AuditEvent::Outcome::kAllowed;
    rows += Fill("<tr><td class=\"time\">{}</td><td>{}</td><td><b class=\"tag{}\">{}</b></td><td>{}</td></tr>", When(event.at),
                 EventWords(event.action), good ? Html() : Fill(" bad"), OutcomeWord(event.outcome), Where(event.service.value_or(""), event.rhost));
  }
  return Fill("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Recent activity\"><table><thead><tr>"
              "<th scope=\"col\">When</th><th scope=\"col\">What</th><th scope=\"col\">Outcome</th><th scope=\"col\">Where</th>"
              "</tr></thead><tbody>{}</tbody></table></div>", rows);
}

}  // namespace

Page AccountPage(const Site& site, const Account& account, const Html& note) {
  Html keys, otps, logins, grants;
  for (const auto& key : account.keys) keys += KeyItem(site, key);
  for (const auto& otp : account.otps) otps += OtpItem(site, otp);
  for (const auto& login : account.logins) {
    if (login.state == proto::LoginInfo::State::kLive) logins += LoginItem(site, login, account.signed_in);
  }
  for (const auto& grant : account.grants) {
    if (grant.live) grants += GrantItem(site, grant);
  }
  const Html passkey = Fill("<div class=\"check\"><input type=\"checkbox\" id=\"discoverable\" name=\"discoverable\" value=\"yes\">"
                            "<label for=\"discoverable\">As a passkey: it signs in without a username</label></div>");
  const Html head = Fill("<header class=\"top\">{}<form method=\"post\" action=\"{}/logout\"><button class=\"small plain\" "
                         "type=\"submit\" name=\"confirmed\" value=\"yes\">Sign out</button></form></header>", Brand(site), site.base);
  const Html body = Fill(
      "{}<main class=\"wide\"><h1>Your account</h1><p class=\"lead\">Signed in as <strong>{}</strong> with {}, until {}.</p>{}"
      "{}{}{}{}{}</main><footer>Changes need a sign-in of the last five minutes.</footer>",
      head, account.signed_in.user, FactorWords(account.signed_in.factors), When(account.signed_in.expires_at), note,
      Section("keys", "Security keys and passkeys", "They work here and at the logins of this host.",
              List(keys, "You have none yet.") +
                  NewThing(site, "key/new", "new-key", "Add a security key", passkey, "Add")),
      Section("codes", "Codes", "From an authenticator app, for when no key is at hand.",
              List(otps, "You have none yet.") + NewThing(site, "code/new", "new-code", "Add an authenticator app", Html(), "Add") +
                  Fill("<details><summary>New recovery codes</summary><form method=\"post\" action=\"{}/account/recovery\">"
                       "<p class=\"hint\">Ten codes for the day when key and phone are lost. They replace all earlier ones.</p>"
                       "<button class=\"small\" type=\"submit\">Make new ones</button></form></details>", site.base)),
      Section("logins", "Where you are logged in", "Ending a login takes away what apps got from it.",
              List(logins, "Nowhere but here.")),
      Section("apps", "Apps", "What apps may do in your name.", List(grants, "No app holds anything.")),
      Section("activity", "Recent activity", "The newest first. Tell your administrator of what you do not know.",
              Events(account.events)));
  return {"Your account", body, Page::Width::kWide};
}

Page NewKeyPage(const Site& site, const SecretBytes& attempt, const proto::KeyOptions& options, std::string_view name) {
  Html fields = Hidden("attempt", attempt) + Hidden("name", name);
  for (const std::string_view field : {"credential_id", "client_data", "attestation_object", "transports"}) {
    fields += Hidden(field, std::string_view());
  }
  return {"Add a security key",
          Fill("<div class=\"card\"><h1>Add a security key</h1><p class=\"lead\">Have <strong>{}</strong> at hand, then touch it when "
               "it blinks.</p><form method=\"post\" action=\"{}/account/key/finish\" data-webauthn=\"create\" data-options=\"{}\" hidden>{}"
               "<p class=\"note bad\" role=\"alert\" data-problem hidden></p><button class=\"full\" type=\"submit\">{}Use this key</button>"
               "</form><p class=\"hint\" data-without-webauthn>Security keys need JavaScript in this browser. You can enrol one with "
               "<code>fobctl key enrol</code>, too.</p><p class=\"hint\"><a href=\"{}/account\">Back to your account</a></p></div>",
               name, site.base, KeyOptionsText(options), fields, KeyIcon(), site.base)};
}

Page NewOtpPage(const Site& site, const SecretBytes& attempt, std::string_view name, const SecretBytes& otpauth_uri,
                const SecretBytes& otp_secret, std::string_view problem) {
  return {"Add an authenticator app",
          Fill("<div class=\"card\"><h1>Add an authenticator app</h1><p class=\"lead\">Scan this with the app, or type the secret. It is "
               "shown only now.</p>{}<code class=\"secret\">{}</code>{}<form method=\"post\" action=\"{}/account/code/finish\">{}{}{}{}"
               "<div class=\"field\"><label for=\"code\">The code that the app shows</label><input class=\"digits\" id=\"code\" name=\"code\" "
               "type=\"text\" inputmode=\"numeric\" autocomplete=\"one-time-code\" required autofocus maxlength=\"16\"></div>"
               "<button class=\"full\" type=\"submit\">Finish</button></form><p class=\"hint\"><a href=\"{}/account\">Back to your "
               "account</a></p></div>",
               QrCode(otpauth_uri), otp_secret, problem.empty() ? Html() : Note(Tone::kBad, problem), site.base,
               Hidden("attempt", attempt), Hidden("name", name), Hidden("uri", otpauth_uri), Hidden("secret", otp_secret), site.base)};
}

Page RecoveryCodesPage(const Site& site, const std::vector<SecretBytes>& codes) {
  Html items;
  for (const SecretBytes& code : codes) items += Fill("<li class=\"code\">{}</li>", code);
  return {"Recovery codes",
          Fill("<div class=\"card\"><h1>Your recovery codes</h1><p class=\"lead\">Each works once. Print them or write them down, and keep "
               "them apart from your keys. They are shown only now.</p><ul class=\"codes\">{}</ul><p class=\"hint\">"
               "<a href=\"{}/account\">I have kept them: back to my account</a></p></div>", items, site.base)};
}

}  // namespace fob::web
