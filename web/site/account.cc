#include "web/site/account.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "web/pages/account_page.h"
#include "web/site/cookies.h"

namespace fob::web {
namespace {

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

constexpr size_t kEventsShown = 20;
constexpr int kMostPages = 10;  // of one list; whoever has more of something sees its newest

}  // namespace

// Several answers on their way to one page.
struct AccountSite::Gathering {
  VisitPtr visit;
  Account account;
  int open = 6;  // lists that are not whole yet
  std::optional<Error> failed;
};

void AccountSite::Show(const VisitPtr& visit) {
  if (visit->session.empty()) return sign_in_.ShowLogin(visit);
  auto all = std::make_shared<Gathering>();
  all->visit = visit;
  fobd_.Call<proto::web::ShowSession>({visit->session.Clone()}, [this, all](Result<proto::web::ShowSession::Out> out) {
    if (!out.ok()) return Gathered(all, out.error());
    all->account.signed_in = std::move(out->signed_in);
    Gathered(all, std::nullopt);
  });
  GatherPages<proto::enrol::ListKeys>(all, &proto::enrol::ListKeys::Out::keys, &Account::keys, {}, 0);
  GatherPages<proto::enrol::ListOtps>(all, &proto::enrol::ListOtps::Out::otps, &Account::otps, {}, 0);
  GatherPages<proto::login::List>(all, &proto::login::List::Out::logins, &Account::logins, {}, 0);
  GatherPages<proto::token::ListGrants>(all, &proto::token::ListGrants::Out::grants, &Account::grants, {}, 0);
  GatherEvents(all, std::nullopt, 0);
}

void AccountSite::Gathered(const GatheringPtr& all, std::optional<Error> failed) {
  if (failed && !all->failed) all->failed = std::move(failed);
  if (--all->open > 0) return;
  const VisitPtr& visit = all->visit;
  if (all->failed) return Failed(visit, *all->failed);
  visit->Show(200, AccountPage(visit->site, all->account, NoteOf(visit->form.Text("note"))));
}

template <typename Method, typename T>
void AccountSite::GatherPages(const GatheringPtr& all, std::vector<T> Method::Out::*page, std::vector<T> Account::*list,
                              std::optional<std::string> before, int pages) {
  typename Method::In in;
  in.before = std::move(before);
  in.session = all->visit->session.Clone();
  fobd_.Call<Method>(in, [this, all, page, list, pages](Result<typename Method::Out> out) {
    if (!out.ok()) return Gathered(all, out.error());
    std::vector<T>& whole = all->account.*list;
    std::ranges::move((*out).*page, std::back_inserter(whole));
    if (out->next && pages + 1 < kMostPages) return GatherPages<Method>(all, page, list, std::move(out->next), pages + 1);
    Gathered(all, std::nullopt);
  });
}

// A call looks at a part of the trail, and others' entries are in it, too.
void AccountSite::GatherEvents(const GatheringPtr& all, std::optional<int64_t> before, int pages) {
  proto::admin::TailAudit::In in;
  in.limit = static_cast<int64_t>(kEventsShown - all->account.events.size());
  in.before_seq = before;
  in.session = all->visit->session.Clone();
  fobd_.Call<proto::admin::TailAudit>(in, [this, all, pages](Result<proto::admin::TailAudit::Out> out) {
    if (!out.ok()) return Gathered(all, out.error());
    std::vector<proto::AuditEvent>& events = all->account.events;
    std::ranges::reverse(out->events);
    std::ranges::move(out->events, std::back_inserter(events));
    if (out->next && events.size() < kEventsShown && pages + 1 < kMostPages) return GatherEvents(all, out->next, pages + 1);
    Gathered(all, std::nullopt);
  });
}

void AccountSite::Done(const VisitPtr& visit, std::string_view note) {
  visit->reply(Redirect(visit->site.base + "/account?note=" + std::string(note)));
}

void AccountSite::Failed(const VisitPtr& visit, const Error& error) {
  if (error.reason == "login_again") return sign_in_.AskAgain(visit, "To change this, sign in again first.");
  if (error.reason == "session") return sign_in_.AskAgain(visit, "Your login has ended.");
  // What a person typed, and not what an app sent.
  if (error.reason == "bad_name") {
    return ShowProblem(*visit, 400, "That name will not do", "A name has 1 to 64 characters. Go back and choose another one.");
  }
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
