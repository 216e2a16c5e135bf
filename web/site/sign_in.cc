#include "web/site/sign_in.h"

#include <utility>

#include "web/pages/login_page.h"
#include "web/pages/plain_pages.h"
#include "web/site/authorization.h"
#include "web/site/cookies.h"

namespace fob::web {

// What a login is for, and what of it must be set in the browser with the next answer.
struct SignIn::Goal {
  SecretBytes request;  // the authorization request as a query; empty: the account page
  std::string redirect_uri;
  std::string client_name, login_hint;
  std::string message;  // of the login page, if there is to be one
  std::optional<SecretBytes> attempt;
  SecretBytes new_session, new_browser;

  proto::AuthorizationRequest authorization() const {
    const auto form = Form::Parse(request.RevealText());
    return form.ok() ? AuthorizationOf(*form) : proto::AuthorizationRequest();
  }
  LoginGoal ForPage() const { return {request.Clone(), client_name, login_hint, FormTargets(redirect_uri)}; }
  void AddCookies(Response& response) const {
    if (!new_session.empty()) {
      SetCookie(response, kSessionCookie, new_session);
      DropCookie(response, kBrowserCookie);
    }
    if (!new_browser.empty()) SetCookie(response, kBrowserCookie, new_browser);
  }
};

namespace {

constexpr size_t kLongestRequest = 8 * 1024;

std::optional<SecretBytes> IfAny(const SecretBytes& secret) {
  if (secret.empty()) return std::nullopt;
  return secret.Clone();
}

}  // namespace

void SignIn::Authorize(const VisitPtr& visit, bool posted) {
  auto goal = std::make_shared<Goal>();
  goal->request = QueryOf(visit->form);
  goal->redirect_uri = visit->form.Text("redirect_uri");
  if (goal->request.size() > kLongestRequest) {
    return ShowProblem(*visit, 400, "The app asked for too much", "Its request is longer than can be carried.", "invalid_request");
  }
  // A POST from the app's page comes without our cookies (SameSite=Lax); the GET that follows brings them.
  if (posted) {
    return visit->reply(Redirect(visit->site.base + "/authorize?" + std::string(goal->request.RevealText())));
  }
  AuthorizeFor(visit, goal);
}

void SignIn::AuthorizeFor(const VisitPtr& visit, const GoalPtr& goal) {
  const SecretBytes& session = goal->new_session.empty() ? visit->session : goal->new_session;
  fobd_.Call<proto::web::Authorize>(
      {IfAny(session), goal->attempt ? std::optional(goal->attempt->Clone()) : std::nullopt, goal->authorization()},
      [this, visit, goal](Result<proto::web::Authorize::Out> out) {
        if (!out.ok()) return ShowError(*visit, out.error());
        Decide(visit, goal, std::move(out->decision));
      });
}

void SignIn::Decide(const VisitPtr& visit, const GoalPtr& goal, proto::Decision decision) {
  using Outcome = proto::Decision::Outcome;
  switch (decision.outcome) {
    case Outcome::kRedirect: {
      if (!decision.redirect) break;
      Response response;
      if (decision.redirect->mode == proto::Redirect::Mode::kFormPost) {
        Page page = FormPostPage(*decision.redirect);
        page.form_targets = FormTargets(decision.redirect->uri);
        response = PageResponse(200, visit->site, page);
      } else {
        response = fob::web::Redirect(LocationOf(*decision.redirect));
      }
      goal->AddCookies(response);
      return visit->reply(std::move(response));
    }
    case Outcome::kPage:
      return ShowProblem(*visit, 400, "This app cannot sign you in",
                         "Its request is not as it is registered here, so you were not sent back to it.",
                         decision.error.value_or("invalid_request") + ": " + decision.description.value_or(""));
    case Outcome::kLogin:
      goal->client_name = decision.client_name.value_or("");
      goal->login_hint = decision.login_hint.value_or("");
      return Begin(visit, goal, std::move(decision.acr), goal->message);
    case Outcome::kConsent: {
      const SecretBytes session = (goal->new_session.empty() ? visit->session : goal->new_session).Clone();
      auto shared = std::make_shared<proto::Decision>(std::move(decision));
      return fobd_.Call<proto::web::ShowSession>({session.Clone()}, [visit, goal, shared](auto out) {
        if (!out.ok()) return ShowError(*visit, out.error());
        Response response = PageResponse(
            200, visit->site, ConsentPage(visit->site, *shared, out->signed_in.user, goal->request, goal->attempt,
                                          FormTargets(goal->redirect_uri)));
        goal->AddCookies(response);
        visit->reply(std::move(response));
      });
    }
  }
  ShowError(*visit, MakeError(Code::kCorrupt, "bad_reply", "fobd decided on a redirect to nowhere"));
}

void SignIn::Begin(const VisitPtr& visit, const GoalPtr& goal, std::optional<std::string> acr, std::string message) {
  if (visit->browser.empty()) {
    visit->browser = NewCookieValue();
    goal->new_browser = visit->browser.Clone();
  }
  fobd_.Call<proto::web::BeginLogin>(
      {visit->browser.Clone(), visit->rhost, std::move(acr)},
      [visit, goal, message = std::move(message)](Result<proto::web::BeginLogin::Out> out) {
        if (!out.ok()) return ShowError(*visit, out.error());
        Response response = PageResponse(200, visit->site, LoginPage(visit->site, out->step, goal->ForPage(), message));
        goal->AddCookies(response);
        visit->reply(std::move(response));
      });
}

void SignIn::ShowLogin(const VisitPtr& visit) {
  if (visit->session.empty()) return Begin(visit, std::make_shared<Goal>(), std::nullopt, "");
  fobd_.Call<proto::web::ShowSession>({visit->session.Clone()}, [this, visit](auto out) {
    if (out.ok()) return visit->reply(Redirect(visit->site.base + "/account"));
    Begin(visit, std::make_shared<Goal>(), std::nullopt, "");
  });
}

void SignIn::AskAgain(const VisitPtr& visit, std::string_view why) {
  Begin(visit, std::make_shared<Goal>(), std::nullopt, std::string(why));
}

void SignIn::TakeLogin(const VisitPtr& visit) {
  const Form& form = visit->form;
  auto goal = std::make_shared<Goal>();
  goal->request = form.Secret("request");
  if (goal->request.size() > kLongestRequest) return ShowProblem(*visit, 400, "This cannot be done", "The form is too long.");
  const proto::AuthorizationRequest authorization = goal->authorization();
  goal->redirect_uri = authorization.redirect_uri.value_or("");
  goal->client_name = form.Text("app");  // to be shown again; fobd decides by the request
  const std::string_view what = form.Text("do");
  if (visit->browser.empty()) {
    return LeadOn(visit, goal, "This browser did not keep its cookie. Sign in again; cookies must be allowed here.");
  }
  if (what == "again") return goal->request.empty() ? Begin(visit, goal, std::nullopt, "") : AuthorizeFor(visit, goal);
  goal->attempt = form.Secret("attempt");
  const auto next = [this, visit, goal](auto out) {
    Continue(visit, goal, out.ok() ? Result<proto::Step>(std::move(out->step)) : Result<proto::Step>(out.error()));
  };
  SecretBytes browser = visit->browser.Clone(), attempt = goal->attempt->Clone();
  if (what == "name") {
    return fobd_.Call<proto::web::Identify>({std::move(browser), std::move(attempt), std::string(form.Text("user"))}, next);
  }
  if (what == "password") {
    return fobd_.CallSlowly<proto::web::ProvePassword>({std::move(browser), std::move(attempt), form.Secret("password")}, next);
  }
  if (what == "code") {
    return fobd_.Call<proto::web::ProveCode>({std::move(browser), std::move(attempt), form.Secret("code")}, next);
  }
  if (what == "key") {
    return fobd_.Call<proto::web::ProveKey>(
        {std::move(browser), std::move(attempt), std::string(form.Text("credential_id")), std::string(form.Text("client_data")),
         std::string(form.Text("auth_data")), std::string(form.Text("signature")), form.MaybeText("user_handle")}, next);
  }
  ShowProblem(*visit, 400, "This cannot be done", "The form is not one of this page.");
}

void SignIn::Continue(const VisitPtr& visit, const GoalPtr& goal, Result<proto::Step> step) {
  if (step.ok()) {
    if (step->session) return Finish(visit, goal, *std::move(step));
    Response response = PageResponse(200, visit->site, LoginPage(visit->site, *step, goal->ForPage(), ""));
    return visit->reply(std::move(response));
  }
  const Error& error = step.error();
  // The attempt is over; a new one begins in its place.
  if (error.code == Code::kNotFound) {
    goal->attempt.reset();
    return LeadOn(visit, goal, "That took too long. Begin again.");
  }
  if (error.code == Code::kDenied || error.code == Code::kInvalidArgument) {
    goal->attempt.reset();
    return Begin(visit, goal, std::nullopt, error.text);
  }
  ShowError(*visit, error);
}

void SignIn::LeadOn(const VisitPtr& visit, const GoalPtr& goal, std::string why) {
  if (visit->session.empty()) return Begin(visit, goal, std::nullopt, std::move(why));
  goal->message = std::move(why);
  fobd_.Call<proto::web::ShowSession>({visit->session.Clone()}, [this, visit, goal](auto out) {
    if (!out.ok()) return Begin(visit, goal, std::nullopt, goal->message);
    // It may be another login than the one that the request wants: then it is asked for.
    if (!goal->request.empty()) return AuthorizeFor(visit, goal);
    visit->reply(Redirect(visit->site.base + "/account"));
  });
}

void SignIn::Finish(const VisitPtr& visit, const GoalPtr& goal, proto::Step step) {
  goal->new_session = *std::move(step.session);
  if (!goal->request.empty()) return AuthorizeFor(visit, goal);
  Response response = Redirect(visit->site.base + "/account");
  goal->AddCookies(response);
  visit->reply(std::move(response));
}

void SignIn::TakeConsent(const VisitPtr& visit) {
  auto goal = std::make_shared<Goal>();
  goal->request = visit->form.Secret("request");
  goal->attempt = visit->form.MaybeSecret("attempt");
  auto authorization = goal->authorization();
  goal->redirect_uri = authorization.redirect_uri.value_or("");
  const std::string_view allow = visit->form.Text("allow");
  if (visit->session.empty() || (allow != "yes" && allow != "no")) {
    return ShowProblem(*visit, 400, "This cannot be done", "Your login has ended. Go back to the app and begin again.");
  }
  fobd_.Call<proto::web::Consent>(
      {visit->session.Clone(), goal->attempt ? std::optional(goal->attempt->Clone()) : std::nullopt, std::move(authorization),
       allow == "yes"},
      [this, visit, goal](Result<proto::web::Consent::Out> out) {
        if (!out.ok()) return ShowError(*visit, out.error());
        Decide(visit, goal, std::move(out->decision));
      });
}

}  // namespace fob::web
