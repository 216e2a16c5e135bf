#pragma once

#include <boost/json.hpp>

#include "web/http/message.h"

namespace fob::web {

// Nobody may keep it: no-store.
Response JsonResponse(int status, const boost::json::object& object);

}  // namespace fob::web
