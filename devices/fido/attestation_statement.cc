#include "devices/fido/attestation_statement.h"

#include "devices/fido/cbor.h"

namespace fob::fido {
namespace {

// One byte string that is not empty, into a place that is.
bool Take(CborReader& reader, Bytes& out) {
  const auto content = reader.ByteString();
  if (!content || content->empty() || !out.empty()) return false;
  out.assign(content->begin(), content->end());
  return true;
}

bool TakeCertificates(CborReader& reader, std::vector<Bytes>& out) {
  const auto count = reader.Array();
  if (!out.empty() || !count || *count == 0 || *count > kMaxCertificates) return false;
  for (uint64_t i = 0; i < *count; ++i) {
    if (!Take(reader, out.emplace_back())) return false;
  }
  return true;
}

bool TakeMember(CborReader& reader, AttestationStatement& out) {
  const auto name = reader.Text();
  if (!name) return false;
  if (*name == "alg") {
    if (out.algorithm) return false;
    out.algorithm = reader.Int();
    return out.algorithm.has_value();
  }
  if (*name == "sig") {
    if (out.signature) return false;
    return Take(reader, out.signature.emplace());
  }
  if (*name == "x5c") return TakeCertificates(reader, out.certificates);
  if (*name == "ver") {
    const auto version = reader.Text();
    if (!version || version->empty() || !out.version.empty()) return false;
    out.version = *version;
    return true;
  }
  if (*name == "certInfo") return Take(reader, out.cert_info);
  if (*name == "pubArea") return Take(reader, out.pub_area);
  return false;
}

}  // namespace

std::optional<AttestationStatement> ParseAttestationStatement(ByteView bytes) {
  if (bytes.size() > kMaxStatement) return std::nullopt;
  CborReader reader(bytes);
  const auto pairs = reader.Map();
  if (!pairs) return std::nullopt;
  AttestationStatement out;
  out.members = *pairs;
  for (uint64_t i = 0; i < *pairs; ++i) {
    if (!TakeMember(reader, out)) return std::nullopt;
  }
  if (!reader.done()) return std::nullopt;
  return out;
}

}  // namespace fob::fido
