#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "web/pages/account_page.h"
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
  struct Gathering;
  using GatheringPtr = std::shared_ptr<Gathering>;

  // A list that comes in pages: this one, and those that follow it.
  template <typename Method, typename T>
  void GatherPages(const GatheringPtr& all, std::vector<T> Method::Out::*page, std::vector<T> Account::*list,
                   std::optional<std::string> before, int pages);
  void GatherEvents(const GatheringPtr& all, std::optional<int64_t> before, int pages);
  // One of the lists is whole, or cannot be; the last one shows the page.
  void Gathered(const GatheringPtr& all, std::optional<Error> failed);

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
