#pragma once

#include <string>

#include "base/secret.h"
#include "web/http/message.h"

namespace fob::web {

struct ResponseForm {
  bool keep_alive = true;
  bool http_1_0 = false;
  bool head_only = false;
  int64_t unix_seconds = 0;
};

// The bytes of a response. A field whose value holds a control character is left out: it would be another field.
SecretBytes ResponseText(const Response& response, const ResponseForm& form);

}  // namespace fob::web
