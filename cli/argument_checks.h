#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fob::cli {

// What is wrong with an argument, as a sentence that names it; "" when nothing is. `names` are as
// in Verb.

// Text that fobd could not take or would take for none: empty, not UTF-8, more than 4096 bytes.
std::string TextProblem(const std::string& names, const std::string& text);

std::string DurationProblem(const std::string& names, const std::string& text, int64_t least_ms,
                            int64_t most_ms);

std::string NumberProblem(const std::string& names, const std::string& text, int64_t least,
                          int64_t most);

std::string OneOfProblem(const std::string& names, const std::string& text,
                         const std::vector<int64_t>& allowed);

// The name under which people know "NAME,--name" (NAME) and "-n,--limit" (--limit).
std::string ShownName(const std::string& names);

// The word nearest to what was typed; "" when none is near.
std::string Nearest(std::string_view typed, std::span<const std::string> words);

}  // namespace fob::cli
