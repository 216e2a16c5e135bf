#include "tests/unit/proto/golden.h"

namespace fob::proto {

void AddWorkerExamples(Goldens& goldens) {
  goldens.Of<password::Check>()
      .Call({.user = "ada", .rhost = "192.0.2.7", .password = Secret("correct horse")})
      .Last({.accepted = true})
      .Last({.accepted = false, .why = password::Check::Out::Why::kExpired});
  const Credential credential = {.rp_id = "login.example.org", .credential_id = "Y3JlZGVudGlhbA"};
  goldens.Of<worker::GetAssertion>()
      .Call({.credentials = {credential},
             .client_data_hash = "aGFzaC1oYXNo",
             .user_verification = worker::GetAssertion::In::UserVerification::kRequired,
             .pin = Secret("1234"),
             .pin_floor = 2,
             .timeout_ms = 30000},
            true)
      .Call({.credentials = {},
             .client_data_hash = "aGFzaC1oYXNo",
             .user_verification = worker::GetAssertion::In::UserVerification::kDiscouraged,
             .pin_floor = 2,
             .timeout_ms = 30000},
            true)
      .More({.progress = Progress{.kind = Progress::Kind::kInsert}})
      .More({.progress = Progress{.kind = Progress::Kind::kTouch, .device = "Blue Key"}})
      .More({.progress = Progress{.kind = Progress::Kind::kWrongKey, .device = "Blue Key"}})
      .More({.progress = Progress{.kind = Progress::Kind::kVerify, .device = "Blue Key"}})
      .More({.progress = Progress{.kind = Progress::Kind::kVerifyAgain, .device = "Blue Key", .retries = 2}})
      .More({.progress = Progress{.kind = Progress::Kind::kBusy, .device = "Blue Key"}})
      .More({.progress = Progress{.kind = Progress::Kind::kSlow, .device = "Blue Key"}})
      .Last({.pin_needed = PinNeeded{.device = "Blue Key", .retries = 8}})
      .Last({.pin_needed = PinNeeded{
                 .device = "Blue Key", .retries = 8, .built_in = PinNeeded::BuiltIn::kBlocked}})
      .Last({.assertion = Assertion{.rp_id = "login.example.org",
                                    .credential_id = "Y3JlZGVudGlhbA",
                                    .auth_data = "YXV0aC1kYXRh",
                                    .signature = "c2lnbmF0dXJl",
                                    .user_handle = "aGFuZGxl",
                                    .device = "Blue Key"}});
  worker::MakeCredential::In in = {.rp_id = "login.example.org",
                                   .rp_name = "fob",
                                   .user_handle = "aGFuZGxl",
                                   .user_name = "ada",
                                   .client_data_hash = "aGFzaC1oYXNo",
                                   .algorithms = {"ES256", "EdDSA"},
                                   .exclude = {credential},
                                   .discoverable = true,
                                   .user_verification = worker::MakeCredential::In::UserVerification::kPreferred,
                                   .pin = Secret("1234"),
                                   .pin_floor = 2,
                                   .timeout_ms = 30000};
  auto example = goldens.Of<worker::MakeCredential>();
  example.Call(in, true);
  in.user_verification = worker::MakeCredential::In::UserVerification::kRequired;
  in.pin.reset();
  example.Call(in, true);
  in.user_verification = worker::MakeCredential::In::UserVerification::kDiscouraged;
  in.exclude.clear();
  example.Call(in, true)
      .More({.progress = Progress{.kind = Progress::Kind::kTouch, .device = "Blue Key"}})
      .Last({.pin_needed = PinNeeded{.device = "Blue Key", .retries = 3}})
      .Last({.credential = MadeCredential{.credential_id = "Y3JlZGVudGlhbA",
                                          .auth_data = "YXV0aC1kYXRh",
                                          .format = "packed",
                                          .attestation_statement = "c3RhdGVtZW50",
                                          .device = "Blue Key",
                                          .transports = {"usb"}}});
}

void AddDeviceExamples(Goldens& goldens) {
  goldens.Of<worker::ListDevices>()
      .Call({.timeout_ms = 3000}, true)
      .Last({.devices = std::vector<Device>()})
      .Last({.devices = SomeDevices()});
  goldens.Of<worker::ChangePin>()
      .Call({.device = "/dev/hidraw2", .new_pin = Secret("567890"), .pin_floor = 3, .timeout_ms = 30000}, true)
      .Call({.device = "/dev/hidraw2",
             .pin = Secret("1234"),
             .new_pin = Secret("567890"),
             .pin_floor = 3,
             .timeout_ms = 30000},
            true)
      .Last({.changed = true});
  goldens.Of<worker::ResetDevice>()
      .Call({.device = "/dev/hidraw2", .timeout_ms = 30000}, true)
      .More({.progress = Progress{.kind = Progress::Kind::kRemove, .device = "Blue Key"}})
      .Last({.reset = true});
}

void AddServiceExamples(Goldens& goldens) {
  goldens.Of<service::GetInfo>().Call({}).Last({.vendor = "fob",
                                                .product = "fobd",
                                                .version = "0.1.0",
                                                .url = "https://login.example.org",
                                                .interfaces = {"org.varlink.service", "org.fobd.Login"}});
  goldens.Of<service::GetInterfaceDescription>()
      .Call({.interface_ = "org.fobd.Login"})
      .Last({.description = "interface org.fobd.Login\n\nmethod End() -> ()\n"});
}

}  // namespace fob::proto
