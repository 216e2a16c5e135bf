#pragma once

#include <functional>
#include <string_view>

#include "web/site/sign_in.h"
#include "web/site/visit.h"

namespace fob::web {

// One's account: lists and changes are fobd's own methods, called for the session's user.
class AccountSite {
 public:
  AccountSite(FobdClient& fobd, SignIn& sign_in) : fobd_(fobd), sign_in_(sign_in) {}

  void Show(const VisitPtr& visit);
  // POST /account/WHAT; false when there is no such thing.
  bool Change(const VisitPtr& visit, std::string_view what);

 private:
  void NewKey(const VisitPtr& visit);
  void FinishKey(const VisitPtr& visit);
  void NewOtp(const VisitPtr& visit);
  void FinishOtp(const VisitPtr& visit);
  void NewRecoveryCodes(const VisitPtr& visit);
  // Back to the page, which says by `note` what was done; or what went wrong.
  void Done(const VisitPtr& visit, std::string_view note);
  void Failed(const VisitPtr& visit, const Error& error);

  template <typename Method>
  void Do(const VisitPtr& visit, typename Method::In in, std::string_view note);
  template <typename Method>
  void DoAlone(const VisitPtr& visit, typename Method::In in, std::string_view note);

  FobdClient& fobd_;
  SignIn& sign_in_;
};

}  // namespace fob::web
