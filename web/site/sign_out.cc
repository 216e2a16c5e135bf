#include "web/site/sign_out.h"

#include "base/encoding.h"
#include "web/pages/plain_pages.h"
#include "web/site/cookies.h"

namespace fob::web {

void SignOut::Logout(const VisitPtr& visit, bool posted) {
  const Form& form = visit->form;
  const bool confirmed = posted && form.Text("confirmed") == "yes";
  if (confirmed && !visit->same_origin) {
    return ShowProblem(*visit, 403, "Refused", "This form was not sent from a page of this host.");
  }
  auto request = std::make_shared<LogoutRequest>();
  *request = {form.MaybeSecret("id_token_hint"), form.MaybeText("client_id"), form.MaybeText("post_logout_redirect_uri"),
              form.MaybeText("state")};
  // A POST from an app's page comes without our cookies; the GET that follows brings them.
  if (posted && !confirmed) {
    std::string query;
    for (const std::string_view name : {"id_token_hint", "client_id", "post_logout_redirect_uri", "state"}) {
      if (form.Has(name)) query.append(query.empty() ? "?" : "&").append(name).append("=").append(PercentEncode(form.Text(name)));
    }
    return visit->reply(Redirect(visit->site.base + "/logout" + query));
  }
  std::optional<SecretBytes> session, hint;
  if (!visit->session.empty()) session = visit->session.Clone();
  if (request->id_token_hint) hint = request->id_token_hint->Clone();
  fobd_.Call<proto::web::Logout>(
      {std::move(session), std::move(hint), request->client_id, request->post_logout_redirect_uri, request->state, confirmed},
      [visit, request](Result<proto::web::Logout::Out> out) {
        if (!out.ok()) return ShowError(*visit, out.error());
        if (out->confirm) {
          const std::string target = request->post_logout_redirect_uri.value_or("");
          return visit->Show(200, LogoutPage(visit->site, *request, out->client_name.value_or(""), FormTargets(target)));
        }
        Response response = out->redirect_uri ? Redirect(*out->redirect_uri)
                                              : PageResponse(200, visit->site, SignedOutPage(visit->site));
        DropCookie(response, kSessionCookie);
        visit->reply(std::move(response));
      });
}

void Links::Take(const VisitPtr& visit) {
  const SecretBytes link = visit->form.Secret("link");
  if (link.empty()) return ShowProblem(*visit, 400, "This link is not whole", "Ask for a new one with fobctl open.");
  if (visit->form.Text("confirmed") != "yes") {
    // Made anew: a POST from a file brings no cookies, and who shows a link first is the only one that may follow it.
    visit->link = NewCookieValue();
    return fobd_.Call<proto::web::ShowLink>({visit->link.Clone(), link.Clone()}, [visit](Result<proto::web::ShowLink::Out> out) {
      if (!out.ok()) return ShowError(*visit, out.error());
      Response response = PageResponse(200, visit->site, LinkPage(visit->site, visit->form.Secret("link"), out->user, out->host,
                                                                  out->target, FormTargets(out->target)));
      SetCookie(response, kLinkCookie, visit->link);
      visit->reply(std::move(response));
    });
  }
  if (!visit->same_origin) return ShowProblem(*visit, 403, "Refused", "This form was not sent from a page of this host.");
  if (visit->link.empty()) return ShowProblem(*visit, 400, "This browser did not keep its cookie", "Cookies must be allowed here.");
  fobd_.Call<proto::web::FollowLink>({visit->link.Clone(), link.Clone()}, [visit](Result<proto::web::FollowLink::Out> out) {
    if (!out.ok()) return ShowError(*visit, out.error());
    Response response = Redirect(out->target);
    SetCookie(response, kSessionCookie, out->session);
    DropCookie(response, kLinkCookie);
    visit->reply(std::move(response));
  });
}

}  // namespace fob::web
