#pragma once

#include <cstdint>
#include <exception>

namespace fob::testing {

// CTAP 2.1 clause 8.2.
enum class CtapStatus : uint8_t {
  kOk = 0x00,
  kInvalidCommand = 0x01,
  kInvalidParameter = 0x02,
  kInvalidLength = 0x03,
  kUnexpectedType = 0x11,
  kInvalidCbor = 0x12,
  kMissingParameter = 0x14,
  kCredentialExcluded = 0x19,
  kUnsupportedAlgorithm = 0x26,
  kOperationDenied = 0x27,
  kKeyStoreFull = 0x28,
  kUnsupportedOption = 0x2b,
  kInvalidOption = 0x2c,
  kKeepaliveCancel = 0x2d,
  kNoCredentials = 0x2e,
  kUserActionTimeout = 0x2f,
  kNotAllowed = 0x30,
  kPinInvalid = 0x31,
  kPinBlocked = 0x32,
  kPinAuthInvalid = 0x33,
  kPinAuthBlocked = 0x34,
  kPinNotSet = 0x35,
  kPuatRequired = 0x36,
  kPinPolicyViolation = 0x37,
  kUvBlocked = 0x3c,
  kInvalidSubcommand = 0x3e,
  kUvInvalid = 0x3f,
  kUnauthorizedPermission = 0x40,
  kOther = 0x7f,
};

// How a command handler ends early; it never leaves Ctap2 (see Guarded in ctap2.cc).
class CtapFailure : public std::exception {
 public:
  explicit CtapFailure(CtapStatus status) : status_(status) {}
  CtapStatus status() const { return status_; }
  const char* what() const noexcept override { return "CTAP status"; }

 private:
  CtapStatus status_;
};
[[noreturn]] inline void Fail(CtapStatus status) { throw CtapFailure(status); }

}  // namespace fob::testing
