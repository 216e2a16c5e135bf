#pragma once

#include <string>
#include <vector>

namespace fob::web {

// What factors, as fobd names them, are to the person who showed them: "password, code". Each word once.
std::string FactorWords(const std::vector<std::string>& factors);

}  // namespace fob::web
