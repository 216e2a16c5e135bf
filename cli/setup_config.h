#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fob::cli {

// What `fobctl init` puts into fobd.toml.
struct Setup {
  std::string issuer;      // https URL, or http for localhost and 127.0.0.1
  std::string rp_id;       // lower-case DNS name
  std::string config_dir;  // absolute paths
  std::string state_dir;
  std::string socket;
  std::vector<uint32_t> trusted_uids = {0};
  std::string worker;  // empty: as in the example

  std::string config_path() const { return config_dir + "/fobd.toml"; }
  std::string master_key_path() const { return config_dir + "/master.key"; }
};

// The host of an issuer URL; kInvalidArgument, with what is wrong, when it is none.
Result<std::string> IssuerHost(std::string_view issuer);

// kInvalidArgument, naming the option, unless fobd would take each value.
Status CheckSetup(const Setup& setup);

// A web page at `host` may use keys of `rp_id` when it is the host or a parent of it
// (WebAuthn 5.1.3).
bool WebMayUse(std::string_view rp_id, std::string_view host);

// The shipped example with these values. kInternal when the example lacks one of the lines.
Result<std::string> ConfigText(const Setup& setup);

}  // namespace fob::cli
