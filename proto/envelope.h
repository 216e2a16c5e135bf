#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace fob::proto {

// One JSON object, exactly: no trailing bytes, no duplicate keys, at most kMaxDepth deep, valid UTF-8.
// Its memory is wiped when it is freed. kInvalidArgument otherwise.
Result<boost::json::object> ParseObject(std::string_view text);

// Storage whose memory is wiped when it is freed.
boost::json::storage_ptr WipingStorage();

// The frame of an object: its text and a NUL.
SecretBytes EncodeFrame(const boost::json::object& object);

// A call as Varlink frames it: {"method", "parameters"?, "more"?, "oneway"?, "upgrade"?}.
struct Call {
  std::string method;
  boost::json::object parameters;
  bool more = false;
  bool oneway = false;
};
Result<Call> ParseCall(std::string_view message);
SecretBytes EncodeCall(std::string_view method, boost::json::object parameters, bool more);

// A reply: {"parameters"?, "continues"?, "error"?}.
struct Reply {
  boost::json::object parameters;
  bool continues = false;
  std::string error;  // full name, empty when none
};
Result<Reply> ParseReply(std::string_view message);
SecretBytes EncodeReply(boost::json::object parameters, bool continues);

// An Error as an error of `interface`, such as org.fobd.Login.NotPermitted, and back.
SecretBytes EncodeError(std::string_view interface, const Error& error);
SecretBytes EncodeServiceError(std::string_view name, std::string_view parameter, std::string_view value);
Error ErrorFromReply(const Reply& reply);

}  // namespace fob::proto
