#include "daemon/store/columns.h"

#include <array>
#include <utility>

namespace fob::store {
namespace {

using namespace std::string_view_literals;

template <typename Enum, size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<core::KeyAlgorithm, 3> kKeyAlgorithms = {{{core::KeyAlgorithm::kEs256, "es256"sv},
                                                          {core::KeyAlgorithm::kEdDsa, "eddsa"sv},
                                                          {core::KeyAlgorithm::kRs256, "rs256"sv}}};
constexpr Names<core::Attestation, 4> kAttestations = {
    {{core::Attestation::kNone, "none"sv},
     {core::Attestation::kSelf, "self"sv},
     {core::Attestation::kUnverified, "unverified"sv},
     {core::Attestation::kVerified, "verified"sv}}};
constexpr Names<core::OtpKind, 2> kOtpKinds = {
    {{core::OtpKind::kTotp, "totp"sv}, {core::OtpKind::kHotp, "hotp"sv}}};
constexpr Names<core::OtpAlgorithm, 3> kOtpAlgorithms = {
    {{core::OtpAlgorithm::kSha1, "sha1"sv},
     {core::OtpAlgorithm::kSha256, "sha256"sv},
     {core::OtpAlgorithm::kSha512, "sha512"sv}}};
constexpr Names<core::SigningAlgorithm, 3> kSigningAlgorithms = {
    {{core::SigningAlgorithm::kEs256, "ES256"sv},
     {core::SigningAlgorithm::kEdDsa, "EdDSA"sv},
     {core::SigningAlgorithm::kRs256, "RS256"sv}}};
constexpr Names<core::TokenKind, 2> kTokenKinds = {
    {{core::TokenKind::kJwt, "jwt"sv}, {core::TokenKind::kOpaque, "opaque"sv}}};
constexpr Names<core::AuthMethod, 3> kAuthMethods = {
    {{core::AuthMethod::kSecret, "client_secret"sv},
     {core::AuthMethod::kPrivateKeyJwt, "private_key_jwt"sv},
     {core::AuthMethod::kNone, "none"sv}}};
constexpr Names<core::Outcome, 3> kOutcomes = {{{core::Outcome::kAllowed, "allowed"sv},
                                                {core::Outcome::kDenied, "denied"sv},
                                                {core::Outcome::kFailed, "failed"sv}}};

Error BadWord() {
  return MakeError(Code::kCorrupt, "store_corrupt", "the store: a column holds a word that it cannot hold");
}

template <typename Enum, size_t N>
std::string_view Find(const Names<Enum, N>& names, Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return {};
}

template <typename Enum, size_t N>
Status Find(const Names<Enum, N>& names, std::string_view name, Enum& out) {
  for (const auto& [value, candidate] : names) {
    if (candidate != name) continue;
    out = value;
    return Ok();
  }
  return BadWord();
}

}  // namespace

Result<std::string> ToLines(const std::vector<std::string>& items) {
  std::string lines;
  for (const std::string& item : items) {
    if (item.empty() || item.find('\n') != std::string::npos) {
      return MakeError(Code::kInvalidArgument, "bad_list",
                       "an item of a list is empty or holds a line feed");
    }
    if (!lines.empty()) lines += '\n';
    lines += item;
  }
  return lines;
}

std::vector<std::string> FromLines(std::string_view lines) {
  std::vector<std::string> items;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    items.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return items;
}

std::string_view NameOf(core::KeyAlgorithm value) { return Find(kKeyAlgorithms, value); }
std::string_view NameOf(core::Attestation value) { return Find(kAttestations, value); }
std::string_view NameOf(core::OtpKind value) { return Find(kOtpKinds, value); }
std::string_view NameOf(core::OtpAlgorithm value) { return Find(kOtpAlgorithms, value); }
std::string_view NameOf(core::SigningAlgorithm value) { return Find(kSigningAlgorithms, value); }
std::string_view NameOf(core::TokenKind value) { return Find(kTokenKinds, value); }
std::string_view NameOf(core::AuthMethod value) { return Find(kAuthMethods, value); }
std::string_view NameOf(core::Outcome value) { return Find(kOutcomes, value); }

Status FromName(std::string_view name, core::KeyAlgorithm& out) {
  return Find(kKeyAlgorithms, name, out);
}
Status FromName(std::string_view name, core::Attestation& out) {
  return Find(kAttestations, name, out);
}
Status FromName(std::string_view name, core::OtpKind& out) { return Find(kOtpKinds, name, out); }
Status FromName(std::string_view name, core::Factor& out) {
  const auto factor = core::FactorFromName(name);
  if (!factor.has_value()) return BadWord();
  out = *factor;
  return Ok();
}
Status FromName(std::string_view name, core::Locality& out) {
  for (const auto value : {core::Locality::kLocal, core::Locality::kRemote, core::Locality::kUnknown}) {
    if (core::LocalityName(value) != name) continue;
    out = value;
    return Ok();
  }
  return BadWord();
}
Status FromName(std::string_view name, core::OtpAlgorithm& out) {
  return Find(kOtpAlgorithms, name, out);
}
Status FromName(std::string_view name, core::SigningAlgorithm& out) {
  return Find(kSigningAlgorithms, name, out);
}
Status FromName(std::string_view name, core::TokenKind& out) {
  return Find(kTokenKinds, name, out);
}
Status FromName(std::string_view name, core::AuthMethod& out) {
  return Find(kAuthMethods, name, out);
}
Status FromName(std::string_view name, core::Outcome& out) { return Find(kOutcomes, name, out); }

}  // namespace fob::store
