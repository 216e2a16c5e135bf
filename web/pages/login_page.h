#pragma once

#include <string>

#include "proto/messages.h"
#include "web/pages/page.h"

namespace fob::web {

// What a login leads to, carried by its forms: the authorization request as a query, or one's account.
struct LoginGoal {
  SecretBytes request;      // empty: the account page
  std::string client_name;  // who wants it, where that is known
  std::string login_hint;   // the username that is expected
  std::vector<std::string> form_targets = {};
};

// One step of a login: a name, or what is offered to prove it. `message`: what is to be said besides the step's own.
Page LoginPage(const Site& site, const proto::Step& step, const LoginGoal& goal, std::string_view message);

// JSON of what navigator.credentials gets, for a form's data-options.
std::string KeyOptionsText(const proto::KeyOptions& options);

// Filled by the script, and posted.
Html KeyAnswerFields();

}  // namespace fob::web
