#pragma once

#include "web/site/visit.h"

namespace fob::web {

// The ends of a session, and its beginning by a link.
class SignOut {
 public:
  explicit SignOut(FobdClient& fobd) : fobd_(fobd) {}

  // OpenID Connect RP-Initiated Logout; asks the person where no good hint tells whose wish it is.
  void Logout(const VisitPtr& visit, bool posted);

 private:
  FobdClient& fobd_;
};

class Links {
 public:
  explicit Links(FobdClient& fobd) : fobd_(fobd) {}

  // A link of fobctl open, posted by the file that it wrote: shows whose login it is, and follows it when that is confirmed.
  void Take(const VisitPtr& visit);

 private:
  FobdClient& fobd_;
};

}  // namespace fob::web
