#include "web/site/cookies.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/random.h"

namespace fob::web {
namespace {

constexpr size_t kLongest = 128;

bool IsOurs(std::string_view value) {
  return !value.empty() && value.size() <= kLongest && std::ranges::all_of(value, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void Add(Response& response, std::string_view name, std::string_view value, std::string_view more) {
  std::string text(name);
  text.append("=").append(value).append("; Path=/; Secure; HttpOnly; SameSite=Lax").append(more);
  response.Add("Set-Cookie", std::move(text));
}

}  // namespace

SecretBytes CookieOf(const Request& request, std::string_view name) {
  for (const auto& [field, text] : request.fields) {
    if (field != "cookie") continue;
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t end = rest.find(';');
      std::string_view pair = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      if (!pair.starts_with(name) || pair.size() <= name.size() || pair[name.size()] != '=') continue;
      const std::string_view value = pair.substr(name.size() + 1);
      if (IsOurs(value)) return SecretBytes(value);
    }
  }
  return {};
}

void SetCookie(Response& response, std::string_view name, const SecretBytes& value) {
  Add(response, name, value.RevealText(), "");
}

void DropCookie(Response& response, std::string_view name) { Add(response, name, "", "; Max-Age=0"); }

SecretBytes NewCookieValue() { return SecretBytes(Base64UrlEncode(SystemRandom().TakeSecret(32).Reveal())); }

}  // namespace fob::web
