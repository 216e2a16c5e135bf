#pragma once

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>

#include <memory>
#include <string>

#include "tests/support/virtual_key/in_process_device.h"

// libfido2 as the host of a virtual key.
namespace fob::testing {

// Of the authenticator data (WebAuthn clause 6.1).
inline constexpr uint8_t kUp = 0x01;
inline constexpr uint8_t kUv = 0x04;

struct FidoFree {
  void operator()(fido_dev_t* dev) const {
    fido_dev_close(dev);
    fido_dev_free(&dev);
  }
  void operator()(fido_cred_t* cred) const { fido_cred_free(&cred); }
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
  void operator()(fido_cbor_info_t* info) const { fido_cbor_info_free(&info); }
};
using DevPtr = std::unique_ptr<fido_dev_t, FidoFree>;
using CredPtr = std::unique_ptr<fido_cred_t, FidoFree>;
using AssertPtr = std::unique_ptr<fido_assert_t, FidoFree>;

inline constexpr char kRp[] = "login.example.org";

// Opens the device through io functions; nullptr when the open fails.
DevPtr Open(HidDevice& device, int timeout_ms = -1);

struct CredRequest {
  int algorithm = COSE_ES256;
  std::string rp = kRp;
  std::string user = "alice";
  fido_opt_t rk = FIDO_OPT_OMIT;
  fido_opt_t uv = FIDO_OPT_OMIT;
  int protection = 0;
  Bytes exclude = {};
  const char* pin = nullptr;
};
struct CredAnswer {
  int error;
  CredPtr cred;
  Bytes id() const;
};
CredAnswer MakeCred(fido_dev_t* dev, const CredRequest& request = {});
// fido_cred_verify or fido_cred_verify_self, whichever fits.
int Verify(const fido_cred_t* cred);

struct AssertRequest {
  std::string rp = kRp;
  std::vector<Bytes> allow = {};
  fido_opt_t up = FIDO_OPT_OMIT;
  fido_opt_t uv = FIDO_OPT_OMIT;
  const char* pin = nullptr;
};
struct AssertAnswer {
  int error;
  AssertPtr assertion;
};
AssertAnswer GetAssert(fido_dev_t* dev, const AssertRequest& request);
// Statement `index` against the public key of a credential.
int Verify(const fido_assert_t* assertion, const fido_cred_t* cred, size_t index = 0);

}  // namespace fob::testing
