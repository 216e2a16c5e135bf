// A clock that is set back an hour, or forward a day.
#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

class ClockSet : public EndToEnd {
 protected:
  ClockSet() {
    EnrolTotp();
    wiki_ = AddApp("Wiki", {"wiki"});
  }
  SecretBytes Take() {
    auto out = Ticket(wiki_);
    if (out.ok()) return std::move(out->ticket);
    ADD_FAILURE() << out.error().text;
    return {};
  }
  bool IsActive(const SecretBytes& token) {
    const auto out = daemon_.Call<proto::token::Verify>({token.Clone()});
    return out.ok() && out->active;
  }
  void TheChainHolds() {
    const auto chain = daemon_.Call<proto::admin::VerifyAudit>({});
    ASSERT_TRUE(chain.ok());
    EXPECT_TRUE(chain->intact) << chain->why.value_or("");
  }
  App wiki_;
};

TEST_F(ClockSet, I18_BackAnHourBringsNothingBack) {
  daemon_.Advance(3600);
  const std::string login = LogIn();
  const int64_t right = daemon_.time();
  const std::string used = OathtoolCode(daemon_.time());
  const SecretBytes redeemed = Take(), kept = Take();
  ASSERT_TRUE(Exchange(wiki_, redeemed).ok());
  daemon_.Advance(-3600);
  // What was used stays used, and so do all codes of before.
  IsDenied("sshd", used, "not right");
  IsDenied("sshd", OathtoolCode(daemon_.time()), "used already");
  EXPECT_EQ("ticket_used", ReasonOf(Exchange(wiki_, redeemed)));
  EXPECT_EQ(proto::LoginInfo::State::kLive, FindLogin(login).state);
  EXPECT_TRUE(Exchange(wiki_, kept).ok()) << "once, as ever";
  EXPECT_EQ("ticket_used", ReasonOf(Exchange(wiki_, kept)));
  // With the clock right again, everything goes on.
  daemon_.SetTime(right);
  IsDenied("sshd", used, "used already");
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
  TheChainHolds();
}

TEST_F(ClockSet, ForwardADayEndsWhatWasToLast) {
  const std::string login = LogIn();
  const SecretBytes ticket = Take(), late = Take();
  const auto token = Exchange(wiki_, ticket);
  ASSERT_TRUE(token.ok());
  ASSERT_TRUE(IsActive(token->access_token));
  daemon_.Advance(86'400);
  EXPECT_EQ(proto::LoginInfo::State::kExpired, FindLogin(login).state);
  EXPECT_FALSE(IsActive(token->access_token));
  EXPECT_EQ("ticket_expired", ReasonOf(Exchange(wiki_, late)));
  EXPECT_EQ(Code::kNotFound, Ticket(wiki_).error().code);
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
  TheChainHolds();
}

}  // namespace
}  // namespace fob::testing
