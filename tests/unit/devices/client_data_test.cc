#include "devices/fido/client_data.h"

#include <gtest/gtest.h>

namespace fob::fido {
namespace {

const Bytes kChallenge(16, 0xff);

TEST(ClientData, TheTextIsExact) {
  const auto get =
      ClientDataJson({ClientDataType::kGet, kChallenge, "host.example.org", "anna", "sshd"});
  ASSERT_TRUE(get.ok());
  EXPECT_EQ(
      *get,
      R"({"type":"org.fobd.get","challenge":"_____________________w","host":"host.example.org","user":"anna",)"
      R"("service":"sshd"})");
  const auto create = ClientDataJson({ClientDataType::kCreate, kChallenge, "h", "u", "s"});
  ASSERT_TRUE(create.ok());
  EXPECT_EQ(create->substr(0, 26), R"({"type":"org.fobd.create",)");
}

TEST(ClientData, TextsCannotLeaveTheirMember) {
  const auto json = ClientDataJson(
      {ClientDataType::kGet, kChallenge, "h\",\"user\":\"root", "a\\\n\x01", "sé\x7f"});
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(
      *json,
      R"({"type":"org.fobd.get","challenge":"_____________________w","host":"h\",\"user\":\"root",)"
      R"("user":"a\\\u000a\u0001","service":"sé)"
      "\x7f"
      R"("})");
}

TEST(ClientData, RefusesWhatIsNotUtf8AndOddChallenges) {
  for (const std::string_view bad :
       {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_EQ(ClientDataJson({ClientDataType::kGet, kChallenge, bad, "u", "s"}).error().reason,
              "bad_client_data");
    EXPECT_FALSE(ClientDataJson({ClientDataType::kGet, kChallenge, "h", bad, "s"}).ok());
    EXPECT_FALSE(ClientDataJson({ClientDataType::kGet, kChallenge, "h", "u", bad}).ok());
  }
  for (const size_t size : {0, 15, 65}) {
    EXPECT_FALSE(ClientDataJson({ClientDataType::kGet, Bytes(size), "h", "u", "s"}).ok());
  }
}

}  // namespace
}  // namespace fob::fido
