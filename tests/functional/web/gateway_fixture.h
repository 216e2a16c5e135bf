#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>

#include "tests/support/web/fake_fobd.h"
#include "tests/support/web/gateway_process.h"
#include "tests/support/web/http_client.h"

namespace fob::testing {

using ::testing::HasSubstr;
using ::testing::Not;

// fob-webd in front of an fobd that answers as the test says.
class Gateway : public ::testing::Test {
 protected:
  explicit Gateway(const std::string& more = "", LoopbackSocket::Family family = LoopbackSocket::Family::kIpv4);
  ~Gateway() override;

  boost::json::object Json(const HttpAnswer& answer);
  std::string Text(const boost::json::object& object, std::string_view key);

  std::string folder_;
  LoopbackSocket socket_;
  std::unique_ptr<FakeFobd> fobd_;
  std::unique_ptr<GatewayProcess> webd_;
  HttpClient browser_;
};

}  // namespace fob::testing
