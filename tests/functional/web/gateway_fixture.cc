#include "tests/functional/web/gateway_fixture.h"

#include <filesystem>

namespace fob::testing {

Gateway::Gateway(const std::string& more, LoopbackSocket::Family family) : socket_(family), browser_(socket_.port()) {
  char name[] = "/tmp/fob-fake-XXXXXX";
  folder_ = ::mkdtemp(name);
  fobd_ = std::make_unique<FakeFobd>(folder_ + "/fobd.sock", socket_.origin());
  webd_ = std::make_unique<GatewayProcess>(socket_, folder_ + "/fobd.sock", more);
}

Gateway::~Gateway() {
  webd_.reset();
  fobd_.reset();
  std::filesystem::remove_all(folder_);
}

boost::json::object Gateway::Json(const HttpAnswer& answer) {
  boost::system::error_code failed;
  const auto value = boost::json::parse(answer.body, failed);
  if (failed || !value.is_object()) {
    ADD_FAILURE() << "no JSON object: " << answer.body;
    return {};
  }
  return value.get_object();
}

std::string Gateway::Text(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(boost::json::string_view(key.data(), key.size()));
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace fob::testing
