#pragma once

#include "sandbox/sandbox.h"

namespace fob::sandbox {

// Leaves `paths` alone open (landlock(7)). Ok, and nothing done, where the kernel has no Landlock.
Status RestrictFiles(const Paths& paths);

}  // namespace fob::sandbox
