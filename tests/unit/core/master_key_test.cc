// Changing the master key: whatever it is stopped by, every secret opens with what the files hold.

#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/core/master_key_change.h"
#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using testing::World;
namespace admin = proto::admin;

class MasterKeyTest : public ::testing::Test {
 protected:
  MasterKeyTest() {
    for (int i = 0; i < 250; ++i) world_.AddOtp("alice", "otp" + std::to_string(i));
    EXPECT_TRUE(Adopt().ok());
  }
  Result<bool> Adopt() {
    return AdoptMasterKey(world_.store(), world_.master_key(), world_.folder());
  }
  Result<admin::RotateMasterKey::Out> Rotate(int* pieces = nullptr) {
    return world_.Stream(world_.master(), &MasterKeyService::RotateMasterKey, World::Root(), {},
                         pieces);
  }
  void PutNewKey(char fill) { world_.WriteMasterKey("master.key.new", fill); }
  void MoveNewKey() {
    std::filesystem::rename(world_.folder() + "/master.key.new", world_.folder() + "/master.key");
  }
  // What fobd would find when it started now, with nothing but the files.
  struct Restarted {
    bool opens = false;
    bool goes_on = false;
    std::string reason;
  };
  Restarted Restart() {
    Restarted out;
    auto keys = crypto::MasterKeyring::Open(world_.folder() + "/master.key", false);
    const crypto::Sha256Hasher hasher;
    auto store = store::SqliteStore::Open(world_.folder(), store::SqliteStore::Mode::kWriter, hasher,
                                          (*keys)->sealer());
    const auto adopted = AdoptMasterKey(**store, **keys, world_.folder());
    if (!adopted.ok()) {
      out.reason = adopted.error().reason;
      return out;
    }
    out.goes_on = *adopted;
    const auto factors = (*store)->LoadFactors("alice", testing::kAliceUid);
    out.opens = factors.ok() && factors->otps.size() == 250 &&
                factors->otps[249].secret.RevealText() == "12345678901234567890";
    if (!factors.ok()) out.reason = factors.error().reason;
    return out;
  }
  World world_;
};

TEST_F(MasterKeyTest, IsChangedOnlineInPieces) {
  PutNewKey('n');
  int pieces = 0;
  const auto out = Rotate(&pieces);
  ASSERT_TRUE(out.ok()) << out.error().text;
  EXPECT_EQ(out->resealed, 250);
  EXPECT_EQ(pieces, 3);
  EXPECT_TRUE(out->move_due);
  EXPECT_TRUE(Restart().opens) << "before the file is moved";
  EXPECT_EQ(Rotate()->resealed, 0) << "once more changes nothing";
  MoveNewKey();
  EXPECT_FALSE(Rotate()->move_due);
  EXPECT_TRUE(Restart().opens) << "and after it";
  EXPECT_TRUE(world_.store().LoadFactors("alice", testing::kAliceUid).ok());
  EXPECT_EQ(world_.LastEntry().action, "master_key.rotated");
  // The former key opens nothing any more.
  world_.WriteMasterKey("master.key.new", '\0');
  MoveNewKey();
  EXPECT_EQ(Restart().reason, "wrong_master_key");
}

TEST_F(MasterKeyTest, StoppedAtAnyWriteItGoesOnWhereItWas) {
  for (int writes = 0; writes < 12; ++writes) {
    PutNewKey(static_cast<char>('a' + writes));
    {
      bool ended = false;
      auto flow = world_.master().RotateMasterKey(
          World::Root(), {}, {[](auto) {}, [&](auto) { ended = true; }});
      const int before = world_.queue().writes;
      for (int i = 0; i < 100 && !ended && world_.queue().writes < before + writes; ++i) {
        flow->Next();
        while (world_.queue().writes < before + writes && world_.queue().Deliver()) {
        }
      }
    }  // its caller is gone
    world_.Settle();
    const Restarted restarted = Restart();
    EXPECT_TRUE(restarted.opens) << writes << " " << restarted.reason;
    const auto out = Rotate();
    ASSERT_TRUE(out.ok()) << writes << out.error().text;
    EXPECT_TRUE(out->move_due);
    MoveNewKey();
    ASSERT_TRUE(Rotate().ok());
    EXPECT_TRUE(Restart().opens) << writes;
  }
}

TEST_F(MasterKeyTest, AFailingStoreStopsItAndLosesNothing) {
  PutNewKey('n');
  world_.queue().write_error = MakeError(Code::kUnavailable, "store_not_writable", "disk full");
  EXPECT_EQ(Rotate().error().reason, "store_not_writable");
  world_.queue().write_error.reset();
  EXPECT_TRUE(Restart().opens);
  EXPECT_TRUE(Rotate().ok());
}

TEST_F(MasterKeyTest, AStartInTheMiddleGoesOn) {
  PutNewKey('n');
  auto flow = world_.master().RotateMasterKey(World::Root(), {}, {[](auto) {}, [](auto) {}});
  flow->Next();
  world_.Settle();
  flow.reset();
  EXPECT_TRUE(Restart().goes_on);
  bool good = false;
  world_.master().Resume(World::Root(), [&](const Status& resumed) { good = resumed.ok(); });
  world_.Settle();
  EXPECT_TRUE(good);
  EXPECT_FALSE(Restart().goes_on);
  EXPECT_TRUE(Restart().opens);
}

TEST_F(MasterKeyTest, AForeignOrMissingKeyIsRefusedByName) {
  world_.WriteMasterKey("other", 'x');
  std::filesystem::rename(world_.folder() + "/other", world_.folder() + "/master.key");
  const auto refused = Adopt();
  EXPECT_EQ(refused.error().reason, "wrong_master_key");
  EXPECT_NE(refused.error().text.find(world_.folder() + "/master.key"), std::string::npos);
  EXPECT_EQ(Rotate().error().reason, "wrong_master_key");
}

TEST_F(MasterKeyTest, TheKeyOfAnUnfinishedChangeMustStayThere) {
  PutNewKey('n');
  auto flow = world_.master().RotateMasterKey(World::Root(), {}, {[](auto) {}, [](auto) {}});
  flow->Next();
  world_.Settle();
  flow.reset();
  PutNewKey('m');  // fails: 0400
  std::filesystem::remove(world_.folder() + "/master.key.new");
  EXPECT_EQ(Rotate().error().reason, "new_master_key_missing");
  EXPECT_EQ(Restart().reason, "wrong_master_key");
  PutNewKey('m');
  EXPECT_EQ(Rotate().error().reason, "other_master_key");
}

TEST_F(MasterKeyTest, OneChangeAtATime) {
  PutNewKey('n');
  auto flow = world_.master().RotateMasterKey(World::Root(), {}, {[](auto) {}, [](auto) {}});
  EXPECT_EQ(Rotate().error().reason, "rotation_running");
  flow.reset();
  EXPECT_TRUE(Rotate().ok());
}

TEST_F(MasterKeyTest, ACredentialIsRefusedAndTheWayOutNamed) {
  const auto keys = *crypto::MasterKeyring::Open(world_.folder() + "/master.key", true);
  MasterKeyService service(world_.context(), *keys);
  const auto out = world_.Stream(service, &MasterKeyService::RotateMasterKey, World::Root(), {});
  EXPECT_EQ(out.error().reason, "master_key_is_a_credential");
  EXPECT_NE(out.error().text.find("master_key in fobd.toml"), std::string::npos);
}

}  // namespace
}  // namespace fob::core
