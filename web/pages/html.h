#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/secret.h"

namespace fob::web {

// HTML that is safe by its making: markup comes from literals of this program alone, and every value that is put into one is
// escaped for text and for quoted attributes alike. Wiped when dropped: forms carry what is secret.
class Html {
 public:
  Html() = default;
  ~Html() { Wipe(text_.data(), text_.size()); }
  Html(const Html&) = default;
  Html& operator=(const Html&) = default;
  Html(Html&& other) noexcept = default;
  Html& operator=(Html&& other) noexcept = default;

  static Html Text(std::string_view text);

  std::string_view view() const { return text_; }
  bool empty() const { return text_.empty(); }
  Html& operator+=(const Html& more) {
    text_ += more.text_;
    return *this;
  }
  friend Html operator+(Html a, const Html& b) { return a += b; }

  void AppendLiteral(std::string_view markup) { text_ += markup; }
  void AppendValue(const Html& value) { text_ += value.text_; }
  void AppendValue(std::string_view value);
  void AppendValue(const SecretBytes& value) { AppendValue(value.RevealText()); }
  void AppendValue(int64_t value) { text_ += std::to_string(value); }

 private:
  std::string text_;
};

// Markup with a place {} for each of `kPlaces` values, known when this is compiled.
template <size_t kPlaces>
struct Markup {
  template <size_t kSize>
  consteval Markup(const char (&literal)[kSize]) : text(literal, kSize - 1) {  // NOLINT: implicit by design
    size_t places = 0;
    for (size_t i = 0; i + 1 < text.size(); ++i) {
      if (text[i] == '{' && text[i + 1] == '}') ++places;
    }
    if (places != kPlaces) throw "as many values as there are places in the markup";
  }
  std::string_view text;
};

template <typename... Values>
Html Fill(std::type_identity_t<Markup<sizeof...(Values)>> markup, const Values&... values) {
  Html out;
  std::string_view rest = markup.text;
  [[maybe_unused]] const auto one = [&](const auto& value) {
    const size_t place = rest.find("{}");
    out.AppendLiteral(rest.substr(0, place));
    out.AppendValue(value);
    rest.remove_prefix(place + 2);
  };
  (one(values), ...);
  out.AppendLiteral(rest);
  return out;
}

}  // namespace fob::web
