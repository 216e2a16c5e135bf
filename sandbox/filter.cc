#include "sandbox/filter.h"

#include <cerrno>
#include <cstring>

namespace fob::sandbox {

Filter::Filter() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
  if (filter_ == nullptr) {
    failed_ = -ENOMEM;
    return;
  }
  Keep(seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a tree, not a list
  // No slower speculation for it, as some kernels would have: it runs no code of others.
  Keep(seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_SSB, 1));
}

void Filter::Keep(int result) {
  if (failed_ == 0 && result < 0) failed_ = result;
}

void Filter::Allow(std::span<const int> calls) {
  for (const int call : calls) {
    if (failed_ == 0) Keep(seccomp_rule_add(filter_.get(), SCMP_ACT_ALLOW, call, 0));
  }
}

void Filter::AllowIf(int call, std::initializer_list<scmp_arg_cmp> conditions) {
  if (failed_ != 0) return;
  Keep(seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, call,
                              static_cast<unsigned>(conditions.size()), conditions.begin()));
}

void Filter::Refuse(int call, int error) {
  if (failed_ != 0) return;
  Keep(seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), call, 0));
}

Status Filter::Load() {
  // No-new-privileges comes with it (SCMP_FLTATR_CTL_NNP is on).
  if (failed_ == 0) Keep(seccomp_load(filter_.get()));
  if (failed_ == 0) return Ok();
  return MakeError(Code::kUnavailable, "sandbox",
                   std::string("the kernel takes no seccomp filter: ") + std::strerror(-failed_));
}

}  // namespace fob::sandbox
