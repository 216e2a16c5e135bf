#include "web/site/account.h"

#include <utility>

#include "web/pages/account_page.h"
#include "web/site/cookies.h"

namespace fob::web {
namespace {

constexpr int64_t kEventsShown = 20;

struct Saying {
  std::string_view note, text;
};
// The page's address carries the word, never the text.
constexpr Saying kSayings[] = {
    {"key-added", "The key is enrolled. It works here and at the logins of this host."},
    {"key-removed", "The key is removed, and logins that it proved have ended."},
    {"key-renamed", "The key has its new name."},
    {"code-added", "The authenticator app is enrolled."},
    {"code-removed", "The authenticator app is removed, and logins that it proved have ended."},
    {"login-ended", "The login is ended."},
    {"app-revoked", "The app holds nothing of you any more."},
};

Html NoteOf(std::string_view word) {
  for (const Saying& saying : kSayings) {
    if (saying.note == word) return Note(Tone::kGood, saying.text);
  }
  return {};
}

// Several answers on their way to one page.
struct Gathering {
  Account account;
  int open = 6;  // calls without an answer
  std::optional<Error> failed;
};

}  // namespace

void AccountSite::Show(const VisitPtr& visit) {
  if (visit->session.empty()) return sign_in_.ShowLogin(visit);
  auto all = std::make_shared<Gathering>();
  const auto session = [&] { return visit->session.Clone(); };
  const auto take = [this, visit, all](auto fill) {
    return [this, visit, all, fill](auto out) {
      if (out.ok()) {
        fill(all->account, *std::move(out));
      } else if (!all->failed) {
        all->failed = out.error();
      }
      if (--all->open > 0) return;
      if (all->failed) return Failed(visit, *all->failed);
      visit->Show(200, AccountPage(visit->site, all->account, NoteOf(visit->form.Text("note"))));
    };
  };
  fobd_.Call<proto::web::ShowSession>({session()}, take([](Account& to, auto out) { to.signed_in = std::move(out.signed_in); }));
  fobd_.Call<proto::enrol::ListKeys>({std::nullopt, session()}, take([](Account& to, auto out) { to.keys = std::move(out.keys); }));
  fobd_.Call<proto::enrol::ListOtps>({std::nullopt, session()}, take([](Account& to, auto out) { to.otps = std::move(out.otps); }));
  fobd_.Call<proto::login::List>({std::nullopt, std::nullopt, session()},
                                 take([](Account& to, auto out) { to.logins = std::move(out.logins); }));
  fobd_.Call<proto::token::ListGrants>({std::nullopt, std::nullopt, std::nullopt, std::nullopt, session()},
                                       take([](Account& to, auto out) { to.grants = std::move(out.grants); }));
  fobd_.Call<proto::admin::TailAudit>({kEventsShown, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, session()},
                                      take([](Account& to, auto out) { to.events = std::move(out.events); }));
}

void AccountSite::Done(const VisitPtr& visit, std::string_view note) {
  visit->reply(Redirect(visit->site.base + "/account?note=" + std::string(note)));
}

void AccountSite::Failed(const VisitPtr& visit, const Error& error) {
  if (error.reason == "login_again") return sign_in_.AskAgain(visit, "To change this, sign in again first.");
  if (error.reason == "session") return sign_in_.AskAgain(visit, "Your login has ended.");
  ShowError(*visit, error);
}

template <typename Method>
void AccountSite::Do(const VisitPtr& visit, typename Method::In in, std::string_view note) {
  fobd_.Call<Method>(in, [this, visit, note](Result<typename Method::Out> out) {
    if (!out.ok()) return Failed(visit, out.error());
    Done(visit, note);
  });
}

template <typename Method>
void AccountSite::DoAlone(const VisitPtr& visit, typename Method::In in, std::string_view note) {
  fobd_.CallAlone<Method>(in, [this, visit, note](Result<typename Method::Out> out) {
    if (!out.ok()) return Failed(visit, out.error());
    Done(visit, note);
  });
}

bool AccountSite::Change(const VisitPtr& visit, std::string_view what) {
  const Form& form = visit->form;
  const auto text = [&](std::string_view name) { return std::string(form.Text(name)); };
  const auto session = [&] { return visit->session.Clone(); };
  if (what == "key/new") return NewKey(visit), true;
  if (what == "key/finish") return FinishKey(visit), true;
  if (what == "code/new") return NewOtp(visit), true;
  if (what == "code/finish") return FinishOtp(visit), true;
  if (what == "recovery") return NewRecoveryCodes(visit), true;
  if (what == "key/remove") {
    return DoAlone<proto::enrol::RemoveKey>(visit, {std::nullopt, text("key"), std::nullopt, session()}, "key-removed"), true;
  }
  if (what == "key/rename") {
    return DoAlone<proto::enrol::RenameKey>(visit, {std::nullopt, text("key"), text("name"), std::nullopt, session()}, "key-renamed"), true;
  }
  if (what == "code/remove") {
    return DoAlone<proto::enrol::RemoveOtp>(visit, {std::nullopt, text("otp"), std::nullopt, session()}, "code-removed"), true;
  }
  if (what == "login/end") {
    return Do<proto::login::End>(visit, {text("login"), std::nullopt, session()}, "login-ended"), true;
  }
  if (what == "app/revoke") {
    return Do<proto::token::RevokeGrants>(visit, {text("grant"), std::nullopt, std::nullopt, std::nullopt, session()}, "app-revoked"),
           true;
  }
  return false;
}

void AccountSite::NewKey(const VisitPtr& visit) {
  const std::string name(visit->form.Text("name"));
  fobd_.Call<proto::web::BeginKey>({visit->session.Clone(), name, visit->form.Text("discoverable") == "yes"},
                                   [this, visit, name](Result<proto::web::BeginKey::Out> out) {
                                     if (!out.ok()) return Failed(visit, out.error());
                                     visit->Show(200, NewKeyPage(visit->site, out->attempt, out->key, name));
                                   });
}

void AccountSite::FinishKey(const VisitPtr& visit) {
  const Form& form = visit->form;
  std::vector<std::string> transports;
  for (std::string_view rest = form.Text("transports"); !rest.empty();) {
    const size_t space = rest.find(' ');
    if (space != 0) transports.emplace_back(rest.substr(0, space));
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  }
  Do<proto::web::FinishKey>(visit, {visit->session.Clone(), form.Secret("attempt"), std::string(form.Text("credential_id")),
                                    std::string(form.Text("client_data")), std::string(form.Text("attestation_object")),
                                    std::move(transports)}, "key-added");
}

void AccountSite::NewOtp(const VisitPtr& visit) {
  const std::string name(visit->form.Text("name"));
  fobd_.Call<proto::web::BeginOtp>({visit->session.Clone(), name}, [this, visit, name](Result<proto::web::BeginOtp::Out> out) {
    if (!out.ok()) return Failed(visit, out.error());
    visit->Show(200, NewOtpPage(visit->site, out->attempt, name, out->otpauth_uri, out->otp_secret, ""));
  });
}

void AccountSite::FinishOtp(const VisitPtr& visit) {
  const Form& form = visit->form;
  fobd_.Call<proto::web::FinishOtp>(
      {visit->session.Clone(), form.Secret("attempt"), form.Secret("code")}, [this, visit](Result<proto::web::FinishOtp::Out> out) {
        if (out.ok()) return Done(visit, "code-added");
        const Form& again = visit->form;
        if (out.error().reason == "wrong_code") {
          return visit->Show(200, NewOtpPage(visit->site, again.Secret("attempt"), again.Text("name"), again.Secret("uri"),
                                             again.Secret("secret"), out.error().text));
        }
        Failed(visit, out.error());
      });
}

void AccountSite::NewRecoveryCodes(const VisitPtr& visit) {
  fobd_.CallAlone<proto::enrol::CreateRecoveryCodes>(
      {std::nullopt, std::nullopt, visit->session.Clone()}, [this, visit](Result<proto::enrol::CreateRecoveryCodes::Out> out) {
        if (!out.ok()) return Failed(visit, out.error());
        if (!out->done || !out->done->recovery_codes) {
          return ShowError(*visit, MakeError(Code::kCorrupt, "bad_reply", "fobd made no recovery codes"));
        }
        visit->Show(200, RecoveryCodesPage(visit->site, *out->done->recovery_codes));
      });
}

}  // namespace fob::web
