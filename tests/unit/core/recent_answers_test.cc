#include "daemon/core/recent_answers.h"

#include <gtest/gtest.h>

#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

class Recent : public ::testing::Test {
 protected:
  std::optional<Asked> Ask() { return answers_.Ask(world_.forward().Now()); }
  void Keep(const std::string& question, int answer) {
    answers_.Keep(Ask(), question, std::make_shared<const int>(answer));
  }
  int Find(const std::string& question) const {
    const auto found = answers_.Find(question);
    return found == nullptr ? 0 : *found;
  }
  void Write() {
    world_.context().store.Write([](Store&) { return Ok(); }, [](const Status&) {});
  }

  testing::World world_;
  RecentAnswers<int> answers_{world_.context()};
};

TEST_F(Recent, HoldWithinTheirSecond) {
  Keep("a", 1);
  Keep("b", 2);
  EXPECT_EQ(Find("a"), 1);
  EXPECT_EQ(Find("b"), 2);
  EXPECT_EQ(Find("c"), 0);
  world_.Advance(1000);
  EXPECT_EQ(Find("a"), 0);
  Keep("b", 3);
  EXPECT_EQ(Find("a"), 0) << "the old ones are gone";
  EXPECT_EQ(Find("b"), 3);
}

TEST_F(Recent, AreForgottenWhenAWriteBegins) {
  Keep("a", 1);
  Write();
  EXPECT_EQ(Find("a"), 0) << "it may be done already";
  Keep("a", 2);
  EXPECT_EQ(Find("a"), 0) << "nobody knows what was read";
  world_.Settle();
  EXPECT_EQ(Find("a"), 0);
  Keep("a", 3);
  EXPECT_EQ(Find("a"), 3);
}

TEST_F(Recent, AreNotKeptWhenSomethingWasWrittenSinceTheQuestion) {
  const auto asked = Ask();
  Write();
  world_.Settle();
  answers_.Keep(asked, "a", std::make_shared<const int>(1));
  EXPECT_EQ(Find("a"), 0);
}

TEST_F(Recent, AWriteThatFailsIsOne) {
  Keep("a", 1);
  world_.queue().write_error = MakeError(Code::kUnavailable, "store_not_writable", "disk full");
  Write();
  world_.Settle();
  EXPECT_EQ(Find("a"), 0);
  Keep("a", 2);
  EXPECT_EQ(Find("a"), 2);
}

TEST_F(Recent, AreBounded) {
  for (int i = 0; i < 5000; ++i) Keep(std::to_string(i), i + 1);
  int known = 0;
  for (int i = 0; i < 5000; ++i) known += Find(std::to_string(i)) != 0;
  EXPECT_GT(known, 0);
  EXPECT_LE(known, 512);
}

}  // namespace
}  // namespace fob::core
