#pragma once

#include <string>
#include <string_view>

#include "proto/messages.h"
#include "web/pages/login_page.h"
#include "web/pages/page.h"

// Pages that say one thing or ask one question.
namespace fob::web {

// Something cannot be done. `detail` is for who runs the web app, such as an RFC's error code and description.
Page ErrorPage(const Site& site, std::string_view title, std::string_view text, std::string_view detail);

// Carries the browser on with parameters in a form (OAuth 2.0 Form Post Response Mode).
Page FormPostPage(const proto::Redirect& redirect);

// May `client` have `scopes`?
Page ConsentPage(const Site& site, const proto::Decision& decision, std::string_view user, const SecretBytes& request,
                 const std::optional<SecretBytes>& attempt, std::vector<std::string> form_targets);

// What RP-initiated logout was asked, carried by its form.
struct LogoutRequest {
  std::optional<SecretBytes> id_token_hint;
  std::optional<std::string> client_id, post_logout_redirect_uri, state;
};
Page LogoutPage(const Site& site, const LogoutRequest& request, std::string_view client_name, std::vector<std::string> form_targets);
Page SignedOutPage(const Site& site);

// Sign this browser in as `user`, logged in at `host`?
Page LinkPage(const Site& site, const SecretBytes& link, std::string_view user, std::string_view host, std::string_view target,
              std::vector<std::string> form_targets);

}  // namespace fob::web
