#include "daemon/store/list_room.h"

#include <numeric>

namespace fob::store {
namespace {

constexpr size_t kFrame = 340;  // names of fields, numbers and ids, at most

// Quotes and backslashes are escaped by another byte.
template <typename... Texts>
size_t SizeOf(const Texts&... texts) {
  return (0 + ... + (2 * texts.size()));
}

size_t SizeOf(const std::vector<std::string>& items) {
  return std::accumulate(items.begin(), items.end(), size_t{0},
                         [](size_t sum, const std::string& item) { return sum + item.size() + 3; });
}

}  // namespace

bool ListRoom::Take(size_t bytes) {
  const bool fits = bytes <= left_;
  left_ = fits ? left_ - bytes : 0;
  return fits;
}

bool ListRoom::Takes(const core::KeyRecord& key) {
  return Take(kFrame + 100 + SizeOf(key.user, key.name, key.rp_id) + SizeOf(key.transports) +
              key.credential_id.size() * 4 / 3);
}

bool ListRoom::Takes(const core::OtpRecord& otp) { return Take(kFrame + SizeOf(otp.user, otp.name)); }

bool ListRoom::Takes(const core::LoginRecord& login) {
  return Take(kFrame + SizeOf(login.user, login.service, login.tty, login.rhost,
                              login.kernel_session) +
              SizeOf(login.factors));
}

bool ListRoom::Takes(const core::ClientRecord& client) {
  return Take(kFrame + 200 + SizeOf(client.name, client.id) + SizeOf(client.audiences) +
              SizeOf(client.scopes) + SizeOf(client.serves) + SizeOf(client.groups) +
              SizeOf(client.fresh) + SizeOf(client.redirect_uris) +
              SizeOf(client.post_logout_redirect_uris) + SizeOf(client.origins) +
              SizeOf(client.user_groups) + client.jwks.size());
}

bool ListRoom::Takes(const core::GrantFacts& facts) {
  const core::GrantRecord& grant = facts.grant;
  return Take(kFrame + SizeOf(grant.id, grant.login, grant.client, grant.audience, grant.scope,
                              facts.client_name, facts.user, facts.why));
}

}  // namespace fob::store
