#pragma once

namespace fob::host {

// Lets this process open as many descriptors as its hard limit allows, 65536 at most. The usual soft
// limit is below the connections that fobd serves.
void RaiseDescriptorLimit();

}  // namespace fob::host
