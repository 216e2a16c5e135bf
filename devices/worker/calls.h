#pragma once

#include <string_view>
#include <variant>

#include "base/result.h"
#include "devices/fido/key_care.h"
#include "proto/messages.h"

namespace fob::worker {

struct ListRequest {
  int64_t timeout_ms = 0;
};
struct ResetRequest {
  std::string path;
  int64_t timeout_ms = 0;
};
using WorkerCall = std::variant<fido::AssertionRequest, fido::CredentialRequest, ListRequest,
                                fido::PinChange, ResetRequest>;

// One message of org.fobd.Worker, as fobd sends it, checked to the last field: what comes out is
// within all limits. Errors: kInvalidArgument with "malformed_message", "unknown_method" (the text
// is its name), "expected_more" or "bad_parameter" (the text begins with its name).
Result<WorkerCall> ParseCall(std::string_view message);

// What the worker answers.
proto::Progress ProgressMessage(const fido::Progress& progress);
proto::worker::GetAssertion::Out AssertionReply(fido::Answer answer);
proto::worker::MakeCredential::Out CredentialReply(fido::Answer answer);
proto::worker::ListDevices::Out ListReply(std::vector<fido::DeviceReport> reports);

}  // namespace fob::worker
