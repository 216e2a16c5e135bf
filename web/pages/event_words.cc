#include "web/pages/event_words.h"

#include <algorithm>
#include <utility>

namespace fob::web {

std::string_view EventWords(std::string_view action) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"code.issue", "Signed in to an app"},
      {"code.redeem", "App received tokens"},
      {"code.reuse", "A used sign-in came again: its tokens were withdrawn"},
      {"consent.allow", "App was allowed in"},
      {"device.change_pin", "PIN of a plugged-in key changed"},
      {"device.list", "Looked at the plugged-in keys"},
      {"device.reset", "Plugged-in key reset"},
      {"device.set_pin", "PIN of a plugged-in key set"},
      {"enrol.prove", "Proof before a change"},
      {"enrol_code.create", "Enrolment code created"},
      {"grant.reuse", "A used refresh token came again: its app was signed out"},
      {"grant.revoke", "App's access taken away"},
      {"grant.revoke_all", "All apps' access taken away"},
      {"key.enrol", "Key added"},
      {"key.pin", "A key refused a PIN"},
      {"key.remove", "Key removed"},
      {"key.rename", "Key renamed"},
      {"key.test", "Key tried"},
      {"link.create", "Link to a browser made"},
      {"login", "Login"},
      {"login.confirm", "Login completed"},
      {"login.end", "Login ended"},
      {"login.prove", "Step of a login"},
      {"login.vanish", "Login ended with its session"},
      {"otp.enrol", "Code generator added"},
      {"otp.remove", "Code generator removed"},
      {"recovery.create", "Recovery codes created"},
      {"session.end", "Signed out of a browser"},
      {"session.link", "Browser signed in by a link"},
      {"ticket.exchange", "App received tokens for a ticket"},
      {"ticket.issue", "Ticket for an app issued"},
      {"token.introspect", "App asked about a token"},
      {"token.refresh", "App renewed its tokens"},
      {"token.revoke", "Token revoked"},
      {"token.take", "Token taken"},
      {"user.lock", "Account locked"},
      {"user.rebind", "Account bound to a new user id"},
      {"user.unlock", "Account unlocked"},
  };
  static_assert(std::ranges::is_sorted(kWords));
  const auto* const found = std::ranges::lower_bound(kWords, action, {}, [](const auto& pair) { return pair.first; });
  return found != std::end(kWords) && found->first == action ? found->second : action;
}

}  // namespace fob::web
