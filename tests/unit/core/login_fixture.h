#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/encoding.h"
#include "tests/support/core_fakes/world.h"

// A login from Begin to its outcome, on the core's fakes and the real store.
namespace fob::core {

using testing::Dialogue;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::World;
using AskKind = proto::Ask::Kind;
using GrantedOutcome = proto::Granted::Outcome;

class LoginFixture : public ::testing::Test {
 protected:
  proto::login::Begin::In At(std::string service, std::string user = "alice") {
    proto::login::Begin::In in;
    in.user = std::move(user);
    in.service = std::move(service);
    return in;
  }
  World world_;
};

}  // namespace fob::core
