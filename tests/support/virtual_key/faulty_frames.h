#pragma once

#include "tests/support/virtual_key/hid_frames.h"
#include "tests/support/virtual_key/misbehaviour.h"

namespace fob::testing {

// The reports of a ceremony's answer with the faults of CBOR and framing that were ordered.
std::vector<Report> ToFaultyReports(HidMessage message, const Misbehaviour& fault);

}  // namespace fob::testing
