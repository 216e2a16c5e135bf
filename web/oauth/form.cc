#include "web/oauth/form.h"

#include <algorithm>

#include "base/utf8.h"

namespace fob::web {
namespace {

Error Malformed(std::string text) { return MakeError(Code::kInvalidArgument, "invalid_request", std::move(text)); }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<SecretBytes> FormDecode(std::string_view text) {
  SecretBytes out(text.size());
  const auto bytes = out.RevealMutable();
  size_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      if (i + 2 >= text.size() || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0) {
        return Malformed("a parameter has a % that two hexadecimal digits do not follow");
      }
      c = static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    }
    if (c == '\0') return Malformed("a parameter holds a NUL");
    bytes[size++] = static_cast<uint8_t>(c);
  }
  SecretBytes exact(out.Reveal().first(size));
  if (!IsUtf8(exact.RevealText())) return Malformed("a parameter is not UTF-8");
  return exact;
}

Result<Form> Form::Parse(std::string_view text) {
  Form form;
  size_t count = 0;
  while (!text.empty()) {
    const size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    if (++count > kMostFields) return Malformed("too many parameters");
    const size_t equals = pair.find('=');
    FOB_TRY(const SecretBytes name, FormDecode(pair.substr(0, equals)));
    FOB_TRY(SecretBytes value, FormDecode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1)));
    const std::string known(name.RevealText());
    if (form.Has(known)) {
      if (std::ranges::find(form.duplicated_, known) == form.duplicated_.end()) form.duplicated_.push_back(known);
    } else if (!value.empty()) {
      form.fields_.push_back({known, std::move(value)});
    }
  }
  return form;
}

const Form::Field* Form::Find(std::string_view name) const {
  const auto found = std::ranges::find(fields_, name, [](const Field& field) -> std::string_view { return field.name; });
  return found == fields_.end() ? nullptr : &*found;
}

std::string_view Form::Text(std::string_view name) const {
  const Field* field = Find(name);
  return field == nullptr ? std::string_view() : field->value.RevealText();
}

std::optional<std::string> Form::MaybeText(std::string_view name) const {
  const Field* field = Find(name);
  if (field == nullptr) return std::nullopt;
  return std::string(field->value.RevealText());
}

std::optional<SecretBytes> Form::MaybeSecret(std::string_view name) const {
  const Field* field = Find(name);
  if (field == nullptr) return std::nullopt;
  return field->value.Clone();
}

SecretBytes Form::Secret(std::string_view name) const {
  const Field* field = Find(name);
  return field == nullptr ? SecretBytes() : field->value.Clone();
}

}  // namespace fob::web
