// The C++ runtime's note of the exceptions in flight, one a thread. libstdc++ makes room for its own
// at the first throw, and where there is no memory for that, libc ends the host application. This one
// has its room since the module was loaded, and takes the place of the runtime's (Itanium C++ ABI,
// clause 2.2.2).
//
// And what ends the host where an exception cannot be thrown on. The runtime's own would name the exception on
// stderr, which is not ours, and brings a demangler along that makes up a third of the work to load the module.
#include <cxxabi.h>

#include <cstdlib>
#include <exception>

namespace __cxxabiv1 {

struct __cxa_eh_globals {
  void* caught;
  unsigned int uncaught;
};

static constinit thread_local __cxa_eh_globals in_flight
    __attribute__((tls_model("initial-exec"))) = {};

extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept { return &in_flight; }
extern "C" __cxa_eh_globals* __cxa_get_globals_fast() noexcept { return &in_flight; }

extern const std::terminate_handler __terminate_handler;
constinit const std::terminate_handler __terminate_handler = std::abort;

}  // namespace __cxxabiv1
