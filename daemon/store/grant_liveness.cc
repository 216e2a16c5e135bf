#include "daemon/store/grant_liveness.h"

#include "daemon/store/columns.h"

namespace fob::store {
namespace {

std::string WhyGrantDead(std::string_view fate, std::string_view revoked_why) {
  if (fate == "revoked")
    return "it was revoked" + (revoked_why.empty() ? "" : ": " + std::string(revoked_why));
  if (fate == "client_removed") return "the client that it was for was removed";
  if (fate == "audience_removed") return "the client may have no tokens for its audience any more";
  if (fate == "over") return "it has expired";
  if (fate == "machine_off") return "the client may have no tokens of its own any more";
  return WhyDead(fate);
}

}  // namespace

GrantRow MakeGrant(core::GrantFacts facts, int64_t seq, std::string_view amr, std::string_view fate,
                   std::string_view revoked_why) {
  facts.amr = FromLines(amr);
  facts.live = fate == "live";
  if (!facts.live) facts.why = WhyGrantDead(fate, revoked_why);
  return {seq, std::move(facts)};
}

}  // namespace fob::store
