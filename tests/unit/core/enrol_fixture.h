#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/encoding.h"
#include "tests/support/core_fakes/world.h"

// A change of factors from its beginning to its outcome, on the core's fakes and the real store.
namespace fob::core {

using testing::Dialogue;
using ::testing::HasSubstr;
using testing::World;
using AskKind = proto::Ask::Kind;
namespace enrol = proto::enrol;

class EnrolFixture : public ::testing::Test {
 protected:
  using User = std::optional<std::string>;

  void EnrolOtp(Dialogue& dialogue, const Peer& peer, std::string name, User user = {}) {
    enrol::EnrolOtp::In in;
    in.user = std::move(user);
    in.name = std::move(name);
    dialogue.Begun(world_.enrol().EnrolOtp(peer, std::move(in), dialogue.Sink()));
    world_.Settle();
  }
  void EnrolKey(Dialogue& dialogue, const Peer& peer, std::string name, User user = {}) {
    enrol::EnrolKey::In in;
    in.user = std::move(user);
    in.name = std::move(name);
    dialogue.Begun(world_.enrol().EnrolKey(peer, std::move(in), dialogue.Sink()));
    world_.Settle();
  }
  void RemoveKey(Dialogue& dialogue, const Peer& peer, std::string key, User user = {}) {
    dialogue.Begun(
        world_.enrol().RemoveKey(peer, {std::move(user), std::move(key), {}, {}}, dialogue.Sink()));
    world_.Settle();
  }
  void RemoveOtp(Dialogue& dialogue, const Peer& peer, std::string otp, User user = {}) {
    dialogue.Begun(
        world_.enrol().RemoveOtp(peer, {std::move(user), std::move(otp), {}, {}}, dialogue.Sink()));
    world_.Settle();
  }
  void TestKey(Dialogue& dialogue, const Peer& peer, std::string key, User user = {}) {
    dialogue.Begun(
        world_.enrol().TestKey(peer, {std::move(user), std::move(key), {}}, dialogue.Sink()));
    world_.Settle();
  }
  std::string NewCode(const std::string& user) {
    auto out = world_.Call(world_.enrol(), &EnrolService::CreateCode, World::Root(), {user, {}});
    EXPECT_TRUE(out.ok());
    return std::string(out->enrol_code.RevealText());
  }
  size_t Keys(const std::string& user) { return world_.store().ListKeys(user)->size(); }
  size_t Otps(const std::string& user) { return world_.store().ListOtps(user)->size(); }
  World world_;
};

}  // namespace fob::core
