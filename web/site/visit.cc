#include "web/site/visit.h"

#include "web/oauth/text.h"
#include "web/pages/plain_pages.h"

namespace fob::web {

Response Redirect(std::string_view location) {
  Response response;
  response.status = 303;
  response.Add("Location", std::string(location)).Add("Cache-Control", "no-store").Add("Referrer-Policy", "same-origin");
  return response;
}

void ShowProblem(const Visit& visit, int status, std::string_view title, std::string_view text, std::string_view detail) {
  visit.Show(status, ErrorPage(visit.site, title, text, detail));
}

void ShowError(const Visit& visit, const Error& error) {
  switch (error.code) {
    case Code::kUnavailable:
    case Code::kTimedOut:
    case Code::kCancelled: {
      Response response = PageResponse(
          503, visit.site, ErrorPage(visit.site, "Not possible right now", "The authority of this host does not answer. "
                                     "Nothing is lost: load this page again in a moment.", ""));
      response.Add("Retry-After", "2");
      return visit.reply(std::move(response));
    }
    case Code::kExhausted:
      return ShowProblem(visit, 429, "Too many at once", "Wait a moment, then try again.");
    case Code::kNotPermitted:
    case Code::kCorrupt:
    case Code::kInternal:
      return ShowProblem(visit, 500, "Something went wrong", "It is not your doing. The journal of this host says what it was.");
    case Code::kInvalidArgument:
      return ShowProblem(visit, 400, "This cannot be done", "The request is not one that this page understands.",
                         error.reason + ": " + error.text);
    case Code::kNotFound:
      return ShowProblem(visit, 404, "It is gone", error.text);
    case Code::kDenied:
      return ShowProblem(visit, 403, "Refused", error.text);
    case Code::kConflict:
      return ShowProblem(visit, 409, "This cannot be done", error.text);
  }
}

std::vector<std::string> FormTargets(std::string_view uri) {
  if (auto origin = OriginOf(uri)) return {*origin};
  if (uri.starts_with("http:") || uri.starts_with("https:")) return {};
  if (auto scheme = SchemeOf(uri); scheme && *scheme != "javascript:" && *scheme != "data:") return {*scheme};
  return {};
}

}  // namespace fob::web
