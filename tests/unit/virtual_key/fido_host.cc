#include "tests/unit/virtual_key/fido_host.h"

#include <cstdio>
#include <cstring>

namespace fob::testing {
namespace {

// libfido2 hands a path to open and the returned handle to the rest: the path is the device's
// address.
void* OpenIo(const char* path) {
  void* device = nullptr;
  return sscanf(path, "%p", &device) == 1 ? device : nullptr;
}

void CloseIo(void*) {}

int ReadIo(void* handle, unsigned char* buffer, size_t length, int ms) {
  const auto report = static_cast<HidDevice*>(handle)->Read(ms);
  if (!report || length != report->size()) return -1;
  memcpy(buffer, report->data(), length);
  return static_cast<int>(length);
}

// The first byte is the HID report number, 0.
int WriteIo(void* handle, const unsigned char* buffer, size_t length) {
  if (length != kReportSize + 1) return -1;
  static_cast<HidDevice*>(handle)->Write(ReportView(buffer + 1, kReportSize));
  return static_cast<int>(length);
}

const Bytes kClientData(32, 0xcd);

}  // namespace

DevPtr Open(HidDevice& device, int timeout_ms) {
  static const fido_dev_io_t kIo = {OpenIo, CloseIo, ReadIo, WriteIo};
  fido_init(0);
  DevPtr dev(fido_dev_new());
  char path[32];
  snprintf(path, sizeof path, "%p", static_cast<void*>(&device));
  if (fido_dev_set_io_functions(dev.get(), &kIo) != FIDO_OK) return nullptr;
  if (timeout_ms >= 0 && fido_dev_set_timeout(dev.get(), timeout_ms) != FIDO_OK) return nullptr;
  if (fido_dev_open(dev.get(), path) != FIDO_OK) return nullptr;
  return dev;
}

Bytes CredAnswer::id() const {
  const unsigned char* id = fido_cred_id_ptr(cred.get());
  return Bytes(id, id + fido_cred_id_len(cred.get()));
}

CredAnswer MakeCred(fido_dev_t* dev, const CredRequest& request) {
  CredAnswer out{FIDO_OK, CredPtr(fido_cred_new())};
  fido_cred_t* cred = out.cred.get();
  const auto user_id = reinterpret_cast<const unsigned char*>(request.user.data());
  fido_cred_set_type(cred, request.algorithm);
  fido_cred_set_clientdata_hash(cred, kClientData.data(), kClientData.size());
  fido_cred_set_rp(cred, request.rp.c_str(), "Example");
  fido_cred_set_user(cred, user_id, request.user.size(), request.user.c_str(), request.user.c_str(),
                     nullptr);
  fido_cred_set_rk(cred, request.rk);
  fido_cred_set_uv(cred, request.uv);
  if (request.protection != 0) fido_cred_set_prot(cred, request.protection);
  if (!request.exclude.empty())
    fido_cred_exclude(cred, request.exclude.data(), request.exclude.size());
  out.error = fido_dev_make_cred(dev, cred, request.pin);
  return out;
}

int Verify(const fido_cred_t* cred) {
  return fido_cred_x5c_ptr(cred) != nullptr ? fido_cred_verify(cred) : fido_cred_verify_self(cred);
}

AssertAnswer GetAssert(fido_dev_t* dev, const AssertRequest& request) {
  AssertAnswer out{FIDO_OK, AssertPtr(fido_assert_new())};
  fido_assert_t* assertion = out.assertion.get();
  fido_assert_set_clientdata_hash(assertion, kClientData.data(), kClientData.size());
  fido_assert_set_rp(assertion, request.rp.c_str());
  for (const Bytes& id : request.allow) fido_assert_allow_cred(assertion, id.data(), id.size());
  fido_assert_set_up(assertion, request.up);
  fido_assert_set_uv(assertion, request.uv);
  out.error = fido_dev_get_assert(dev, assertion, request.pin);
  return out;
}

int Verify(const fido_assert_t* assertion, const fido_cred_t* cred, size_t index) {
  const unsigned char* raw = fido_cred_pubkey_ptr(cred);
  const size_t length = fido_cred_pubkey_len(cred);
  if (fido_cred_type(cred) == COSE_EDDSA) {
    eddsa_pk_t* pk = eddsa_pk_new();
    eddsa_pk_from_ptr(pk, raw, length);
    const int error = fido_assert_verify(assertion, index, COSE_EDDSA, pk);
    eddsa_pk_free(&pk);
    return error;
  }
  es256_pk_t* pk = es256_pk_new();
  es256_pk_from_ptr(pk, raw, length);
  const int error = fido_assert_verify(assertion, index, COSE_ES256, pk);
  es256_pk_free(&pk);
  return error;
}

}  // namespace fob::testing
