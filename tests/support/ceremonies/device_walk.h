#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/device_ceremony.h"

namespace fob::testing {

// A PIN or a reset of a plugged-in key that anything may happen to. A key is asked for nothing that it cannot do, is given
// what a person typed and confirmed, and is left alone at the end.
class DeviceWalk {
 public:
  DeviceWalk(core::DeviceAction action, int64_t pin_floor);

  const core::DeviceCeremony& state() const { return state_; }
  // What the ceremony did then and must not do; empty: nothing.
  std::string Take(core::DeviceEvent event);

  bool finished() const { return finished_; }

 private:
  void Happens(const core::DeviceEvent& event);
  std::string Check(const core::DeviceEffect& effect);
  std::string CheckQuestion();
  std::string CheckDrive(const core::DriveDevice& drive) const;
  bool Able() const;  // the key that was found can do what is wanted
  bool Takes(std::string_view new_pin) const;
  // What a person typed and confirmed is what the key is given.
  bool Confirmed(std::string_view pin, std::string_view new_pin) const;

  const core::DeviceAction action_;
  const int64_t pin_floor_;
  core::DeviceCeremony state_;
  std::optional<proto::Device> device_;
  std::vector<std::string> said_;
  bool looking_ = false;
  bool question_ = false;
  bool driving_ = false;
  int pins_ = 0;
  int new_pins_ = 0;
  bool cut_short_ = false;
  bool stopped_ = false;
  bool over_ = false;
  bool finished_ = false;

  // Of the event that happens now:
  bool answered_ = false;
  bool unasked_ = false;
  bool told_ = false;   // by the key that is driven
  bool cared_ = false;  // as is this
};

}  // namespace fob::testing
