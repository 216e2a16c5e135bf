#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "proto/messages.h"
#include "tests/functional/cli/fobctl.h"

namespace fob::testing {

// One verb that talks to fobd: how it is called, which method it calls, a good reply to that.
struct VerbCase {
  std::string name;
  std::vector<std::string> arguments;
  std::string input;
  std::string method;
  boost::json::object reply;
};

// All of them. Files that they read are put into `folder`.
std::vector<VerbCase> VerbCases(const TempFolder& folder);

proto::Key SomeKey();
proto::Device SomeDevice();
proto::Otp SomeOtp();
proto::LoginInfo SomeLogin();
proto::Client SomeClient();

}  // namespace fob::testing
