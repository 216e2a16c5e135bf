#include "cli/own_login.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "cli/ceremony.h"

namespace fob::cli {
namespace {

constexpr const char* kService = "fobctl";  // by which policy knows fobctl login

}  // namespace

Result<proto::login::Confirm::Out> OpenOwnLogin(Context& context) {
  const passwd* account = ::getpwuid(::getuid());
  if (account == nullptr) return MakeError(Code::kNotFound, "no_account", "this uid has no account on this host");
  proto::login::Begin::In in;
  in.user = account->pw_name;
  in.service = kService;
  const std::string user = in.user;
  FOB_TRY(proto::Granted granted, Ceremony(context).LogIn(std::move(in)));
  if (!granted.handle) {
    const bool skipped = granted.outcome == proto::Granted::Outcome::kSkip;
    return MakeError(Code::kDenied, "no_login",
                     fmt::format("policy ({}) {}: no login comes of it. A rule with service = \"fobctl\" and require = \"key+uv\" allows one",
                                 granted.rule, skipped ? "asks for no factor" : "has no rule for fobctl"));
  }
  proto::login::Confirm::In confirm;
  confirm.handle = std::move(*granted.handle);
  confirm.user = user;
  confirm.service = kService;
  return context.Call<proto::login::Confirm>(confirm);
}

}  // namespace fob::cli
