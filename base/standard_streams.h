#pragma once

namespace fob {

// Gives each of descriptors 0 to 2 that is closed to /dev/null, so that nothing that is opened later takes
// its place and gets what was meant for a person. Turned the wrong way round, so that what is written there
// fails instead of getting lost. First in every main. False: /dev/null cannot be opened.
[[nodiscard]] bool HoldStandardStreams();

}  // namespace fob
