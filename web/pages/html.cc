#include "web/pages/html.h"

namespace fob::web {

Html Html::Text(std::string_view text) {
  Html html;
  html.AppendValue(text);
  return html;
}

void Html::AppendValue(std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '&':
        text_ += "&amp;";
        break;
      case '<':
        text_ += "&lt;";
        break;
      case '>':
        text_ += "&gt;";
        break;
      case '"':
        text_ += "&quot;";
        break;
      case '\'':
        text_ += "&#39;";
        break;
      default:
        // Nobody reads control characters, and some browsers read them as something else.
        text_ += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  }
}

}  // namespace fob::web
