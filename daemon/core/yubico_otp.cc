#include "daemon/core/yubico_otp.h"

#include <algorithm>
#include <string_view>

namespace fob::core {
namespace {

constexpr size_t kLength = 44;
constexpr std::string_view kModhex = "cbdefghijklnrtuvCBDEFGHIJKLNRTUV";

}  // namespace

bool IsYubicoOtp(const SecretBytes& typed) {
  const std::string_view text = typed.RevealText();
  return text.size() == kLength &&
         std::ranges::all_of(text, [](char c) { return kModhex.find(c) != kModhex.npos; });
}

Error YubicoOtpTyped() {
  return Denied("yubico_otp",
                "that is a Yubico OTP, which is not supported: enrol the token as a security key (fobctl key enrol), or program "
                "a HOTP secret into it and enrol that (fobctl otp enrol --hotp)");
}

}  // namespace fob::core
