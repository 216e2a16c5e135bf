#include "web/site/gateway.h"

#include <algorithm>
#include <utility>

#include "web/oauth/endpoint_form.h"
#include "web/oauth/oauth_error.h"
#include "web/oauth/text.h"
#include "web/pages/assets.h"
#include "web/pages/plain_pages.h"
#include "web/site/cookies.h"

namespace fob::web {
namespace {

using Program = void (OAuthEndpoints::*)(Request, Reply);

// Endpoints for programs: path, method, whether scripts of registered origins may call.
struct ProgramRow {
  std::string_view path, method;
  bool cross_origin;
  Program handler;
};
constexpr ProgramRow kPrograms[] = {
    {"/.well-known/openid-configuration", "GET", true, &OAuthEndpoints::Discovery},
    {"/.well-known/oauth-authorization-server", "GET", true, &OAuthEndpoints::Discovery},
    {"/jwks", "GET", true, &OAuthEndpoints::Jwks},
    {"/token", "POST", true, &OAuthEndpoints::Token},
    {"/introspect", "POST", false, &OAuthEndpoints::Introspect},
    {"/revoke", "POST", true, &OAuthEndpoints::Revoke},
    {"/userinfo", "GET", true, &OAuthEndpoints::UserInfo},
    {"/userinfo", "POST", true, &OAuthEndpoints::UserInfo},
};

// Pages: path, and whether a POST must come from one of our own.
struct PageRow {
  std::string_view path;
  bool get, post, own_posts;
};
constexpr PageRow kPages[] = {
    {"/authorize", true, true, false}, {"/login", true, true, true},   {"/consent", false, true, true},
    {"/logout", true, true, false},    {"/link", false, true, false},  {"/account", true, false, true},
};
constexpr std::string_view kChanges = "/account/";
constexpr std::string_view kAssets = "/assets/";

Response NotAllowed(std::string_view allow) {
  Response response = TextResponse(405, "text/plain; charset=utf-8", "this method does nothing here\n");
  response.Add("Allow", std::string(allow));
  return response;
}

Response Missing() { return TextResponse(404, "text/plain; charset=utf-8", "there is nothing here\n"); }

Site SiteOf(const Authority::Metadata& metadata) {
  const std::string origin = OriginOf(metadata.issuer).value_or("");
  const size_t host = origin.find("://");
  return {PathOf(metadata.issuer), origin, host == std::string::npos ? "" : origin.substr(host + 3)};
}

// Browsers say where a POST comes from: of one of our own pages, or not (Fetch clause 3.2, Fetch Metadata).
bool IsSameOrigin(const Request& request, const Site& site) {
  if (const auto origin = request.Field("origin")) return *origin == site.origin;
  return request.Field("sec-fetch-site").value_or("") == "same-origin";
}

// The path below the issuer's own; nothing when it is not below it. RFC 8414 clause 3 puts the issuer's path behind the
// well-known one.
std::optional<std::string> Below(std::string_view path, const std::string& base) {
  if (base.empty()) return std::string(path);
  constexpr std::string_view kWellKnown = "/.well-known/oauth-authorization-server";
  if (path == std::string(kWellKnown) + base) return std::string(kWellKnown);
  if (path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/')) return std::string(path.substr(base.size()));
  return std::nullopt;
}

}  // namespace

Gateway::Gateway(FobdClient& fobd, Operations operations)
    : fobd_(fobd),
      operations_(std::move(operations)),
      authority_(fobd),
      endpoints_(fobd, authority_),
      sign_in_(fobd),
      sign_out_(fobd),
      links_(fobd),
      account_(fobd, sign_in_) {}

void Gateway::Handle(Request request, Reply reply) {
  if (request.path == "/healthz") return Healthz(std::move(reply));
  if (request.path == "/metrics") {
    if (!operations_.may_see_metrics(request)) return reply(Missing());
    return reply(TextResponse(200, "text/plain; version=0.0.4; charset=utf-8", operations_.metrics()));
  }
  auto shared = std::make_shared<std::pair<Request, Reply>>(std::move(request), std::move(reply));
  authority_.Ask([this, shared](Result<const Authority::Metadata*> metadata) {
    auto& [asked, answer] = *shared;
    if (!metadata.ok()) {
      Response response = OAuthErrorResponse(OAuthErrorOf(metadata.error()));
      if (asked.Field("accept").value_or("").find("text/html") != std::string_view::npos) {
        response = PageResponse(503, {}, ErrorPage({}, "Not possible right now", "The authority of this host does not answer. "
                                                   "Nothing is lost: load this page again in a moment.", ""));
        response.Add("Retry-After", "2");
      }
      return answer(std::move(response));
    }
    Route(**metadata, std::move(asked), std::move(answer));
  });
}

// Ready to serve: fobd answers.
void Gateway::Healthz(Reply reply) {
  fobd_.Call<proto::web::Metadata>({}, [reply = std::move(reply)](Result<proto::web::Metadata::Out> out) {
    Response response = TextResponse(out.ok() ? 200 : 503, "text/plain; charset=utf-8", out.ok() ? "ok\n" : "fobd does not answer\n");
    response.Add("Cache-Control", "no-store");
    reply(std::move(response));
  });
}

void Gateway::Route(const Authority::Metadata& metadata, Request request, Reply reply) {
  const Site site = SiteOf(metadata);
  const auto path = Below(request.path, site.base);
  if (request.client.secure && site.origin.starts_with("https:")) {
    reply = [reply = std::move(reply)](Response response) {
      response.Add("Strict-Transport-Security", "max-age=31536000");
      reply(std::move(response));
    };
  }
  if (!path) return reply(Missing());
  if (RouteProgram(*path, request, reply)) return;
  if (path->starts_with(kAssets)) {
    const std::string_view name = std::string_view(*path).substr(kAssets.size());
    const auto asset = std::ranges::find(Assets(), name, &Asset::name);
    if (asset == Assets().end()) return reply(Missing());
    if (request.method != "GET") return reply(NotAllowed("GET, HEAD"));
    Response response = TextResponse(200, asset->type, asset->content);
    response.Add("Cache-Control", "public, max-age=31536000, immutable").Add("X-Content-Type-Options", "nosniff");
    return reply(std::move(response));
  }
  RoutePage(metadata, *path, std::move(request), std::move(reply));
}

bool Gateway::RouteProgram(std::string_view path, Request& request, Reply& reply) {
  std::string allow;
  bool cross_origin = false;
  Program handler = nullptr;
  for (const ProgramRow& row : kPrograms) {
    if (row.path != path) continue;
    cross_origin = row.cross_origin;
    allow += (allow.empty() ? "" : ", ") + std::string(row.method) + (row.method == "GET" ? ", HEAD" : "");
    if (row.method == request.method) handler = row.handler;
  }
  if (allow.empty()) return false;
  if (cross_origin) {
    // The origin is looked at when the answer is there: by then the newest list is.
    std::optional<std::string> origin;
    if (const auto field = request.Field("origin")) origin = std::string(*field);
    reply = [this, origin = std::move(origin), reply = std::move(reply)](Response response) {
      endpoints_.AllowOrigin(origin, response);
      reply(std::move(response));
    };
    if (request.method == "OPTIONS") return endpoints_.Preflight(std::move(request), std::move(reply)), true;
  }
  if (handler == nullptr) return reply(NotAllowed(allow)), true;
  (endpoints_.*handler)(std::move(request), std::move(reply));
  return true;
}

void Gateway::RoutePage(const Authority::Metadata& metadata, std::string_view path, Request request, Reply reply) {
  auto visit = std::make_shared<Visit>();
  visit->site = SiteOf(metadata);
  const bool posted = request.method == "POST";
  if (path.empty() || path == "/") {
    if (request.method != "GET") return reply(NotAllowed("GET, HEAD"));
    return reply(Redirect(visit->site.base + "/account"));
  }
  const bool change = path.starts_with(kChanges);
  const auto row = std::ranges::find(kPages, path, &PageRow::path);
  if (row == std::end(kPages) && !change) return reply(Missing());
  const bool may_get = !change && row->get, may_post = change || row->post;
  if (posted ? !may_post : request.method != "GET" || !may_get) {
    return reply(NotAllowed(may_get && may_post ? "GET, HEAD, POST" : may_get ? "GET, HEAD" : "POST"));
  }
  visit->reply = std::move(reply);
  visit->rhost = request.client.address;
  visit->same_origin = IsSameOrigin(request, visit->site);
  visit->session = CookieOf(request, kSessionCookie);
  visit->browser = CookieOf(request, kBrowserCookie);
  visit->link = CookieOf(request, kLinkCookie);
  if (posted && !HasForm(request)) return ShowProblem(*visit, 415, "This cannot be done", "A form is expected here.");
  auto form = Form::Parse(posted ? request.body.RevealText() : std::string_view(request.query));
  if (!form.ok()) return ShowProblem(*visit, 400, "This cannot be done", "The request is damaged.", form.error().text);
  visit->form = *std::move(form);
  if (posted && (change || row->own_posts) && !visit->same_origin) {
    return ShowProblem(*visit, 403, "Refused", "This form was not sent from a page of this host.");
  }
  // Whoever sent the browser here may have looked at the other one of the two. Of an authorization request fobd tells the app.
  if (!visit->form.duplicated().empty() && path != "/authorize") {
    return ShowProblem(*visit, 400, "This cannot be done", "A parameter stands twice in the request.");
  }
  if (change) {
    if (visit->session.empty()) return sign_in_.AskAgain(visit, "Sign in first.");
    if (!account_.Change(visit, path.substr(kChanges.size()))) visit->reply(Missing());
    return;
  }
  if (path == "/authorize") return sign_in_.Authorize(visit, posted);
  if (path == "/login") return posted ? sign_in_.TakeLogin(visit) : sign_in_.ShowLogin(visit);
  if (path == "/consent") return sign_in_.TakeConsent(visit);
  if (path == "/logout") return sign_out_.Logout(visit, posted);
  if (path == "/link") return links_.Take(visit);
  account_.Show(visit);
}

}  // namespace fob::web
