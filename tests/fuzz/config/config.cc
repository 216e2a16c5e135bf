// fobd.toml.
#include "tests/fuzz/fuzz.h"

#include "daemon/config/settings_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto settings = fob::config::ParseSettings(text, "fobd.toml");
  if (!settings.ok()) {
    FUZZ_REQUIRE(settings.error().text.starts_with("fobd.toml:"));
    FUZZ_REQUIRE(settings.error().text.find('\n') == std::string::npos);
    return 0;
  }
  FUZZ_REQUIRE(!settings->issuer.empty() && !settings->rp_id.empty() && !settings->trusted_uids.empty());
  FUZZ_REQUIRE(fob::core::Policy::Create(settings->rules).ok());
  for (const auto& rule : settings->rules) {
    FUZZ_REQUIRE((rule.action == fob::core::Rule::Action::kRequire) == !rule.require.empty());
  }
  return 0;
}
