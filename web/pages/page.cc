#include "web/pages/page.h"

#include <algorithm>
#include <ctime>

#include "web/pages/assets.h"

namespace fob::web {
namespace {

// Values come from OriginOf and SchemeOf, which let through nothing that would end a directive.
std::string Policy(const Page& page) {
  std::string policy =
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
      "form-action 'self'";
  for (const std::string& target : page.form_targets) policy += " " + target;
  return policy;
}

std::string Formatted(const char* format, int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

Html Emblem() {
  return Fill(
      "<svg viewBox=\"0 0 32 32\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.4\" "
      "stroke-linecap=\"round\" stroke-linejoin=\"round\"><rect x=\"3\" y=\"9\" width=\"18\" height=\"14\" rx=\"7\"/>"
      "<circle cx=\"10\" cy=\"16\" r=\"2.6\"/><path d=\"M21 12.5h8v7h-8M25 15v2\"/></svg>");
}

}  // namespace

Html KeyIcon() {
  return Fill(
      "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" "
      "stroke-linecap=\"round\" stroke-linejoin=\"round\"><circle cx=\"8\" cy=\"12\" r=\"4.5\"/>"
      "<path d=\"M12.5 12H21v3.5M17 12v2.5\"/></svg>");
}

Html Brand(const Site& site) {
  return Fill("<p class=\"brand\">{}<span>fob<small>{}</small></span></p>", Emblem(), site.host);
}

Html Note(Tone tone, std::string_view text) {
  switch (tone) {
    case Tone::kGood:
      return Fill("<p class=\"note good\" role=\"status\">{}</p>", text);
    case Tone::kBad:
      return Fill("<p class=\"note bad\" role=\"alert\">{}</p>", text);
    case Tone::kPlain:
      break;
  }
  return Fill("<p class=\"note\">{}</p>", text);
}

Html Hidden(std::string_view name, std::string_view value) {
  return Fill("<input type=\"hidden\" name=\"{}\" value=\"{}\">", name, value);
}
Html Hidden(std::string_view name, const SecretBytes& value) { return Hidden(name, value.RevealText()); }

Html When(int64_t unix_seconds) {
  return Fill("<time datetime=\"{}\">{}</time>", Formatted("%Y-%m-%dT%H:%M:%SZ", unix_seconds),
              Formatted("%-d %b %Y, %H:%M UTC", unix_seconds));
}

Response PageResponse(int status, const Site& site, const Page& page) {
  const bool wide = page.width == Page::Width::kWide;
  const Html document = Fill(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{} \xc2\xb7 {}</title>"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
      "<meta name=\"robots\" content=\"noindex\"><link rel=\"icon\" type=\"image/svg+xml\" href=\"{}/assets/{}\">"
      "<link rel=\"stylesheet\" href=\"{}/assets/{}\">"
      "<script src=\"{}/assets/{}\" defer></script></head><body>{}</body></html>\n",
      page.title, site.host, site.base, AssetName("icon.svg"), site.base, AssetName("style.css"), site.base, AssetName("webauthn.js"),
      wide ? page.content : Fill("<main>{}{}</main>", Brand(site), page.content));
  Response response = TextResponse(status, "text/html; charset=utf-8", document.view());
  response.Add("Cache-Control", "no-store")
      .Add("Content-Security-Policy", Policy(page))
      .Add("X-Frame-Options", "DENY")
      .Add("X-Content-Type-Options", "nosniff")
      .Add("Referrer-Policy", "same-origin")
      .Add("Cross-Origin-Opener-Policy", "same-origin")
      .Add("Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self)");
  return response;
}

}  // namespace fob::web
