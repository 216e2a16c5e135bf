#include <fmt/format.h>

#include "cli/ceremony.h"
#include "cli/table.h"
#include "cli/verbs.h"

// The plugged-in keys themselves, whatever is enrolled on them: `fobctl key devices|pin|reset`.
namespace fob::cli {
namespace {

using proto::Device;

struct Args {
  std::optional<std::string> device;
};

std::string Tries(std::optional<int64_t> retries) {
  return retries ? fmt::format(", {} {} left", *retries, *retries == 1 ? "try" : "tries") : "";
}

std::string PinOf(const Device& device) {
  switch (device.pin_status) {
    case Device::PinStatus::kUnsupported:
      return "takes none";
    case Device::PinStatus::kUnset:
      return fmt::format("not set (fobctl key pin set; at least {} characters)",
                         device.pin_min_length);
    case Device::PinStatus::kSet:
      break;
  }
  if (device.pin_retries == 0) return "blocked (fobctl key reset deletes everything on the key)";
  return "set" + Tries(device.pin_retries) +
         (device.pin_change_forced ? ", to be changed first (fobctl key pin change)" : "");
}

std::string UserVerificationOf(const Device& device) {
  switch (device.uv_status) {
    case Device::UvStatus::kUnsupported:
      return "none";
    case Device::UvStatus::kUnset:
      return "none enrolled on the key yet";
    case Device::UvStatus::kSet:
      break;
  }
  return device.uv_retries == 0 ? "blocked until the PIN is given" : "ready" + Tries(device.uv_retries);
}

std::string StorageOf(const Device& device) {
  if (!device.discoverable) return "none";
  if (!device.credentials_left) return "yes";
  if (*device.credentials_left == 0) return "full";
  return fmt::format("room for {}", *device.credentials_left);
}

std::string UsbId(const Device& device) {
  if (!device.vendor_id || !device.product_id) return "";
  return fmt::format("{:04x}:{:04x}", *device.vendor_id, *device.product_id);
}

std::string KindOf(const Device& device) {
  switch (device.kind) {
    case Device::Kind::kFido2:
      return "FIDO2";
    case Device::Kind::kU2f:
      return "U2F: a touch, and nothing else";
    case Device::Kind::kKeyboard:
      return "types one-time codes as a keyboard; enrol its HOTP secret: fobctl otp enrol NAME "
             "--import-uri FILE";
    case Device::Kind::kUnknown:
      break;
  }
  return "could not be asked: " + device.problem.value_or("");
}

std::string Describe(const Device& device) {
  Fields fields;
  fields.Add("device", device.device)
      .Add("name", device.name)
      .Add("serial", device.serial.value_or(""))
      .Add("usb id", UsbId(device))
      .Add("kind", KindOf(device));
  if (device.kind == Device::Kind::kFido2 || device.kind == Device::Kind::kU2f) {
    fields.Add("versions", Join(device.versions, ", "))
        .Add("algorithms", Join(device.algorithms, ", "));
  }
  if (device.kind == Device::Kind::kFido2) {
    fields.Add("aaguid", device.aaguid.value_or(""))
        .Add("firmware", device.firmware ? fmt::format("{:#x}", *device.firmware) : "")
        .Add("transports", Join(device.transports, ", "))
        .Add("pin", PinOf(device))
        .Add("biometrics", UserVerificationOf(device))
        .Add("discoverable", StorageOf(device));
  }
  return fields.Render();
}

Result<Output> Devices(Context& context, const Args&) {
  FOB_TRY(const auto out, context.Call<proto::enrol::ListDevices>({context.globals().timeout_ms}));
  std::string text;
  for (const Device& device : out.devices) {
    if (!text.empty()) text += "\n";
    text += Describe(device);
  }
  return MakeOutput(ToJson(out), text, out.devices.empty() ? "no security key is plugged in" : "");
}

template <typename Method>
Result<Output> Care(Context& context, const Args& args) {
  typename Method::In in;
  in.device = args.device;
  FOB_TRY(const proto::Done done, Ceremony(context).Run<Method>(std::move(in)));
  return FinishedOutput(done, "done");
}

}  // namespace

void AddDeviceVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  const auto with = [&args](Result<Output> (*run)(Context&, const Args&)) {
    return [args, run](Context& context) { return run(context, *args); };
  };
  constexpr const char* kDeviceHelp = "Which, as key devices names it, where several are plugged in";
  parser.AddVerb("key devices", "List the keys that are plugged in, and what each can do", with(Devices))
      .Example("fobctl key devices")
      .Example("fobctl --json key devices");
  parser.AddGroup("key pin", "Give a plugged-in key its PIN");
  parser.AddVerb("key pin set", "Set the first PIN of a plugged-in key", with(Care<proto::enrol::SetPin>))
      .Optional("--device", args->device, kDeviceHelp)
      .Example("fobctl key pin set");
  parser.AddVerb("key pin change", "Change the PIN of a plugged-in key", with(Care<proto::enrol::ChangePin>))
      .Optional("--device", args->device, kDeviceHelp)
      .Example("fobctl key pin change --device /dev/hidraw2");
  parser.AddVerb("key reset", "Delete the PIN and every credential of a plugged-in key; asks twice",
                 with(Care<proto::enrol::ResetDevice>))
      .Optional("--device", args->device, kDeviceHelp)
      .Example("fobctl key reset");
}

}  // namespace fob::cli
