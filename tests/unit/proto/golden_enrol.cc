#include "tests/unit/proto/golden.h"

namespace fob::proto {

Key BlueKey() {
  return {.key = "key_AAECAwQFBgcICQoLDA0ODw",
          .user = "ada",
          .name = "blue",
          .rp_id = "login.example.org",
          .credential_id = "Y3JlZGVudGlhbA",
          .algorithm = Key::Algorithm::kES256,
          .aaguid = "AAAAAAAAAAAAAAAAAAAAAA",
          .attestation = Key::Attestation::kVerified,
          .discoverable = true,
          .user_verification = true,
          .backup_eligible = false,
          .backed_up = false,
          .counter = 42,
          .transports = {"usb", "nfc"},
          .created_at = 1700000000,
          .last_used_at = 1700000500};
}

Otp PhoneOtp() {
  return {.otp = "otp_AAECAwQFBgcICQoLDA0ODw",
          .user = "ada",
          .name = "phone",
          .kind = Otp::Kind::kTotp,
          .algorithm = Otp::Algorithm::kSHA1,
          .digits = 6,
          .period = 30,
          .created_at = 1700000000};
}

std::vector<Device> SomeDevices() {
  return {{.device = "/dev/hidraw2",
           .name = "Maker Blue Key",
           .serial = "S-1",
           .vendor_id = 4617,
           .product_id = 1,
           .seat = "seat0",
           .kind = Device::Kind::kFido2,
           .versions = {"U2F_V2", "FIDO_2_0", "FIDO_2_1"},
           .aaguid = "AAAAAAAAAAAAAAAAAAAAAA",
           .firmware = 328707,
           .algorithms = {"ES256", "EdDSA"},
           .transports = {"usb"},
           .pin_status = Device::PinStatus::kSet,
           .pin_retries = 8,
           .pin_change_forced = true,
           .pin_min_length = 4,
           .uv_status = Device::UvStatus::kSet,
           .uv_retries = 5,
           .discoverable = true,
           .credentials_left = 25},
          {.device = "/dev/hidraw3",
           .name = "Green Key",
           .seat = "seat0",
           .kind = Device::Kind::kFido2,
           .versions = {"FIDO_2_0"},
           .pin_status = Device::PinStatus::kUnset,
           .pin_min_length = 4,
           .uv_status = Device::UvStatus::kUnset},
          {.device = "/dev/hidraw4", .name = "Old Key", .seat = "seat1", .kind = Device::Kind::kU2f, .versions = {"U2F_V2"}},
          {.device = "/dev/hidraw5", .name = "Typing Key", .seat = "seat0", .kind = Device::Kind::kKeyboard},
          {.device = "/dev/hidraw6",
           .name = "Silent Key",
           .seat = "seat0",
           .kind = Device::Kind::kUnknown,
           .problem = "key_silent"}};
}

void AddEnrolExamples(Goldens& goldens) {
  const Info touch = {Info::Kind::kTouch, "Touch the key that you enrol."};
  goldens.Of<enrol::EnrolKey>()
      .Call({.user = "ada", .name = "blue", .discoverable = true, .timeout_ms = 60000}, true)
      .Call({.name = "blue"}, true)
      .More({.info = touch})
      .Last({.ask = Ask{Ask::Kind::kEnrolCode, "Enrolment code: ", true}})
      .Last({.done = Done{.key = BlueKey(), .message = "blue is enrolled."}});
  goldens.Of<enrol::EnrolOtp>()
      .Call({.user = "ada",
             .name = "phone",
             .algorithm = enrol::EnrolOtp::In::Algorithm::kSHA256,
             .digits = 8,
             .period = 60,
             .otpauth_uri = Secret("otpauth://totp/fob:ada?secret=GEZDGNBVGY3TQOJQ"),
             .timeout_ms = 60000},
            true)
      .Call({.name = "phone"}, true)
      .Call({.name = "token", .kind = enrol::EnrolOtp::In::Kind::kHotp, .counter = 42}, true)
      .Last({.ask = Ask{Ask::Kind::kCode, "First code: ", true},
             .offer = OtpOffer{Secret("otpauth://totp/fob:ada?secret=GEZDGNBVGY3TQOJQ"), Secret("GEZDGNBVGY3TQOJQ")}});
  goldens.Of<enrol::RemoveKey>()
      .Call({.user = "ada", .key = "blue", .timeout_ms = 60000}, true)
      .Last({.done = Done{.key = BlueKey(), .message = "blue is removed."}});
  goldens.Of<enrol::RemoveOtp>()
      .Call({.otp = "phone"}, true)
      .Last({.done = Done{.otp = PhoneOtp(), .message = "phone is removed."}});
  goldens.Of<enrol::TestKey>()
      .Call({.key = "blue"}, true)
      .More({.info = touch})
      .Last({.ask = Ask{Ask::Kind::kPin, "PIN of blue: ", false}})
      .Last({.done = Done{.key = BlueKey(), .message = "blue works."}});
  goldens.Of<enrol::Continue>()
      .Call({.answer = Secret("1234")}, true)
      .More({.info = touch})
      .Last({.done = Done{.otp = PhoneOtp(), .message = "phone is enrolled."}});
  goldens.Of<enrol::RenameKey>()
      .Call({.user = "ada", .key = "key_AAECAwQFBgcICQoLDA0ODw", .name = "blue"}, true)
      .Last({.ask = Ask{Ask::Kind::kCode, "Code: ", true}})
      .Last({.done = Done{.key = BlueKey(), .message = "blue it is."}});
  Done codes{.message = "Each works once."};
  codes.recovery_codes.emplace();
  codes.recovery_codes->push_back(Secret("K7QF-M2XA-9RTD-WYHC"));
  goldens.Of<enrol::CreateRecoveryCodes>().Call({.user = "ada"}, true).Last({.done = std::move(codes)});
  Key other = BlueKey();
  other.algorithm = Key::Algorithm::kEdDSA;
  other.attestation = Key::Attestation::kSelf;
  other.last_used_at.reset();
  Key third = other;
  third.algorithm = Key::Algorithm::kRS256;
  third.attestation = Key::Attestation::kUnverified;
  goldens.Of<enrol::ListKeys>().Call({}).Call({.user = "ada", .before = third.key}).Last({.keys = {}}).Last({.keys = {BlueKey(), other, third}, .next = BlueKey().key});
  Otp token = PhoneOtp();
  token.kind = Otp::Kind::kHotp;
  token.algorithm = Otp::Algorithm::kSHA512;
  token.last_used_at = 1700000500;
  goldens.Of<enrol::ListOtps>().Call({.user = "ada", .before = token.otp}).Last({.otps = {PhoneOtp(), token}, .next = PhoneOtp().otp});
  goldens.Of<enrol::ListDevices>().Call({}).Call({.timeout_ms = 3000}).Last({.devices = {}}).Last({.devices = SomeDevices()});
  goldens.Of<enrol::SetPin>()
      .Call({.device = "/dev/hidraw2", .timeout_ms = 60000}, true)
      .Last({.ask = Ask{Ask::Kind::kPin, "New PIN: ", false}})
      .Last({.done = Done{.message = "It has a PIN now."}});
  goldens.Of<enrol::ChangePin>().Call({}, true).Last({.ask = Ask{Ask::Kind::kPin, "PIN: ", false}});
  goldens.Of<enrol::ResetDevice>()
      .Call({.device = "/dev/hidraw2"}, true)
      .More({.info = Info{Info::Kind::kInsert, "Unplug it."}})
      .Last({.ask = Ask{Ask::Kind::kChoice, "Type reset: ", true}});
  goldens.Of<enrol::CreateCode>()
      .Call({.user = "ada", .lifetime_ms = 86400000})
      .Last({.enrol_code = Secret("K7QF-M2XA-9RTD-WYHC"), .expires_at = 1700086400});
}

}  // namespace fob::proto
