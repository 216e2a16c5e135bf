// A form, and what becomes of it: a client's authentication, an authorization request, a page.
#include "tests/fuzz/fuzz.h"
#include "web/oauth/client_auth.h"
#include "web/oauth/text.h"
#include "web/pages/plain_pages.h"
#include "web/site/authorization.h"
#include "web/site/visit.h"

using namespace fob;
using namespace fob::web;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto form = Form::Parse(text);
  if (!form.ok()) return 0;
  // Carried through a page, a request stays what it was.
  const SecretBytes query = QueryOf(*form);
  const auto again = Form::Parse(query.RevealText());
  FUZZ_REQUIRE(again.ok());
  FUZZ_REQUIRE(QueryOf(*again) == query);
  const auto request = AuthorizationOf(*form), same = AuthorizationOf(*again);
  FUZZ_REQUIRE(request.client_id == same.client_id && request.state == same.state && request.duplicated == same.duplicated);
  Request http;
  http.fields.emplace_back("authorization", std::string(form->Text("a")));
  const auto auth = ReadClientAuth(http, *form);
  if (!auth.bad) FUZZ_REQUIRE(auth.auth.client_id.has_value() || auth.auth.client_assertion.has_value());
  // What may be a form's target ends no directive of a policy.
  for (const std::string& target : FormTargets(form->Text("redirect_uri"))) {
    FUZZ_REQUIRE(target.find_first_of(" ;,\r\n\t'\"") == std::string::npos);
  }
  const Page page = ErrorPage({}, "x", form->Text("state"), form->Text("client_id"));
  const std::string_view markup = page.content.view();
  FUZZ_REQUIRE(markup.find("<script") == std::string_view::npos);
  return 0;
}
