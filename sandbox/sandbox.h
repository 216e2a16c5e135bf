#pragma once

#include <string>
#include <vector>

#include "base/result.h"

// What a process of fob takes away from itself before it reads any input: no new privileges, a
// seccomp filter that permits what is on its list and answers EPERM to everything else, and, where
// the kernel has it, Landlock. Nothing of it can be taken back.
//
// Each function is called once, while the process has one thread. kUnavailable/"sandbox": the
// process must not go on. Builds with sanitizers or coverage lock nothing.
namespace fob::sandbox {

// Paths, each with all below it, that Landlock leaves open. What does not exist is left out.
struct Paths {
  std::vector<std::string> read;
  std::vector<std::string> devices;  // read and write, but create nothing
  std::vector<std::string> write;    // read, write, create and remove
};

// fob-keyd: no exec, no other process, no network but AF_UNIX and udev's netlink, no ptrace, no
// executable memory.
Status LockWorker(const Paths& paths);

// fobd, and a restore: no exec, no other process, AF_UNIX alone, no ptrace.
Status LockDaemon(const Paths& paths);

// What starts workers for fobd, and through it the workers until they lock themselves: what it starts keeps this filter. It
// starts programs, and is left what any worker is left; no namespaces, no ptrace, no network but AF_UNIX, udev's netlink and the
// kernel's audit.
Status LockSpawner();

// fob-passwd: as fobd, and the kernel's audit; PAM's modules read and write where they like, but start nothing and
// reach no network. What they ask of one goes over a local socket (sssd).
Status LockPasswordCheck();

// fob-webd: no exec, no other process, no socket but AF_UNIX besides those that listen already and what comes in by them. It
// opens what is in `paths` and nothing else; without any, nothing at all.
Status LockWeb(const Paths& paths);

// fobctl, once it talks to fobd: as fobd. Files are those of whoever runs it.
Status LockClient();

}  // namespace fob::sandbox
