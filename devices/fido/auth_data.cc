#include "devices/fido/auth_data.h"

#include <algorithm>

#include "devices/fido/cbor.h"

namespace fob::fido {
namespace {

constexpr uint8_t kUp = 0x01, kUv = 0x04, kBe = 0x08, kBs = 0x10, kAt = 0x40, kEd = 0x80;
constexpr size_t kHead = 37, kAttestedHead = 18;
constexpr int64_t kCoseAlg = 3;

Error Bad(std::string_view what) {
  return MakeError(Code::kCorrupt, "bad_auth_data", "authenticator data: " + std::string(what));
}

// The algorithm that a COSE_Key names; the reader moves behind the key.
std::optional<int64_t> TakeCoseKey(CborReader& reader) {
  const auto pairs = reader.Map();
  if (!pairs) return std::nullopt;
  std::optional<int64_t> algorithm;
  for (uint64_t i = 0; i < *pairs; ++i) {
    const auto label = reader.Int();
    if (!label) return std::nullopt;
    if (*label == kCoseAlg) {
      if (algorithm) return std::nullopt;
      algorithm = reader.Int();
      if (!algorithm) return std::nullopt;
    } else if (!reader.Skip()) {
      return std::nullopt;
    }
  }
  return algorithm;
}

}  // namespace

Result<AuthData> ParseAuthData(ByteView raw) {
  if (raw.size() > kMaxAuthData) return Bad("too long");
  if (raw.size() < kHead) return Bad("cut off");
  AuthData out;
  std::copy_n(raw.begin(), out.rp_id_hash.size(), out.rp_id_hash.begin());
  const uint8_t flags = raw[32];
  out.user_present = (flags & kUp) != 0;
  out.user_verified = (flags & kUv) != 0;
  out.backup_eligible = (flags & kBe) != 0;
  out.backed_up = (flags & kBs) != 0;
  if (out.backed_up && !out.backup_eligible) return Bad("backed up, but not eligible for backup");
  for (size_t i = 33; i < kHead; ++i) out.counter = (out.counter << 8) | raw[i];
  ByteView rest = raw.subspan(kHead);

  if ((flags & kAt) != 0) {
    if (rest.size() < kAttestedHead) return Bad("cut off in the credential");
    AuthData::Attested& attested = out.attested.emplace();
    std::copy_n(rest.begin(), attested.aaguid.size(), attested.aaguid.begin());
    const size_t length = static_cast<size_t>(rest[16] << 8) | rest[17];
    rest = rest.subspan(kAttestedHead);
    if (length == 0 || length > kMaxCredentialId || length > rest.size())
      return Bad("a credential id of a bad length");
    attested.credential_id.assign(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(length));
    CborReader reader(rest.subspan(length));
    const auto algorithm = TakeCoseKey(reader);
    if (!algorithm) return Bad("a public key that is not a COSE_Key");
    attested.cose_algorithm = *algorithm;
    rest = reader.rest();
  }
  if ((flags & kEd) != 0) {
    CborReader reader(rest);
    CborReader inside(rest);
    if (!inside.Map() || !reader.Skip()) return Bad("extensions that are not a map");
    rest = reader.rest();
  }
  if (!rest.empty()) return Bad("bytes left over");
  return out;
}

}  // namespace fob::fido
