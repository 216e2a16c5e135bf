#include "devices/oath/otpauth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>

#include "base/encoding.h"
#include "base/utf8.h"

namespace fob::oath {
namespace {

Error Bad(std::string_view what) {
  return MakeError(Code::kInvalidArgument, "bad_otpauth", "otpauth URI: " + std::string(what));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// UTF-8 without control characters: these texts reach terminals and logs.
bool IsPlainUtf8(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = FirstRune(text);
    const bool control = rune.value < 0x20 || (rune.value >= 0x7f && rune.value < 0xa0);
    if (rune.size == 0 || control) return false;
    text.remove_prefix(rune.size);
  }
  return true;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!IsPlainUtf8(out)) return std::nullopt;
  return out;
}

// RFC 4648 clause 6, either case; padding, where there is any, must be whole.
std::optional<SecretBytes> Base32Decode(std::string_view text) {
  const size_t length = std::min(text.find('='), text.size());
  if (length != text.size() && (text.size() % 8 != 0 || text.size() - length > 6))
    return std::nullopt;
  if (text.substr(length).find_first_not_of('=') != std::string_view::npos) return std::nullopt;
  if (const size_t rest = length % 8; rest == 1 || rest == 3 || rest == 6) return std::nullopt;
  SecretBytes out(length * 5 / 8);
  uint32_t buffer = 0;
  unsigned bits = 0;
  size_t at = 0;
  for (const char c : text.substr(0, length)) {
    uint32_t value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = static_cast<uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      value = static_cast<uint32_t>(c - 'a');
    } else if (c >= '2' && c <= '7') {
      value = static_cast<uint32_t>(c - '2') + 26;
    } else {
      return std::nullopt;
    }
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.RevealMutable()[at++] = static_cast<uint8_t>(buffer >> bits);
    }
  }
  if ((buffer & ((1u << bits) - 1)) != 0) return std::nullopt;
  return out;
}

template <typename T>
std::optional<T> Number(std::string_view text, size_t max_digits, T low, T high) {
  T value{};
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

std::optional<Algorithm> ParseAlgorithm(std::string_view text) {
  for (const Algorithm algorithm : {Algorithm::kSha1, Algorithm::kSha256, Algorithm::kSha512}) {
    const std::string_view name = AlgorithmName(algorithm);
    if (std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) {
          return std::toupper(static_cast<unsigned char>(a)) == b;
        })) {
      return algorithm;
    }
  }
  return std::nullopt;
}

Status ParseLabel(std::string_view raw, OtpAuth& out) {
  const auto label = PercentDecode(raw);
  if (!label) return Bad("the label is not percent-encoded UTF-8");
  const size_t colon = label->find(':');
  if (colon != std::string::npos) {
    out.issuer = label->substr(0, colon);
    if (out.issuer.empty()) return Bad("an empty issuer before the colon");
  }
  std::string_view account(*label);
  if (colon != std::string::npos) account.remove_prefix(colon + 1);
  account.remove_prefix(std::min(account.find_first_not_of(' '), account.size()));
  if (account.empty()) return Bad("no account in the label");
  out.account = account;
  return Ok();
}

Status ParsePair(std::string_view name, std::string_view value, OtpAuth& out) {
  const bool totp = out.kind == OtpAuth::Kind::kTotp;
  if (name == "secret") {
    auto secret = Base32Decode(value);
    if (!secret) return Bad("the secret is not base32");
    if (secret->size() < kMinImportSecret || secret->size() > kMaxSecret) {
      return Bad(fmt::format("a secret of {} bytes; {} to {} are accepted", secret->size(),
                             kMinImportSecret, kMaxSecret));
    }
    out.secret = *std::move(secret);
  } else if (name == "issuer") {
    const auto issuer = PercentDecode(value);
    if (!issuer || issuer->find(':') != std::string::npos)
      return Bad("the issuer is not percent-encoded UTF-8 text");
    if (!out.issuer.empty() && out.issuer != *issuer)
      return Bad("the label names another issuer than the parameter");
    out.issuer = *issuer;
  } else if (name == "algorithm") {
    const auto algorithm = ParseAlgorithm(value);
    if (!algorithm) return Bad("the algorithm is none of SHA1, SHA256 and SHA512");
    out.algorithm = *algorithm;
  } else if (name == "digits") {
    const auto digits = Number<int>(value, 1, 6, 8);
    if (!digits) return Bad("digits is none of 6, 7 and 8");
    out.digits = *digits;
  } else if (name == "period" && totp) {
    const auto period = Number<int>(value, 3, 1, kMaxPeriod);
    if (!period) return Bad(fmt::format("the period is not 1 to {} seconds", kMaxPeriod));
    out.period = *period;
  } else if (name == "counter" && !totp) {
    const auto counter = Number<int64_t>(value, 18, 0, std::numeric_limits<int64_t>::max());
    if (!counter) return Bad("the counter is not a number of at most 18 digits");
    out.counter = *counter;
  } else if (name != "image" && name != "icon" && name != "color") {
    return Bad("a parameter that is unknown or does not belong to this kind");
  }
  return Ok();
}

}  // namespace

std::string_view AlgorithmName(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kSha1:
      return "SHA1";
    case Algorithm::kSha256:
      return "SHA256";
    case Algorithm::kSha512:
      return "SHA512";
  }
  return "";
}

Result<OtpAuth> ParseOtpAuth(std::string_view uri) {
  if (uri.size() > kMaxOtpAuth) return Bad(fmt::format("longer than {} bytes", kMaxOtpAuth));
  constexpr std::string_view kScheme = "otpauth://";
  if (!uri.starts_with(kScheme)) return Bad("it does not begin with otpauth://");
  uri.remove_prefix(kScheme.size());
  OtpAuth out;
  if (uri.starts_with("hotp/")) {
    out.kind = OtpAuth::Kind::kHotp;
  } else if (!uri.starts_with("totp/")) {
    return Bad("the kind is neither totp nor hotp");
  }
  uri.remove_prefix(5);
  if (uri.find('#') != std::string_view::npos) return Bad("a fragment");
  const size_t question = uri.find('?');
  if (question == std::string_view::npos) return Bad("no parameters");
  FOB_CHECK(ParseLabel(uri.substr(0, question), out));

  std::set<std::string_view> seen;
  std::string_view rest = uri.substr(question + 1);
  for (bool more = true; more;) {
    const size_t ampersand = rest.find('&');
    const std::string_view pair = rest.substr(0, ampersand);
    more = ampersand != std::string_view::npos;
    if (more) rest.remove_prefix(ampersand + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return Bad("a parameter without a value");
    if (!seen.insert(pair.substr(0, equals)).second) return Bad("a parameter that stands twice");
    FOB_CHECK(ParsePair(pair.substr(0, equals), pair.substr(equals + 1), out));
  }
  if (!seen.contains("secret")) return Bad("no secret");
  if (out.kind == OtpAuth::Kind::kHotp && !seen.contains("counter"))
    return Bad("hotp without a counter");
  return out;
}

SecretBytes FormatOtpAuth(const OtpAuth& otp) {
  const bool totp = otp.kind == OtpAuth::Kind::kTotp;
  const std::string issuer = PercentEncode(otp.issuer);
  const std::string head =
      fmt::format("otpauth://{}/{}{}?secret=", totp ? "totp" : "hotp",
                  issuer.empty() ? "" : issuer + ":", PercentEncode(otp.account));
  const SecretBytes secret = Base32Encode(otp.secret);
  const std::string tail =
      fmt::format("{}&algorithm={}&digits={}&{}={}", issuer.empty() ? "" : "&issuer=" + issuer,
                  AlgorithmName(otp.algorithm), otp.digits, totp ? "period" : "counter",
                  totp ? int64_t{otp.period} : otp.counter);
  SecretBytes out(head.size() + secret.size() + tail.size());
  auto at = out.RevealMutable().begin();
  for (const ByteView part : {AsBytes(head), secret.Reveal(), AsBytes(tail)})
    at = std::copy(part.begin(), part.end(), at);
  return out;
}

}  // namespace fob::oath
