#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace fob::web {

// One name or value of a form, decoded. kInvalidArgument/"invalid_request".
Result<SecretBytes> FormDecode(std::string_view text);

// Parameters as application/x-www-form-urlencoded (WHATWG URL clause 5.1), of a query or of a body.
//
//   form  = [pair *("&" pair)]      pair = name ["=" value]      "+" is a space, %XX a byte
//
// Strict: a bad escape, a NUL or bytes that are not UTF-8 refuse the whole form (kInvalidArgument/"invalid_request"), and so
// do more than kMostFields. A parameter without a value counts as absent (RFC 6749 clause 3.1). A parameter that comes twice
// is remembered as such, and its value is that of the first.
class Form {
 public:
  static constexpr size_t kMostFields = 100;

  static Result<Form> Parse(std::string_view text);

  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  std::string_view Text(std::string_view name) const;  // empty when absent
  std::optional<std::string> MaybeText(std::string_view name) const;
  std::optional<SecretBytes> MaybeSecret(std::string_view name) const;
  SecretBytes Secret(std::string_view name) const;  // empty when absent
  const std::vector<std::string>& duplicated() const { return duplicated_; }

 private:
  struct Field {
    std::string name;
    SecretBytes value;
  };
  const Field* Find(std::string_view name) const;

  std::vector<Field> fields_;
  std::vector<std::string> duplicated_;
};

}  // namespace fob::web
