#include "web/pages/factor_words.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace fob::web {
namespace {

constexpr std::pair<std::string_view, std::string_view> kFactorWords[] = {
    {"key", "security key"}, {"key+uv", "security key with PIN or fingerprint"}, {"totp", "code"}, {"hotp", "code"},
    {"recovery", "recovery code"}, {"password", "password"}, {"ssh-key", "SSH key"}};

std::string_view FactorWord(std::string_view factor) {
  const auto found = std::ranges::find(kFactorWords, factor, [](const auto& known) { return known.first; });
  return found == std::end(kFactorWords) ? factor : found->second;
}

}  // namespace

std::string FactorWords(const std::vector<std::string>& factors) {
  std::vector<std::string_view> said;
  std::string out;
  for (const std::string& factor : factors) {
    const std::string_view word = FactorWord(factor);
    if (std::ranges::find(said, word) != said.end()) continue;
    said.push_back(word);
    out.append(out.empty() ? "" : ", ").append(word);
  }
  return out;
}

}  // namespace fob::web
