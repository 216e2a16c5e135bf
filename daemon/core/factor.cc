#include "daemon/core/factor.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fob::core {
namespace {

constexpr std::array<std::pair<Factor, std::string_view>, 7> kNames = {{
    {Factor::kKey, "key"},
    {Factor::kKeyUv, "key+uv"},
    {Factor::kTotp, "totp"},
    {Factor::kHotp, "hotp"},
    {Factor::kRecovery, "recovery"},
    {Factor::kPassword, "password"},
    {Factor::kSshKey, "ssh-key"},
}};

bool Has(std::span<const Evidence> evidence, Factor factor) {
  return std::ranges::any_of(evidence, [&](const Evidence& e) { return e.factor == factor; });
}

bool HasKey(std::span<const Evidence> evidence) {
  return Has(evidence, Factor::kKey) || Has(evidence, Factor::kKeyUv);
}

bool HasCode(std::span<const Evidence> evidence) {
  return std::ranges::any_of(evidence, [](const Evidence& e) { return IsCode(e.factor); });
}

bool HasHardware(std::span<const Evidence> evidence) {
  return std::ranges::any_of(evidence, [](const Evidence& e) { return e.hardware; });
}

}  // namespace

std::string_view FactorName(Factor factor) {
  return std::ranges::find(kNames, factor, &std::pair<Factor, std::string_view>::first)->second;
}

std::optional<Factor> FactorFromName(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name, &std::pair<Factor, std::string_view>::second);
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

bool IsCode(Factor factor) {
  return factor == Factor::kTotp || factor == Factor::kHotp || factor == Factor::kRecovery;
}

bool IsMultiFactor(std::span<const Evidence> evidence) {
  const bool possession = HasKey(evidence) || HasCode(evidence) || Has(evidence, Factor::kSshKey);
  const bool knowledge = Has(evidence, Factor::kPassword) || Has(evidence, Factor::kKeyUv);
  return possession && knowledge;
}

std::vector<std::string> FactorNames(std::span<const Evidence> evidence) {
  std::vector<std::string> names;
  for (const Evidence& e : evidence) names.emplace_back(FactorName(e.factor));
  return names;
}

std::vector<std::string> AmrOf(std::span<const Evidence> evidence) {
  std::vector<std::string> amr;
  if (Has(evidence, Factor::kPassword)) amr.emplace_back("pwd");
  if (HasKey(evidence) || Has(evidence, Factor::kSshKey)) amr.emplace_back("pop");
  if (HasHardware(evidence)) amr.emplace_back("hwk");
  if (Has(evidence, Factor::kKeyUv)) amr.emplace_back("user");
  if (HasCode(evidence)) amr.emplace_back("otp");
  if (IsMultiFactor(evidence)) amr.emplace_back("mfa");
  return amr;
}

std::string AcrOf(std::span<const Evidence> evidence) {
  if (HasHardware(evidence)) return "phrh";
  if (HasKey(evidence)) return "phr";
  return IsMultiFactor(evidence) ? "mfa" : "sfa";
}

}  // namespace fob::core
