// Reports of a key that may say anything: 64 bytes each, the first of all being ours.
#include "devices/fido/exchange.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using fob::fido::Exchange;
  using fob::fido::Report;
  const auto next = [&] {
    Report report{};
    const size_t take = std::min(size, report.size());
    std::copy(data, data + take, report.begin());
    data += take;
    size -= take;
    return report;
  };
  if (size < fob::fido::kReportSize) return 0;
  Exchange exchange;
  exchange.Sent(next());
  Exchange::Fault fault = Exchange::Fault::kNone;
  while (size > 0) {
    const Exchange::Stage before = exchange.stage();
    const bool ours = exchange.Take(next());
    // Others' reports change nothing but that something was heard.
    FUZZ_REQUIRE(ours || before == exchange.stage() || before == Exchange::Stage::kNothing);
    // A fault stays.
    FUZZ_REQUIRE(fault == Exchange::Fault::kNone || exchange.fault() != Exchange::Fault::kNone);
    fault = exchange.fault();
  }
  return 0;
}
