#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "web/fobd/fobd_client.h"
#include "web/http/server.h"
#include "web/oauth/form.h"
#include "web/pages/page.h"

namespace fob::web {

// One request of a browser for a page: what it brought, and the way to answer it. Shared by the calls that it takes.
struct Visit {
  Site site;
  Form form;  // of the body of a POST, of the query otherwise
  SecretBytes session, browser, link;  // cookies; empty when there are none
  std::string rhost;
  bool same_origin = false;  // came from one of our own pages
  Reply reply;

  void Show(int status, const Page& page) const { reply(PageResponse(status, site, page)); }
};
using VisitPtr = std::shared_ptr<Visit>;

// 303: the browser goes there with GET.
Response Redirect(std::string_view location);

// An error of fobd as a page: what it means to the person, and nothing that it should not know.
void ShowError(const Visit& visit, const Error& error);
void ShowProblem(const Visit& visit, int status, std::string_view title, std::string_view text, std::string_view detail = "");

// What a CSP's form-action must name so that a form may lead to `uri`; empty when it leads nowhere.
std::vector<std::string> FormTargets(std::string_view uri);

}  // namespace fob::web
