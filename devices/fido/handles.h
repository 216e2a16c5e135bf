#pragma once

#include <fido.h>

#include <memory>

#include "base/bytes.h"
#include "base/secret.h"

namespace fob::fido {

// libfido2's objects, owned. Only the .cc files of this folder see them.
struct FreeHandle {
  void operator()(fido_dev_t* dev) const { fido_dev_free(&dev); }
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
  void operator()(fido_cred_t* credential) const { fido_cred_free(&credential); }
  void operator()(fido_cbor_info_t* info) const { fido_cbor_info_free(&info); }
};
template <typename T>
using Handle = std::unique_ptr<T, FreeHandle>;

// Once a thread, before anything else of libfido2: no log, whatever the environment says, and no
// silent fall-back from FIDO2 to U2F.
void PrepareThread();

inline Bytes CopyOut(const unsigned char* data, size_t size) {
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

}  // namespace fob::fido
