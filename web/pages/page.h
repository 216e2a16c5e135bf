#pragma once

#include <string>
#include <vector>

#include "web/http/message.h"
#include "web/pages/html.h"

namespace fob::web {

// Where pages live: `base` is the issuer's path, "" or "/fob"; `origin` its scheme, host and port.
struct Site {
  std::string base;
  std::string origin;
  std::string host;  // what people read: "login.example.org"
};

struct Page {
  std::string title;
  Html content;
  enum class Width { kNarrow, kWide } width = Width::kNarrow;
  // Origins that a form of this page may lead to besides its own, redirects included (CSP form-action).
  std::vector<std::string> form_targets = {};
};

// The whole page, with the header that keeps it safe: no script but ours, no frame around it, no copy of it kept.
Response PageResponse(int status, const Site& site, const Page& page);

// "The emblem and the site's name."
Html Brand(const Site& site);

// A box that says what happened. `bad`: read out at once by screen readers.
enum class Tone { kPlain, kGood, kBad };
Html Note(Tone tone, std::string_view text);

Html Hidden(std::string_view name, const SecretBytes& value);
Html Hidden(std::string_view name, std::string_view value);

// "27 Nov 2026, 20:15 UTC", marked up as a time.
Html When(int64_t unix_seconds);

Html KeyIcon();

}  // namespace fob::web
