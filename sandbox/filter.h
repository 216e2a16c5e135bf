#pragma once

#include <seccomp.h>

#include <memory>
#include <span>

#include "base/result.h"

namespace fob::sandbox {

// A seccomp filter in the making. Whatever fails is remembered and told by Load.
class Filter {
 public:
  Filter();

  // System calls that are permitted whatever their arguments.
  void Allow(std::span<const int> calls);
  // One that is permitted when all `conditions` hold; of several such rules one is enough.
  void AllowIf(int call, std::initializer_list<scmp_arg_cmp> conditions);
  // Answered with `error` instead of EPERM.
  void Refuse(int call, int error);

  // Sets no-new-privileges and takes effect, for good.
  Status Load();

 private:
  struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
  };
  void Keep(int result);

  std::unique_ptr<void, Release> filter_;
  int failed_ = 0;  // a negative errno, the first
};

}  // namespace fob::sandbox
