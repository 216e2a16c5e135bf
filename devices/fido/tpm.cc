#include "devices/fido/tpm.h"

#include <algorithm>

namespace fob::fido {
namespace {

constexpr uint32_t kGenerated = 0xff544347;
constexpr uint16_t kCertify = 0x8017;
constexpr uint16_t kRsa = 0x0001, kEcc = 0x0023, kNull = 0x0010, kRsassa = 0x0014, kEcdsa = 0x0018;
constexpr uint16_t kP256 = 0x0003;
// fixedTPM, fixedParent, sensitiveDataOrigin and sign must be set; restricted, which signs only
// what the TPM itself made, must not.
constexpr uint32_t kNeeded = 0x2 | 0x10 | 0x20 | 0x40000;
constexpr uint32_t kRestricted = 0x10000;
constexpr size_t kModulus = 256, kCoordinate = 32;

// Reads forwards; what does not fit makes it bad, and then all it gives is zero or empty.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  uint32_t Number(size_t size) {
    uint32_t value = 0;
    for (const uint8_t byte : Take(size)) value = (value << 8) | byte;
    return value;
  }
  ByteView Sized() { return Take(Number(2)); }
  void Skip(size_t size) { Take(size); }
  bool AtTheEnd() const { return good_ && rest_.empty(); }

 private:
  ByteView Take(size_t size) {
    good_ = good_ && size <= rest_.size();
    if (!good_) return {};
    const ByteView out = rest_.first(size);
    rest_ = rest_.subspan(size);
    return out;
  }
  ByteView rest_;
  bool good_ = true;
};

bool TakeScheme(Reader& reader, uint16_t expected) {
  const uint32_t scheme = reader.Number(2);
  return scheme == kNull || (scheme == expected && reader.Number(2) == kTpmSha256);
}

// TPMs may leave leading zeros out.
bool AppendPadded(ByteView number, size_t size, Bytes& out) {
  if (number.empty() || number.size() > size) return false;
  out.insert(out.end(), size - number.size(), 0);
  out.insert(out.end(), number.begin(), number.end());
  return true;
}

std::optional<TpmPublic> TakeRsa(Reader& reader) {
  if (!TakeScheme(reader, kRsassa) || reader.Number(2) != kModulus * 8) return std::nullopt;
  const uint32_t exponent = reader.Number(4);
  TpmPublic out{Algorithm::kRs256, {}};
  if ((exponent != 0 && exponent != 65537) ||
      !AppendPadded(reader.Sized(), kModulus, out.public_key))
    return std::nullopt;
  out.public_key.insert(out.public_key.end(), {1, 0, 1});
  return out;
}

std::optional<TpmPublic> TakeEcc(Reader& reader) {
  if (!TakeScheme(reader, kEcdsa) || reader.Number(2) != kP256 || reader.Number(2) != kNull)
    return std::nullopt;
  TpmPublic out{Algorithm::kEs256, {}};
  if (!AppendPadded(reader.Sized(), kCoordinate, out.public_key) ||
      !AppendPadded(reader.Sized(), kCoordinate, out.public_key)) {
    return std::nullopt;
  }
  return out;
}

}  // namespace

std::optional<TpmCertified> ParseTpmCertInfo(ByteView bytes) {
  Reader reader(bytes);
  if (reader.Number(4) != kGenerated || reader.Number(2) != kCertify) return std::nullopt;
  reader.Sized();  // qualified_signer
  const ByteView extra = reader.Sized();
  reader.Skip(17 + 8);  // clock_info, firmware_version
  const ByteView name = reader.Sized();
  reader.Sized();  // qualified_name
  if (!reader.AtTheEnd()) return std::nullopt;
  return TpmCertified{{extra.begin(), extra.end()}, {name.begin(), name.end()}};
}

std::optional<TpmPublic> ParseTpmPublic(ByteView bytes) {
  Reader reader(bytes);
  const uint32_t type = reader.Number(2);
  if (reader.Number(2) != kTpmSha256) return std::nullopt;
  const uint32_t attributes = reader.Number(4);
  if ((attributes & kNeeded) != kNeeded || (attributes & kRestricted) != 0) return std::nullopt;
  reader.Sized();  // auth_policy
  if (reader.Number(2) != kNull) return std::nullopt;
  std::optional<TpmPublic> out;
  if (type == kRsa) out = TakeRsa(reader);
  if (type == kEcc) out = TakeEcc(reader);
  if (!reader.AtTheEnd()) return std::nullopt;
  return out;
}

}  // namespace fob::fido
