#pragma once

#include "cli/context.h"

namespace fob::cli {

// Proves what policy asks of service fobctl, and opens the caller's login in this very session.
Result<proto::login::Confirm::Out> OpenOwnLogin(Context& context);

}  // namespace fob::cli
