// Signed heads of the audit trail, which come from a journal.
#include "tests/fuzz/fuzz.h"

#include "daemon/core/audit_head.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fob::core;
  const auto head = ParseHead({reinterpret_cast<const char*>(data), size});
  if (!head.ok()) return 0;
  FUZZ_REQUIRE(head->seq > 0 && head->hash.size() == 32);
  const auto again = ParseHead(FormatHead(*head));
  FUZZ_REQUIRE(again.ok() && again->seq == head->seq && again->hash == head->hash && again->signature == head->signature);
  return 0;
}
