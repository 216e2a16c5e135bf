#pragma once

#include <string_view>

namespace fob::web {

// What the action of an audit event is, for the person whom it concerns. An action that is not of an account's life
// stays as it is.
std::string_view EventWords(std::string_view action);

}  // namespace fob::web
