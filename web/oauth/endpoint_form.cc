#include "web/oauth/endpoint_form.h"

#include <utility>

namespace fob::web {

bool HasForm(const Request& request) {
  std::string type(request.Field("content-type").value_or(""));
  type.resize(std::min(type.find(';'), type.size()));
  while (type.ends_with(' ')) type.pop_back();
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return type == "application/x-www-form-urlencoded";
}

EndpointForm ReadEndpointForm(const Request& request) {
  EndpointForm out;
  const auto bad = [&](std::string description) {
    out.bad = OAuthError{"invalid_request", std::move(description), 400};
    return std::move(out);
  };
  if (!HasForm(request)) return bad("the body must be application/x-www-form-urlencoded");
  auto form = Form::Parse(request.body.RevealText());
  if (!form.ok()) return bad(form.error().text);
  // RFC 6749 clause 3.2: no parameter twice. RFC 8707 lets resource come several times; a token is for one.
  if (!form->duplicated().empty()) {
    // A name that nobody knows is not repeated: it may be anything.
    return bad("a parameter stands twice in the request");
  }
  out.form = *std::move(form);
  auto read = ReadClientAuth(request, out.form);
  out.auth = std::move(read.auth);
  out.bad = std::move(read.bad);
  return out;
}

}  // namespace fob::web
