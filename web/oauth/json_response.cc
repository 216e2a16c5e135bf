#include "web/oauth/json_response.h"

#include "proto/envelope.h"

namespace fob::web {

Response JsonResponse(int status, const boost::json::object& object) {
  Response response;
  response.status = status;
  response.Add("Content-Type", "application/json").Add("Cache-Control", "no-store").Add("X-Content-Type-Options", "nosniff");
  const SecretBytes frame = proto::EncodeFrame(object);
  response.body = SecretBytes(frame.Reveal().first(frame.size() - 1));  // without the NUL
  return response;
}

}  // namespace fob::web
