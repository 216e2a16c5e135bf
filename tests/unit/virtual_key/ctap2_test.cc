#include <gtest/gtest.h>
#include <openssl/x509.h>

#include "tests/support/virtual_key/seeded_random.h"
#include "tests/unit/virtual_key/fido_host.h"

namespace fob::testing {
namespace {

TEST(VirtualKeyCtap2, MakesAndUsesCredentialsOfEachAlgorithm) {
  InProcessDevice device;
  const DevPtr dev = Open(device);
  ASSERT_TRUE(dev);
  for (const int algorithm : {COSE_ES256, COSE_EDDSA}) {
    const CredAnswer made = MakeCred(dev.get(), {.algorithm = algorithm});
    ASSERT_EQ(made.error, FIDO_OK);
    EXPECT_EQ(Verify(made.cred.get()), FIDO_OK);
    EXPECT_EQ(fido_cred_flags(made.cred.get()) & (kUp | kUv), kUp);
    const AssertAnswer got = GetAssert(dev.get(), {.allow = {made.id()}});
    ASSERT_EQ(got.error, FIDO_OK);
    EXPECT_EQ(Verify(got.assertion.get(), made.cred.get()), FIDO_OK);
    EXPECT_EQ(fido_assert_flags(got.assertion.get(), 0) & (kUp | kUv), kUp);
  }
}

TEST(VirtualKeyCtap2, TellsWhatItIs) {
  Options options;
  options.pin_protocols = {1};
  options.initial_pin = "1234";
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  std::unique_ptr<fido_cbor_info_t, FidoFree> info(fido_cbor_info_new());
  ASSERT_EQ(fido_dev_get_cbor_info(dev.get(), info.get()), FIDO_OK);
  EXPECT_EQ(fido_cbor_info_versions_len(info.get()), 3u);
  EXPECT_EQ(fido_cbor_info_protocols_len(info.get()), 1u);
  EXPECT_EQ(fido_cbor_info_algorithm_count(info.get()), 2u);
  EXPECT_EQ(fido_cbor_info_rk_remaining(info.get()), 25);
  EXPECT_EQ(
      Bytes(fido_cbor_info_aaguid_ptr(info.get()), fido_cbor_info_aaguid_ptr(info.get()) + 16),
      Bytes(options.aaguid.begin(), options.aaguid.end()));
  EXPECT_TRUE(fido_dev_has_pin(dev.get()));
  EXPECT_TRUE(fido_dev_supports_permissions(dev.get()));
  EXPECT_TRUE(fido_dev_supports_cred_prot(dev.get()));
  EXPECT_FALSE(fido_dev_supports_uv(dev.get()));
}

TEST(VirtualKeyCtap2, AttestsByBatchCertificateOrNotAtAll) {
  Options options;
  options.attestation = AttestationKind::kBatch;
  InProcessDevice batch(options);
  const CredAnswer made = MakeCred(Open(batch).get());
  ASSERT_EQ(made.error, FIDO_OK);
  EXPECT_GT(fido_cred_x5c_len(made.cred.get()), 0u);
  EXPECT_EQ(fido_cred_verify(made.cred.get()), FIDO_OK);

  const auto parse = [](const unsigned char* der, size_t length) {
    return d2i_X509(nullptr, &der, static_cast<long>(length));
  };
  X509* leaf = parse(fido_cred_x5c_ptr(made.cred.get()), fido_cred_x5c_len(made.cred.get()));
  const Bytes& root_der = batch.key().attestation_root();
  X509* root = parse(root_der.data(), root_der.size());
  ASSERT_TRUE(leaf != nullptr && root != nullptr);
  EXPECT_EQ(X509_verify(leaf, X509_get0_pubkey(root)), 1);
  EXPECT_EQ(X509_NAME_cmp(X509_get_issuer_name(leaf), X509_get_subject_name(root)), 0);
  X509_free(leaf);
  X509_free(root);

  options.attestation = AttestationKind::kNone;
  InProcessDevice none(options);
  const CredAnswer bare = MakeCred(Open(none).get());
  ASSERT_EQ(bare.error, FIDO_OK);
  EXPECT_STREQ(fido_cred_fmt(bare.cred.get()), "none");
}

TEST(VirtualKeyCtap2, RefusesAnAlgorithmItLacks) {
  Options options;
  options.algorithms = {kEs256};
  InProcessDevice device(options);
  EXPECT_EQ(MakeCred(Open(device).get(), {.algorithm = COSE_EDDSA}).error,
            FIDO_ERR_UNSUPPORTED_ALGORITHM);
}

TEST(VirtualKeyCtap2, ExcludesAKnownCredentialAfterATouch) {
  InProcessDevice device;
  const DevPtr dev = Open(device);
  const CredAnswer first = MakeCred(dev.get());
  ASSERT_EQ(first.error, FIDO_OK);
  const int64_t blinks = device.key().status(device.now_ms()).blinks;
  EXPECT_EQ(MakeCred(dev.get(), {.exclude = first.id()}).error, FIDO_ERR_CREDENTIAL_EXCLUDED);
  EXPECT_EQ(device.key().status(device.now_ms()).blinks, blinks + 1);
  EXPECT_EQ(MakeCred(dev.get(), {.rp = "other.example.org", .exclude = first.id()}).error, FIDO_OK);
}

TEST(VirtualKeyCtap2, PicksFromAnAllowListAndKeepsRpsApart) {
  InProcessDevice device;
  const DevPtr dev = Open(device);
  const CredAnswer made = MakeCred(dev.get());
  const Bytes unknown(48, 0x11);
  const AssertAnswer got = GetAssert(dev.get(), {.allow = {unknown, made.id()}});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(Verify(got.assertion.get(), made.cred.get()), FIDO_OK);
  EXPECT_EQ(GetAssert(dev.get(), {.allow = {unknown}}).error, FIDO_ERR_NO_CREDENTIALS);
  EXPECT_EQ(GetAssert(dev.get(), {.rp = "other.example.org", .allow = {made.id()}}).error,
            FIDO_ERR_NO_CREDENTIALS);
  EXPECT_EQ(GetAssert(dev.get(), {}).error, FIDO_ERR_NO_CREDENTIALS) << "it is not discoverable";
}

TEST(VirtualKeyCtap2, SilentPreflightNeedsNoTouch) {
  InProcessDevice device;
  const DevPtr dev = Open(device);
  const CredAnswer made = MakeCred(dev.get());
  device.key().controls().touch = TouchPolicy::kNever;
  const AssertAnswer got = GetAssert(dev.get(), {.allow = {made.id()}, .up = FIDO_OPT_FALSE});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(fido_assert_flags(got.assertion.get(), 0) & kUp, 0);
}

TEST(VirtualKeyCtap2, DiscoversSeveralAccountsNewestFirst) {
  Options options;
  options.initial_pin = "1234";
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  std::vector<CredAnswer> made;
  for (const char* user : {"alice", "bob", "carol"}) {
    made.push_back(MakeCred(dev.get(), {.user = user, .rk = FIDO_OPT_TRUE, .pin = "1234"}));
    ASSERT_EQ(made.back().error, FIDO_OK);
  }
  const AssertAnswer got = GetAssert(dev.get(), {.pin = "1234"});
  ASSERT_EQ(got.error, FIDO_OK);
  ASSERT_EQ(fido_assert_count(got.assertion.get()), 3u);
  EXPECT_STREQ(fido_assert_user_name(got.assertion.get(), 0), "carol");
  EXPECT_STREQ(fido_assert_user_name(got.assertion.get(), 2), "alice");
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(Verify(got.assertion.get(), made[2 - i].cred.get(), i), FIDO_OK);

  const AssertAnswer unverified = GetAssert(dev.get(), {});
  ASSERT_EQ(unverified.error, FIDO_OK);
  EXPECT_EQ(fido_assert_user_name(unverified.assertion.get(), 0), nullptr)
      << "names are for a verified user";
}

TEST(VirtualKeyCtap2, OverwritesTheSameAccountAndFillsUp) {
  Options options;
  options.rk_capacity = 2;
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  for (const char* user : {"alice", "alice", "bob"}) {
    ASSERT_EQ(MakeCred(dev.get(), {.user = user, .rk = FIDO_OPT_TRUE}).error, FIDO_OK);
  }
  EXPECT_EQ(device.key().status(device.now_ms()).discoverable, 2u);
  EXPECT_EQ(MakeCred(dev.get(), {.user = "carol", .rk = FIDO_OPT_TRUE}).error,
            FIDO_ERR_KEY_STORE_FULL);
}

TEST(VirtualKeyCtap2, EnforcesCredProtect) {
  Options options;
  options.initial_pin = "1234";
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  const auto make = [&](const char* rp, int protection) {
    return MakeCred(dev.get(),
                    {.rp = rp, .rk = FIDO_OPT_TRUE, .protection = protection, .pin = "1234"});
  };
  const CredAnswer one = make("one.example.org", FIDO_CRED_PROT_UV_OPTIONAL);
  const CredAnswer two = make("two.example.org", FIDO_CRED_PROT_UV_OPTIONAL_WITH_ID);
  const CredAnswer three = make("three.example.org", FIDO_CRED_PROT_UV_REQUIRED);
  EXPECT_EQ(fido_cred_prot(three.cred.get()), FIDO_CRED_PROT_UV_REQUIRED);

  EXPECT_EQ(GetAssert(dev.get(), {.rp = "one.example.org"}).error, FIDO_OK);
  EXPECT_EQ(GetAssert(dev.get(), {.rp = "two.example.org"}).error, FIDO_ERR_NO_CREDENTIALS);
  EXPECT_EQ(GetAssert(dev.get(), {.rp = "two.example.org", .allow = {two.id()}}).error, FIDO_OK);
  EXPECT_EQ(GetAssert(dev.get(), {.rp = "two.example.org", .pin = "1234"}).error, FIDO_OK);
  EXPECT_EQ(GetAssert(dev.get(), {.rp = "three.example.org", .allow = {three.id()}}).error,
            FIDO_ERR_NO_CREDENTIALS);
  EXPECT_EQ(
      GetAssert(dev.get(), {.rp = "three.example.org", .allow = {three.id()}, .pin = "1234"}).error,
      FIDO_OK);
  // A level-3 credential is not even excluded for a stranger (clause 6.1.2).
  EXPECT_EQ(MakeCred(dev.get(), {.rp = "three.example.org", .exclude = three.id()}).error, FIDO_OK);
}

TEST(VirtualKeyCtap2, CountsGloballyOrNotAtAll) {
  Options options;
  options.counter_step = 5;
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  const CredAnswer made = MakeCred(dev.get());
  EXPECT_EQ(fido_cred_sigcount(made.cred.get()), 21u);
  EXPECT_EQ(fido_assert_sigcount(GetAssert(dev.get(), {.allow = {made.id()}}).assertion.get(), 0),
            26u);
  const CredAnswer other = MakeCred(dev.get(), {.rp = "other.example.org"});
  EXPECT_EQ(fido_cred_sigcount(other.cred.get()), 31u);

  options.counter_step = 0;
  InProcessDevice still(options);
  const DevPtr still_dev = Open(still);
  const CredAnswer zero = MakeCred(still_dev.get());
  EXPECT_EQ(fido_cred_sigcount(zero.cred.get()), 0u);
  EXPECT_EQ(
      fido_assert_sigcount(GetAssert(still_dev.get(), {.allow = {zero.id()}}).assertion.get(), 0),
      0u);
}

TEST(VirtualKeyCtap2, Ctap20KeyNeedsThePinForEveryCredential) {
  Options options;
  options.version = CtapVersion::kCtap20;
  options.pin_protocols = {1};
  options.initial_pin = "1234";
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  EXPECT_FALSE(fido_dev_supports_permissions(dev.get()));
  EXPECT_EQ(MakeCred(dev.get()).error, FIDO_ERR_PIN_REQUIRED);
  const CredAnswer made = MakeCred(dev.get(), {.pin = "1234"});
  ASSERT_EQ(made.error, FIDO_OK);
  EXPECT_EQ(fido_cred_flags(made.cred.get()) & kUv, kUv);
  const AssertAnswer got = GetAssert(dev.get(), {.allow = {made.id()}, .pin = "1234"});
  EXPECT_EQ(Verify(got.assertion.get(), made.cred.get()), FIDO_OK);
}

TEST(VirtualKeyCtap2, ResetsOnlySoonAfterPowerUp) {
  Options options;
  options.initial_pin = "1234";
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  const CredAnswer made = MakeCred(dev.get());
  device.Advance(20'000);
  EXPECT_EQ(fido_dev_reset(dev.get()), FIDO_ERR_NOT_ALLOWED);
  device.key().Plug(device.now_ms());
  const DevPtr again = Open(device);
  EXPECT_EQ(fido_dev_reset(again.get()), FIDO_OK);
  EXPECT_EQ(GetAssert(again.get(), {.allow = {made.id()}}).error, FIDO_ERR_NO_CREDENTIALS);
  EXPECT_FALSE(device.key().status(device.now_ms()).pin_set);
}

TEST(VirtualKeyCtap2, StateSurvivesARestart) {
  const auto cell = std::make_shared<std::optional<Bytes>>();
  const auto start = [&] {
    return std::make_unique<InProcessDevice>(Options{.initial_pin = "1234"},
                                             std::make_unique<MemoryStorage>(cell),
                                             std::make_unique<SystemRandom>());
  };
  CredAnswer made;
  uint32_t counter = 0;
  {
    const auto device = start();
    const DevPtr dev = Open(*device);
    made = MakeCred(dev.get(), {.rk = FIDO_OPT_TRUE, .pin = "1234"});
    ASSERT_EQ(made.error, FIDO_OK);
    EXPECT_EQ(GetAssert(dev.get(), {.pin = "9999"}).error, FIDO_ERR_PIN_INVALID);
    counter = device->key().status(0).counter;
  }
  const auto device = start();
  EXPECT_EQ(device->key().status(0).pin_retries, 7);
  EXPECT_EQ(device->key().status(0).counter, counter);
  const AssertAnswer got = GetAssert(Open(*device).get(), {.pin = "1234"});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(Verify(got.assertion.get(), made.cred.get()), FIDO_OK);
  EXPECT_GT(fido_assert_sigcount(got.assertion.get(), 0), counter);
}

TEST(VirtualKeyCtap2, TheSameSeedMakesTheSameKey) {
  const auto id = [] {
    InProcessDevice device({}, std::make_unique<MemoryStorage>(),
                           std::make_unique<SeededRandom>(7));
    return MakeCred(Open(device).get()).id();
  };
  EXPECT_EQ(id(), id());
}

}  // namespace
}  // namespace fob::testing
