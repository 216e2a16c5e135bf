// The keys that are plugged in: who may look at them and care for them, and what becomes of it.
#include "tests/unit/core/enrol_fixture.h"

namespace fob::core {
namespace {

using proto::Device;

Device Blue(Device::PinStatus pin = Device::PinStatus::kSet) {
  Device device;
  device.device = "/dev/hidraw0";
  device.name = "Blue";
  device.serial = "S-1";
  device.seat = "seat0";
  device.kind = Device::Kind::kFido2;
  device.pin_status = pin;
  if (pin == Device::PinStatus::kSet) device.pin_retries = 8;
  device.pin_min_length = 4;
  return device;
}

class DeviceRunTest : public EnrolFixture {
 protected:
  void SetPin(Dialogue& dialogue, const Peer& peer) {
    dialogue.Begun(world_.enrol().SetPin(peer, {}, dialogue.Sink()));
    world_.Settle();
  }
  void ChangePin(Dialogue& dialogue, const Peer& peer, std::optional<std::string> device = {}) {
    dialogue.Begun(world_.enrol().ChangePin(peer, {std::move(device), {}}, dialogue.Sink()));
    world_.Settle();
  }
  void Reset(Dialogue& dialogue, const Peer& peer) {
    dialogue.Begun(world_.enrol().ResetDevice(peer, {}, dialogue.Sink()));
    world_.Settle();
  }
  // The worker lists these.
  void Listed(std::vector<Device> devices) {
    ASSERT_NE(world_.desk.current(), nullptr);
    world_.desk.current()->Listed(std::move(devices));
    world_.Settle();
  }
};

TEST_F(DeviceRunTest, AFirstPinIsTypedTwiceAndAudited) {
  Dialogue dialogue;
  SetPin(dialogue, World::Root());
  Listed({Blue(Device::PinStatus::kUnset)});
  ASSERT_TRUE(dialogue.asks(AskKind::kPin));
  EXPECT_FALSE(dialogue.turn->ask->echo);
  EXPECT_THAT(dialogue.prompt(), HasSubstr("at least 4 characters"));
  world_.Answer(dialogue, "567890");
  world_.Answer(dialogue, "567890");
  const auto talk = world_.desk.current();
  ASSERT_TRUE(talk->change.has_value());
  EXPECT_EQ("/dev/hidraw0", talk->change->device);
  EXPECT_FALSE(talk->change->pin.has_value());
  EXPECT_EQ("567890", talk->change->new_pin.RevealText());
  EXPECT_EQ(3, talk->change->pin_floor);
  talk->Changed();
  world_.Settle();
  ASSERT_NE(nullptr, dialogue.done());
  EXPECT_EQ("device.set_pin", world_.LastEntry().action);
  EXPECT_EQ("Blue, serial S-1", world_.LastEntry().detail);
  EXPECT_EQ(0, world_.desk.alive());
}

TEST_F(DeviceRunTest, I12_AWrongPinIsAskedForAgainAndTheNewOneKept) {
  Dialogue dialogue;
  ChangePin(dialogue, World::Root());
  Listed({Blue()});
  EXPECT_THAT(dialogue.prompt(), HasSubstr("8 tries left"));
  world_.Answer(dialogue, "1111");
  world_.Answer(dialogue, "567890");
  world_.Answer(dialogue, "567890");
  world_.desk.current()->Fail(MakeError(Code::kDenied, "wrong_pin", "wrong PIN: 7 tries left"));
  world_.Settle();
  EXPECT_THAT(dialogue.prompt(), HasSubstr("7 tries left"));
  EXPECT_EQ("key.pin", world_.LastEntry().action);
  EXPECT_EQ(Outcome::kDenied, world_.LastEntry().outcome);
  EXPECT_EQ("wrong_pin Blue, serial S-1", world_.LastEntry().detail);
  world_.Answer(dialogue, "1234");
  EXPECT_EQ("1234", world_.desk.current()->change->pin->RevealText());
  EXPECT_EQ("567890", world_.desk.current()->change->new_pin.RevealText());
  world_.desk.current()->Changed();
  world_.Settle();
  EXPECT_NE(nullptr, dialogue.done());
}

TEST_F(DeviceRunTest, I10_NobodyWaitsForAPersonWhoTypes) {
  world_.AddKey("alice", "blue");
  Dialogue typing, login;
  ChangePin(typing, World::Root());
  Listed({Blue()});
  ASSERT_TRUE(typing.asks(AskKind::kPin));
  TestKey(login, World::Root(), "blue", "alice");
  EXPECT_EQ(1, world_.desk.busy()) << "its turn has come";
}

TEST_F(DeviceRunTest, AResetAsksTwiceAndTellsWhatToDo) {
  Dialogue dialogue;
  Reset(dialogue, World::Root());
  Listed({Blue()});
  EXPECT_THAT(dialogue.prompt(), HasSubstr("every credential"));
  world_.Answer(dialogue, "reset");
  EXPECT_FALSE(world_.desk.current()->reset.has_value()) << "once is not enough";
  world_.Answer(dialogue, "yes");
  const auto talk = world_.desk.current();
  ASSERT_TRUE(talk->reset.has_value());
  talk->Say(proto::Progress::Kind::kRemove);
  talk->Say(proto::Progress::Kind::kInsert);
  talk->Say(proto::Progress::Kind::kTouch);
  world_.Settle();
  ASSERT_EQ(3u, dialogue.infos.size());
  EXPECT_THAT(dialogue.infos[0].message, HasSubstr("Unplug"));
  EXPECT_THAT(dialogue.infos[1].message, HasSubstr("in again"));
  EXPECT_THAT(dialogue.infos[2].message, HasSubstr("Touch"));
  talk->WasReset();
  world_.Settle();
  EXPECT_NE(nullptr, dialogue.done());
  EXPECT_EQ("device.reset", world_.LastEntry().action);
}

TEST_F(DeviceRunTest, AnythingButTheWordsLeavesTheKeyAlone) {
  for (const char* second : {"", "y", "YES", "reset"}) {
    Dialogue dialogue;
    Reset(dialogue, World::Root());
    Listed({Blue()});
    world_.Answer(dialogue, "reset");
    world_.Answer(dialogue, second);
    EXPECT_EQ("not_confirmed", dialogue.reason()) << second;
    EXPECT_FALSE(world_.desk.talks.back()->reset.has_value());
    EXPECT_EQ("not_confirmed", world_.LastEntry().detail);
  }
}

// A user at the console may; the same user from afar, and others, may not.
TEST_F(DeviceRunTest, I9_KeysAreForThoseWhoSitHere) {
  Dialogue afar, unknown, here;
  world_.Remote(World::Alice().uid);
  ChangePin(afar, World::Alice());
  EXPECT_EQ("key_not_here", afar.reason());
  EXPECT_EQ(0u, world_.desk.talks.size()) << "no worker was started";
  EXPECT_EQ("key_not_here", world_.LastEntry().detail);
  ChangePin(unknown, World::Bob());
  EXPECT_EQ("key_not_here", unknown.reason());
  auto listed = world_.Call(world_.enrol(), &EnrolService::ListDevices, World::Bob(), {});
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ("key_not_here", listed.error().reason);

  world_.Advance(60'000);
  world_.Sit(World::Alice().uid);
  ChangePin(here, World::Alice());
  Device elsewhere = Blue();
  elsewhere.device = "/dev/hidraw1";
  elsewhere.seat = "seat1";
  Listed({elsewhere, Blue()});
  EXPECT_TRUE(here.asks(AskKind::kPin)) << "the other seat's key is not hers, and so no second one";
}

TEST_F(DeviceRunTest, ListsWhatTheWorkerSaysCutToItsLimits) {
  std::optional<Result<enrol::ListDevices::Out>> out;
  world_.enrol().ListDevices(World::Root(), {}, [&out](auto answer) { out.emplace(std::move(answer)); });
  world_.Settle();
  Device loud = Blue();
  loud.name = std::string(500, 'x') + "\x1b[2J";
  loud.versions.assign(500, "FIDO_2_0");
  Device unnameable = Blue();
  unnameable.device = std::string(300, 'x');
  Listed({loud, unnameable});
  ASSERT_TRUE(out.has_value() && out->ok());
  ASSERT_EQ(1u, (*out)->devices.size());
  EXPECT_EQ(std::string(64, 'x'), (*out)->devices[0].name);
  EXPECT_EQ(8u, (*out)->devices[0].versions.size());
  EXPECT_EQ(0, world_.desk.alive());
}

TEST_F(DeviceRunTest, AListingThatWaitsTooLongEnds) {
  std::optional<Result<enrol::ListDevices::Out>> out;
  world_.enrol().ListDevices(World::Root(), {5'000}, [&out](auto answer) { out.emplace(std::move(answer)); });
  world_.Settle();
  world_.Advance(5'000);
  world_.Settle();
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(Code::kTimedOut, out->error().code);
  EXPECT_EQ(0, world_.desk.alive()) << "and the worker is let go";
}

TEST_F(DeviceRunTest, ACallerWhoGoesAwayCancels) {
  Dialogue dialogue;
  Reset(dialogue, World::Root());
  Listed({Blue()});
  world_.Answer(dialogue, "reset");
  world_.Answer(dialogue, "yes");
  ASSERT_EQ(1, world_.desk.alive());
  dialogue.Hang();
  world_.Settle();
  EXPECT_EQ(0, world_.desk.alive());
  EXPECT_EQ("caller_gone", world_.LastEntry().detail);
}

}  // namespace
}  // namespace fob::core
