// What fob-keyd may send to fobd: it parses what comes from USB, so that fobd believes none of it. The first
// byte chooses: an even one, a reply as it stands in a frame; an odd one, the raw parts of a credential
// (authenticator data, then its attestation statement), which mutation reaches better without base64url.
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "daemon/core/worker_words.h"
#include "devices/fido/auth_data.h"
#include "devices/fido/verify.h"
#include "proto/envelope.h"
#include "proto/messages_json.h"

namespace {

using namespace fob;

const Bytes kHash(32, 7);

void TryCredential(const Bytes& auth_data, const Bytes& statement, const std::string& format) {
  if (const auto parsed = fido::ParseAuthData(auth_data); parsed.ok() && parsed->attested.has_value()) {
    FUZZ_REQUIRE(!parsed->attested->credential_id.empty());
    FUZZ_REQUIRE(parsed->attested->credential_id.size() <= fido::kMaxCredentialId);
  }
  const auto facts = fido::VerifyCredential({.rp_id = "login.example.org",
                                             .client_data_hash = kHash,
                                             .require_user_verification = false,
                                             .auth_data = auth_data,
                                             .format = format,
                                             .attestation_statement = statement});
  if (facts.ok()) FUZZ_REQUIRE(facts->user_present && !facts->credential_id.empty() && !facts->public_key.empty());
}

void TryAssertion(const proto::Assertion& answer) {
  const auto id = Base64UrlDecode(answer.credential_id);
  const auto auth_data = Base64UrlDecode(answer.auth_data);
  const auto signature = Base64UrlDecode(answer.signature);
  if (!id.ok() || !auth_data.ok() || !signature.ok()) return;
  for (const auto algorithm : {fido::Algorithm::kEs256, fido::Algorithm::kEdDsa}) {
    const auto facts = fido::VerifyAssertion({.rp_id = "login.example.org",
                                              .client_data_hash = kHash,
                                              .credential_id = *id,
                                              .public_key = Bytes(algorithm == fido::Algorithm::kEs256 ? 64 : 32, 1),
                                              .algorithm = algorithm,
                                              .require_user_verification = false,
                                              .answered_credential_id = *id,
                                              .auth_data = *auth_data,
                                              .signature = *signature});
    FUZZ_REQUIRE(!facts.ok());  // nobody has that key
  }
}

void TryReply(std::string_view text) {
  const auto reply = proto::ParseReply(text);
  if (!reply.ok()) return;
  const auto asserted = proto::FromJson<proto::worker::GetAssertion::Out>(reply->parameters, proto::Unknown::kRefuse);
  if (asserted.ok() && asserted->assertion.has_value()) TryAssertion(*asserted->assertion);
  const auto listed = proto::FromJson<proto::worker::ListDevices::Out>(reply->parameters, proto::Unknown::kRefuse);
  if (listed.ok() && listed->devices.has_value()) {
    for (proto::Device device : *listed->devices) {
      if (!core::Tidy(device)) continue;
      FUZZ_REQUIRE(device.name.size() <= 64 && device.versions.size() <= 8 && device.device.size() <= 256);
    }
  }
  const auto made = proto::FromJson<proto::worker::MakeCredential::Out>(reply->parameters, proto::Unknown::kRefuse);
  if (!made.ok() || !made->credential.has_value()) return;
  const auto auth_data = Base64UrlDecode(made->credential->auth_data);
  const auto statement = Base64UrlDecode(made->credential->attestation_statement);
  if (auth_data.ok() && statement.ok()) TryCredential(*auth_data, *statement, made->credential->format);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const ByteView body(data + 3, size - 3);
  if (data[0] % 2 == 0) {
    TryReply(AsText(body));
    return 0;
  }
  const size_t cut = std::min<size_t>(body.size(), size_t{data[1]} * 256 + data[2]);
  const Bytes auth_data(body.begin(), body.begin() + static_cast<ptrdiff_t>(cut));
  const Bytes statement(body.begin() + static_cast<ptrdiff_t>(cut), body.end());
  for (const char* format : {"none", "packed", "fido-u2f"}) TryCredential(auth_data, statement, format);
  return 0;
}
