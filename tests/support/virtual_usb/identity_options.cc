#include "tests/support/virtual_usb/identity_options.h"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace fob::testing {
namespace {

uint16_t Hex(const CommandLine& line, const char* name) {
  const std::string& text = line.own.at(name);
  uint16_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value, 16);
  if (error != std::errc() || end != last)
    throw std::invalid_argument(fmt::format("--{} takes at most four hexadecimal digits", name));
  return value;
}

}  // namespace

std::vector<CommandLine::Own> IdentityOptions() {
  const UsbIdentity preset;
  return {{"vendor", fmt::format("{:04x}", preset.vendor)},
          {"product", fmt::format("{:04x}", preset.product)},
          {"manufacturer", preset.manufacturer},
          {"name", preset.name},
          {"serial", preset.serial}};
}

UsbIdentity IdentityFrom(const CommandLine& line) {
  return {Hex(line, "vendor"), Hex(line, "product"), line.own.at("manufacturer"),
          line.own.at("name"), line.own.at("serial")};
}

}  // namespace fob::testing
