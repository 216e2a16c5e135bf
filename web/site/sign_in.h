#pragma once

#include <string_view>

#include "web/oauth/authority.h"
#include "web/site/visit.h"
#include "proto/messages.h"

namespace fob::web {

// Authorization requests, the login that they need, and consent. Nothing is kept between two requests: forms carry what the
// next one needs, and fobd knows the rest, so that a gateway that was started anew goes on where the old one was.
class SignIn {
 public:
  explicit SignIn(FobdClient& fobd) : fobd_(fobd) {}

  void Authorize(const VisitPtr& visit, bool posted);
  void ShowLogin(const VisitPtr& visit);
  void TakeLogin(const VisitPtr& visit);
  void TakeConsent(const VisitPtr& visit);

  // The login page, although somebody may be signed in: `why` tells the reason.
  void AskAgain(const VisitPtr& visit, std::string_view why);

 private:
  struct Goal;
  using GoalPtr = std::shared_ptr<Goal>;

  void Decide(const VisitPtr& visit, const GoalPtr& goal, proto::Decision decision);
  void Begin(const VisitPtr& visit, const GoalPtr& goal, std::optional<std::string> acr, std::string message);
  void Continue(const VisitPtr& visit, const GoalPtr& goal, Result<proto::Step> step);
  void Finish(const VisitPtr& visit, const GoalPtr& goal, proto::Step step);
  // Where the login leads, if the browser is signed in already: Back was pressed, or a button twice. Else a new one begins, which
  // tells `why`.
  void LeadOn(const VisitPtr& visit, const GoalPtr& goal, std::string why);
  void AuthorizeFor(const VisitPtr& visit, const GoalPtr& goal);

  FobdClient& fobd_;
};

}  // namespace fob::web
