#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/core/grant_records.h"
#include "daemon/core/records.h"

// How values that SQLite has no type for stand in a column.
namespace fob::store {

// A line an item. kInvalidArgument "bad_list": an item is empty or holds a line feed.
Result<std::string> ToLines(const std::vector<std::string>& items);
std::vector<std::string> FromLines(std::string_view lines);

std::string_view NameOf(core::KeyAlgorithm value);
std::string_view NameOf(core::Attestation value);
std::string_view NameOf(core::OtpKind value);
std::string_view NameOf(core::OtpAlgorithm value);
std::string_view NameOf(core::SigningAlgorithm value);
std::string_view NameOf(core::TokenKind value);
std::string_view NameOf(core::AuthMethod value);
std::string_view NameOf(core::Outcome value);

// Out of its name. kCorrupt: there is no such name.
Status FromName(std::string_view name, core::KeyAlgorithm& out);
Status FromName(std::string_view name, core::Attestation& out);
Status FromName(std::string_view name, core::OtpKind& out);
Status FromName(std::string_view name, core::OtpAlgorithm& out);
Status FromName(std::string_view name, core::Factor& out);
Status FromName(std::string_view name, core::Locality& out);
Status FromName(std::string_view name, core::SigningAlgorithm& out);
Status FromName(std::string_view name, core::TokenKind& out);
Status FromName(std::string_view name, core::AuthMethod& out);
Status FromName(std::string_view name, core::Outcome& out);

}  // namespace fob::store
