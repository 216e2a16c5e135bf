#include "web/http/message.h"

#include <algorithm>

namespace fob::web {

std::optional<std::string_view> Request::Field(std::string_view lower_case_name) const {
  const auto found = std::ranges::find(fields, lower_case_name, [](const auto& field) -> std::string_view {
    return field.first;
  });
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

Response TextResponse(int status, std::string_view type, std::string_view body) {
  Response response;
  response.status = status;
  response.Add("Content-Type", std::string(type));
  response.body = SecretBytes(body);
  return response;
}

}  // namespace fob::web
