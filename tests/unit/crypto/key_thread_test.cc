// Signing keys, made beside everything else.
#include "daemon/crypto/key_thread.h"

#include <gtest/gtest.h>

#include <future>

#include "daemon/crypto/signing_key.h"

namespace fob::crypto {
namespace {

using core::SigningAlgorithm;

TEST(KeyThread, BringsAKeyOfTheAlgorithmThatWasAskedFor) {
  std::promise<UniqueFunction<void()>> posted;
  KeyThread maker([&](UniqueFunction<void()> work) { posted.set_value(std::move(work)); });
  std::optional<Result<core::SigningKeyRecord>> made;
  maker.Make(SigningAlgorithm::kEdDsa, 7, [&](Result<core::SigningKeyRecord> key) { made.emplace(std::move(key)); });
  UniqueFunction<void()> work = posted.get_future().get();
  EXPECT_FALSE(made.has_value()) << "told by whoever it is posted to, and by nobody before";
  work();
  ASSERT_TRUE(made.has_value() && made->ok());
  EXPECT_EQ((*made)->algorithm, SigningAlgorithm::kEdDsa);
  EXPECT_EQ((*made)->created_at, 7);
  EXPECT_TRUE(OpenSigningKey(**made).ok());
}

TEST(KeyThread, AKeyThatNobodyWaitsForIsGivenUp) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(GenerateSigningKey(SigningAlgorithm::kRs256, 7, stop.get_token()).error().code, Code::kCancelled);
  const auto key = GenerateSigningKey(SigningAlgorithm::kRs256, 7);
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(OpenSigningKey(*key).ok());
}

}  // namespace
}  // namespace fob::crypto
