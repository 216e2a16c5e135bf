// The keys that sign tokens, over their lives.

#include "daemon/core/signing_keys.h"

#include "tests/unit/core/token_fixture.h"

namespace fob::core {
namespace {

using ::testing::Contains;
using ::testing::Not;

class KeysOfTokens : public TokenLife {
 protected:
  Result<proto::SigningKey> Rotate() {
    auto out = world_.Call(world_.signing(), &SigningKeyService::RotateSigningKey, World::Root(), {});
    if (!out.ok()) return out.error();
    return out->key;
  }
  std::vector<proto::SigningKey> List() {
    return world_.Call(world_.signing(), &SigningKeyService::ListSigningKeys, World::Root(), {})->keys;
  }
  using State = proto::SigningKey::State;
};

TEST_F(KeysOfTokens, I43_TheNextIsPublishedBeforeItSigns) {
  // The world's first key is not in its store: the first of the store signs at once.
  world_.keys().Adopt({});
  const auto first = Rotate();
  ASSERT_TRUE(first.ok()) << first.error().reason;
  EXPECT_EQ(first->state, State::kSigning);
  const auto next = Rotate();
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->state, State::kNext);
  EXPECT_EQ(next->signs_from, world_.clock.UnixSeconds() + world_.settings.key_lead);
  EXPECT_THAT(world_.signer.loaded, Contains(next->kid)) << "published";
  EXPECT_EQ(world_.LastEntry().action, "signing_key.rotate");
  EXPECT_EQ(world_.LastEntry().subject, next->kid);
  EXPECT_EQ(ReasonOf(Rotate()), "rotation_under_way");
  world_.Advance(world_.settings.key_lead * 1000 - 1'000);
  EXPECT_EQ(List()[0].state, State::kSigning);
  EXPECT_EQ(List()[1].state, State::kNext);
  world_.Advance(1'000);
  EXPECT_EQ(List()[0].state, State::kOld);
  EXPECT_EQ(List()[1].state, State::kSigning);
}

TEST_F(KeysOfTokens, I43_TheOldStaysForTheLongestTokensLife) {
  world_.keys().Adopt({});
  const auto first = Rotate();
  const auto next = Rotate();
  world_.keys().Tend();
  world_.Advance((next->signs_from - world_.clock.UnixSeconds() + kLongestToken) * 1000);
  EXPECT_THAT(world_.signer.loaded, Contains(first->kid)) << "its last token dies now";
  world_.Advance(2 * SigningKeys::kEveryMs);
  EXPECT_THAT(world_.signer.loaded, Not(Contains(first->kid)));
  EXPECT_THAT(world_.signer.loaded, Contains(next->kid));
  EXPECT_EQ(List().size(), 1u);
  EXPECT_EQ(world_.LastEntry().action, "signing_key.retire");
  EXPECT_EQ(world_.store().SigningKeys()->size(), 1u);
}

TEST_F(KeysOfTokens, AKeyThatCannotBeKeptDoesNotSign) {
  world_.keys().Adopt({});
  world_.queue().write_error = MakeError(Code::kUnavailable, "down", "it is down");
  EXPECT_EQ(ReasonOf(Rotate()), "down");
  EXPECT_TRUE(world_.signer.loaded.empty());
  world_.queue().write_error.reset();
  EXPECT_TRUE(Rotate().ok());
}

// An RSA key takes its time: nobody waits behind it, and whoever asked for it is answered.
TEST_F(KeysOfTokens, AKeyThatTakesLongHoldsUpNobodyElse) {
  world_.key_maker.slow = true;
  auto settings = Settings();
  settings.algorithm = proto::ClientSettings::Algorithm::kRS256;
  const auto add = [&](const std::string& name, std::string& outcome) {
    proto::admin::AddClient::In in;
    in.name = name;
    in.settings = settings;
    world_.client().AddClient(World::Root(), std::move(in),
                              [&outcome](Result<proto::admin::AddClient::Out> out) { outcome = out.ok() ? "added" : out.error().reason; });
    world_.Settle();
  };
  std::string first, second, third;
  add("one", first);
  ASSERT_TRUE(world_.key_maker.under_way());
  EXPECT_EQ(first, "");
  world_.LoggedIn();
  (void)Get(world_.AddApp("blog", Settings()));
  EXPECT_EQ(ReasonOf(Rotate()), "signing_key");
  world_.Advance(SigningKeys::kPatienceMs);
  EXPECT_EQ(first, "signing_key") << "told that it takes longer";
  add("two", second);
  add("three", third);
  EXPECT_EQ(second, "") << "waits for the same key";
  world_.key_maker.Finish();
  world_.Settle();
  EXPECT_EQ(second, "added");
  EXPECT_EQ(third, "added");
  EXPECT_EQ(first, "signing_key");
  EXPECT_FALSE(world_.key_maker.under_way()) << "one key for all of them";
}

TEST_F(KeysOfTokens, AClientsTokensAreSignedByItsAlgorithm) {
  world_.LoggedIn();
  auto settings = Settings();
  settings.algorithm = proto::ClientSettings::Algorithm::kRS256;
  const App app = world_.AddApp("wiki", settings);
  (void)Get(app);
  EXPECT_EQ(world_.signer.last_algorithm, SigningAlgorithm::kRs256);
  (void)Get(world_.AddApp("blog", Settings()));
  EXPECT_EQ(world_.signer.last_algorithm, SigningAlgorithm::kEs256);
}

}  // namespace
}  // namespace fob::core
