#include "daemon/crypto/attestation_certificates.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/attestation/certificates.h"

namespace fob::crypto {
namespace {

using testing::CertificateShape;
using testing::Issuer;
using testing::NewP256Key;
using testing::NewRsaKey;
using testing::RootShape;
using testing::TpmShape;

constexpr int64_t kNow = 1'800'000'000;
constexpr AttestationCertificates::Aaguid kAaguid = {1, 2,  3,  4,  5,  6,  7,  8,
                                                     9, 10, 11, 12, 13, 14, 15, 16};

Bytes AaguidBytes() { return {kAaguid.begin(), kAaguid.end()}; }

// The text of the refusal; "" when there is none.
std::string Refusal(const Status& status) {
  EXPECT_EQ(ERR_peek_error(), 0u);
  if (status.ok()) return "";
  EXPECT_EQ(status.error().reason, "bad_attestation");
  return status.error().text;
}

class AttestationCertificatesTest : public ::testing::Test {
 protected:
  AttestationCertificates Trusting(std::vector<std::string> pems) {
    auto made = AttestationCertificates::Create(pems);
    EXPECT_TRUE(made.ok());
    return std::move(made).value();
  }
  std::string Packed(const CertificateShape& shape) {
    return Refusal(none_.CheckPackedLeaf(root_.Issue(shape, key_.get()), kAaguid));
  }
  std::string Tpm(const CertificateShape& shape) {
    return Refusal(none_.CheckTpmLeaf(root_.Issue(shape, key_.get()), kAaguid));
  }
  Bytes Leaf(const Issuer& issuer, const CertificateShape& shape = {}) {
    return issuer.Issue(shape, key_.get());
  }

  const testing::PkeyPtr key_ = NewP256Key();
  const Issuer root_;
  const AttestationCertificates none_ = std::move(AttestationCertificates::Create({})).value();
};

TEST_F(AttestationCertificatesTest, PackedLeavesAreThoseOfClause8_2_1) {
  EXPECT_EQ(Packed({}), "");
  CertificateShape shape;
  shape.aaguid = AaguidBytes();
  EXPECT_EQ(Packed(shape), "");
  shape.aaguid_critical = true;
  EXPECT_NE(Packed(shape).find("AAGUID"), std::string::npos);
  for (const Bytes& other : {Bytes(16, 0), Bytes(15, 1), Bytes()}) {
    shape = {};
    shape.aaguid = other;
    EXPECT_NE(Packed(shape), "") << other.size();
  }
  shape = {};
  shape.extensions += "1.3.6.1.4.1.45724.1.1.4=DER:04:02:01:02\n";
  EXPECT_NE(Packed(shape), "");
  shape.extensions = "basicConstraints=critical,CA:FALSE\n1.3.6.1.4.1.45724.1.1.4=DER:05:00\n";
  EXPECT_NE(Packed(shape), "");

  shape = {};
  shape.version = X509_VERSION_1;
  EXPECT_NE(Packed(shape).find("version 3"), std::string::npos);
  for (const char* extensions :
       {"basicConstraints=critical,CA:TRUE\n", "keyUsage=digitalSignature\n"}) {
    shape = {};
    shape.extensions = extensions;
    EXPECT_NE(Packed(shape).find("may sign others"), std::string::npos) << extensions;
  }
}

TEST_F(AttestationCertificatesTest, PackedSubjectsAreExact) {
  const CertificateShape good;
  for (size_t i = 0; i < good.subject.size(); ++i) {
    CertificateShape shape;
    shape.subject.erase(shape.subject.begin() + static_cast<long>(i));
    EXPECT_NE(Packed(shape), "") << "without " << good.subject[i].first;
    shape = {};
    shape.subject.push_back(shape.subject[i]);
    EXPECT_NE(Packed(shape), "") << "twice " << good.subject[i].first;
  }
  for (const auto& [at, text] : {std::pair{size_t{0}, "aq"},
                                 {size_t{2}, "authenticator attestation"},
                                 {size_t{2}, "Authenticator Attestation "},
                                 {size_t{2}, "Sales"}}) {
    CertificateShape shape;
    shape.subject[at].second = text;
    EXPECT_NE(Packed(shape), "") << text;
  }
}

TEST_F(AttestationCertificatesTest, TpmLeavesAreThoseOfClause8_3_1) {
  EXPECT_EQ(Tpm(TpmShape()), "");
  CertificateShape shape = TpmShape();
  shape.aaguid = AaguidBytes();
  EXPECT_EQ(Tpm(shape), "");
  shape.aaguid = Bytes(16, 9);
  EXPECT_NE(Tpm(shape).find("another model"), std::string::npos);
  shape = TpmShape();
  shape.version = X509_VERSION_1;
  EXPECT_NE(Tpm(shape), "");
  shape = TpmShape();
  shape.subject = {{"CN", "a TPM"}};
  EXPECT_NE(Tpm(shape).find("subject"), std::string::npos);
  EXPECT_NE(Tpm({}), "") << "a packed one";
  EXPECT_NE(Packed(TpmShape()), "");
  for (const char* extensions :
       {"basicConstraints=CA:FALSE\nextendedKeyUsage=2.23.133.8.3\n",
        "basicConstraints=CA:FALSE\nextendedKeyUsage=2.23.133.8.3\nsubjectAltName=DNS:tpm.example."
        "org\n",
        "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=dirName:tpm\n",
        "basicConstraints=CA:FALSE\nsubjectAltName=dirName:tpm\n",
        "basicConstraints=CA:TRUE\nextendedKeyUsage=2.23.133.8.3\nsubjectAltName=dirName:tpm\n",
        "extendedKeyUsage=2.23.133.8.3\nsubjectAltName=dirName:tpm\n"}) {
    shape = TpmShape();
    shape.extensions = extensions;
    EXPECT_NE(Tpm(shape), "") << extensions;
  }
  for (const char* line :
       {"x.2.23.133.2.1=id:FFFFF1D0\n", "x.2.23.133.2.2=a TPM\n", "x.2.23.133.2.3=id:13\n"}) {
    shape = TpmShape();
    shape.sections.erase(shape.sections.find(line), std::string(line).size());
    EXPECT_NE(Tpm(shape).find("name a TPM"), std::string::npos) << line;
  }
}

TEST_F(AttestationCertificatesTest, U2fLeavesHaveAKeyOnP256) {
  EXPECT_EQ(Refusal(none_.CheckU2fLeaf(Leaf(root_))), "");
  CertificateShape old;
  old.version = X509_VERSION_1;
  old.extensions.clear();
  EXPECT_EQ(Refusal(none_.CheckU2fLeaf(Leaf(root_, old))), "") << "U2F asks nothing else";
  EXPECT_NE(Refusal(none_.CheckU2fLeaf(root_.Issue({}, NewRsaKey().get()))), "");
  const testing::PkeyPtr p384(EVP_EC_gen("P-384"));
  EXPECT_NE(Refusal(none_.CheckU2fLeaf(root_.Issue({}, p384.get()))), "");
}

TEST_F(AttestationCertificatesTest, ReadsExactlyOneCertificate) {
  const Bytes good = Leaf(root_);
  for (size_t size = 0; size < good.size(); size += 7)
    EXPECT_NE(Refusal(none_.CheckPackedLeaf(ByteView(good).first(size), kAaguid)), "") << size;
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_NE(Refusal(none_.CheckPackedLeaf(longer, kAaguid)), "");
  EXPECT_NE(Refusal(none_.CheckPackedLeaf(Bytes(AttestationCertificates::kMaxCertificate + 1, 0x30),
                                          kAaguid)),
            "");
}

TEST_F(AttestationCertificatesTest, SignaturesAreOfTheKeyAndItsAlgorithm) {
  const Bytes leaf = Leaf(root_);
  const testing::PkeyPtr rsa = NewRsaKey();
  const Bytes rsa_leaf = root_.Issue({}, rsa.get());
  const Bytes message = {1, 2, 3};
  const auto sign = [&](EVP_PKEY* key, const EVP_MD* digest) {
    const DigestContext context(EVP_MD_CTX_new());
    Bytes out(512);
    size_t size = out.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()), 1);
    out.resize(size);
    return out;
  };
  using Algorithm = core::KeyAlgorithm;
  const Bytes good = sign(key_.get(), EVP_sha256());
  const Bytes rsa_good = sign(rsa.get(), EVP_sha256());
  EXPECT_EQ(Refusal(none_.VerifySignature(leaf, Algorithm::kEs256, message, good)), "");
  EXPECT_EQ(Refusal(none_.VerifySignature(rsa_leaf, Algorithm::kRs256, message, rsa_good)), "");
  EXPECT_NE(Refusal(none_.VerifySignature(leaf, Algorithm::kRs256, message, good)), "");
  EXPECT_NE(Refusal(none_.VerifySignature(leaf, Algorithm::kEdDsa, message, good)), "");
  EXPECT_NE(Refusal(none_.VerifySignature(rsa_leaf, Algorithm::kEs256, message, rsa_good)), "");
  EXPECT_NE(Refusal(none_.VerifySignature(leaf, Algorithm::kEs256, Bytes{1, 2}, good)), "");
  EXPECT_NE(Refusal(none_.VerifySignature(leaf, Algorithm::kEs256, message, {})), "");
  EXPECT_NE(Refusal(none_.VerifySignature(leaf, Algorithm::kEs256, message,
                                          sign(key_.get(), EVP_sha384()))),
            "");
  EXPECT_NE(Refusal(none_.VerifySignature(Bytes{0x30, 0}, Algorithm::kEs256, message, good)), "");
}

TEST_F(AttestationCertificatesTest, TrustNeedsAConfiguredRoot) {
  const AttestationCertificates ours = Trusting({root_.pem()});
  EXPECT_EQ(ours.roots(), 1u);
  EXPECT_TRUE(ours.IsTrusted({Leaf(root_)}, kNow));
  EXPECT_FALSE(none_.IsTrusted({Leaf(root_)}, kNow));
  EXPECT_FALSE(ours.IsTrusted({}, kNow));
  const Issuer stranger;  // of the same name
  EXPECT_FALSE(ours.IsTrusted({Leaf(stranger)}, kNow));
  EXPECT_FALSE(ours.IsTrusted({Leaf(stranger), stranger.der()}, kNow))
      << "its own root in the chain";
  EXPECT_TRUE(Trusting({stranger.pem(), root_.pem()}).IsTrusted({Leaf(root_)}, kNow));
  EXPECT_TRUE(Trusting({stranger.pem() + "\n" + root_.pem()}).IsTrusted({Leaf(root_)}, kNow));
}

TEST_F(AttestationCertificatesTest, ChainsGoOverCertificatesThatMaySign) {
  const AttestationCertificates ours = Trusting({root_.pem()});
  const Issuer middle(root_, RootShape("a middle"));
  EXPECT_TRUE(ours.IsTrusted({Leaf(middle), middle.der()}, kNow));
  EXPECT_FALSE(ours.IsTrusted({Leaf(middle)}, kNow)) << "the middle is missing";
  EXPECT_TRUE(Trusting({middle.pem()}).IsTrusted({Leaf(middle)}, kNow))
      << "a root need not be self-signed";
  CertificateShape no_ca;
  const Issuer leaf_that_signs(root_, no_ca);
  EXPECT_FALSE(ours.IsTrusted({Leaf(leaf_that_signs), leaf_that_signs.der()}, kNow));
  CertificateShape no_depth = RootShape("ends here");
  no_depth.extensions = "basicConstraints=critical,CA:TRUE,pathlen:0\n";
  const Issuer end(root_, no_depth);
  const Issuer beyond(end, RootShape("beyond"));
  EXPECT_TRUE(ours.IsTrusted({Leaf(end), end.der()}, kNow));
  EXPECT_FALSE(ours.IsTrusted({Leaf(beyond), beyond.der(), end.der()}, kNow));
  EXPECT_FALSE(ours.IsTrusted({Leaf(root_), Bytes{1}}, kNow)) << "what cannot be read";
  EXPECT_FALSE(ours.IsTrusted(std::vector<Bytes>(9, Leaf(root_)), kNow));
}

TEST_F(AttestationCertificatesTest, TimeAndStrengthCount) {
  const AttestationCertificates ours = Trusting({root_.pem()});
  CertificateShape shape;
  shape.not_before = "20280101000000Z";
  EXPECT_FALSE(ours.IsTrusted({Leaf(root_, shape)}, kNow));
  EXPECT_TRUE(ours.IsTrusted({Leaf(root_, shape)}, 1'840'000'000));
  shape = {};
  shape.not_after = "20250101000000Z";
  EXPECT_FALSE(ours.IsTrusted({Leaf(root_, shape)}, kNow));
  shape = {};
  shape.digest = EVP_sha1();
  EXPECT_FALSE(ours.IsTrusted({Leaf(root_, shape)}, kNow));
  shape = {};
  shape.extensions += "1.2.3.4.5=critical,DER:05:00\n";
  EXPECT_FALSE(ours.IsTrusted({Leaf(root_, shape)}, kNow))
      << "a critical extension that nobody knows";
}

TEST_F(AttestationCertificatesTest, RootsAreCertificatesInPem) {
  const std::string pem = root_.pem();
  for (const std::string& bad :
       {std::string(), std::string("rubbish"), pem.substr(0, pem.size() / 2), pem + "-----BEGIN ",
        pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        std::string("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")}) {
    const auto made = AttestationCertificates::Create({bad});
    ASSERT_FALSE(made.ok()) << bad;
    EXPECT_EQ(made.error().reason, "bad_root");
  }
}

class AttestationRoots : public AttestationCertificatesTest {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "fob-roots-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  Error Failure() { return LoadAttestationRoots(folder_).error(); }

  std::string folder_;
};

TEST_F(AttestationRoots, AreEveryPemFileOfTheFolder) {
  EXPECT_EQ(LoadAttestationRoots(folder_ + "/none")->roots(), 0u);
  EXPECT_EQ(LoadAttestationRoots(folder_)->roots(), 0u);
  Write("b.pem", root_.pem());
  Write("a.pem", Issuer().pem() + Issuer().pem());
  Write("README", "nothing of ours");
  Write(".hidden.pem", "nor this");
  const auto loaded = LoadAttestationRoots(folder_);
  ASSERT_TRUE(loaded.ok()) << loaded.error().text;
  EXPECT_EQ(loaded->roots(), 3u);
  EXPECT_TRUE(loaded->IsTrusted({Leaf(root_)}, kNow));
  Write("c.pem", "rubbish");
  EXPECT_NE(Failure().text.find(folder_ + "/c.pem"), std::string::npos);
}

TEST_F(AttestationRoots, I3_ComeFromNoFileThatOthersWrite) {
  Write("a.pem", root_.pem());
  for (const mode_t mode : {0664, 0646, 0666}) {
    ASSERT_EQ(::chmod((folder_ + "/a.pem").c_str(), mode), 0);
    EXPECT_EQ(Failure().code, Code::kNotPermitted) << mode;
  }
  ASSERT_EQ(::chmod((folder_ + "/a.pem").c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0770), 0);
  EXPECT_EQ(Failure().code, Code::kNotPermitted);
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
  EXPECT_TRUE(LoadAttestationRoots(folder_).ok());
  std::filesystem::create_symlink(folder_ + "/a.pem", folder_ + "/b.pem");
  EXPECT_EQ(Failure().code, Code::kNotPermitted);
  std::filesystem::remove(folder_ + "/b.pem");
  ASSERT_EQ(::mkfifo((folder_ + "/b.pem").c_str(), 0600), 0);
  EXPECT_EQ(Failure().code, Code::kNotPermitted);
  std::filesystem::remove(folder_ + "/b.pem");
  Write("b.pem", std::string(300 * 1024, '\n'));
  EXPECT_EQ(Failure().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fob::crypto
