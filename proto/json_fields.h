#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "proto/messages.h"

namespace fob::proto {

// Servers refuse fields that they do not know; clients ignore them.
enum class Unknown { kRefuse, kIgnore };

// A message out of a JSON object. The error is kInvalidArgument and its text is the field's name.
template <typename T>
Result<T> FromJson(const boost::json::object& object, Unknown unknown);

// What the generated codec is made of.
Error BadField(std::string_view field);
Error UnknownField(const boost::json::object& object, std::initializer_list<std::string_view> known);

bool Read(const boost::json::value& value, bool& out);
bool Read(const boost::json::value& value, int64_t& out);
bool Read(const boost::json::value& value, double& out);
bool Read(const boost::json::value& value, std::string& out);
bool Read(const boost::json::value& value, SecretBytes& out);
bool Read(const boost::json::value& value, JsonText& out);

boost::json::value Text(std::string_view text, const boost::json::storage_ptr& storage);
boost::json::value Write(bool value, const boost::json::storage_ptr& storage);
boost::json::value Write(int64_t value, const boost::json::storage_ptr& storage);
boost::json::value Write(double value, const boost::json::storage_ptr& storage);
boost::json::value Write(const std::string& value, const boost::json::storage_ptr& storage);
boost::json::value Write(const SecretBytes& value, const boost::json::storage_ptr& storage);
boost::json::value Write(const JsonText& value, const boost::json::storage_ptr& storage);

}  // namespace fob::proto
