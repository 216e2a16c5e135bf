#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace fob::crypto {

// What a browser says about a ceremony (WebAuthn clause 5.8.1): a JSON object, of which more members may be
// there than are known.
struct BrowserData {
  std::string type;
  Bytes challenge;
  std::string origin;
  bool cross_origin = false;
  bool top_origin = false;  // whether it names one
};

// kDenied "malformed".
Result<BrowserData> ReadBrowserData(std::string_view json);

}  // namespace fob::crypto
