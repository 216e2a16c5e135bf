#include "tests/support/virtual_key/command_line.h"

#include <getopt.h>

#include <functional>
#include <stdexcept>

#include "tests/support/virtual_key/control.h"

namespace fob::testing {
namespace {

[[noreturn]] void Reject(const std::string& what) { throw std::invalid_argument(what); }

int64_t Number(std::string_view text) {
  const auto number = NumberFrom(text);
  if (!number) Reject("not a number: " + std::string(text));
  return *number;
}

template <typename F>
void ForEachItem(std::string_view list, F&& each) {
  while (true) {
    const size_t comma = list.find(',');
    each(list.substr(0, comma));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

std::vector<int> Algorithms(std::string_view list) {
  std::vector<int> out;
  ForEachItem(list, [&](std::string_view name) {
    if (name != "es256" && name != "eddsa") Reject("unknown algorithm: " + std::string(name));
    out.push_back(name == "es256" ? kEs256 : kEdDsa);
  });
  return out;
}

std::vector<int> PinProtocols(std::string_view list) {
  std::vector<int> out;
  if (list == "none") return out;
  ForEachItem(list, [&](std::string_view name) {
    if (name != "1" && name != "2") Reject("unknown PIN protocol: " + std::string(name));
    out.push_back(name == "1" ? 1 : 2);
  });
  return out;
}

std::array<uint8_t, 16> Aaguid(std::string_view hex) {
  std::array<uint8_t, 16> out{};
  if (hex.size() != 32 || hex.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    Reject("an aaguid is 32 lower-case hexadecimal digits");
  }
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<uint8_t>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
  }
  return out;
}

AttestationKind Attestation(std::string_view name) {
  if (name == "none") return AttestationKind::kNone;
  if (name == "self") return AttestationKind::kSelf;
  if (name == "batch") return AttestationKind::kBatch;
  Reject("unknown attestation: " + std::string(name));
}

CtapVersion Version(std::string_view name) {
  if (name == "2.0") return CtapVersion::kCtap20;
  if (name == "2.1") return CtapVersion::kCtap21;
  Reject("unknown CTAP version: " + std::string(name));
}

TouchPolicy Policy(std::string_view name) {
  const auto policy = TouchPolicyFromName(name);
  if (!policy) Reject("unknown touch policy: " + std::string(name));
  return *policy;
}

Misbehaviour Faults(std::string_view names) {
  const auto fault = Misbehaviour::FromNames(names);
  if (!fault) Reject("unknown misbehaviour: " + std::string(names));
  return *fault;
}

struct Flag {
  const char* name;
  int has_argument;
  std::function<void(CommandLine&, std::string_view)> apply;
};

const std::vector<Flag>& Flags() {
  static const std::vector<Flag> kFlags = {
      {"state", 1, [](auto& line, auto value) { line.state = value; }},
      {"touch", 1, [](auto& line, auto value) { line.controls.touch = Policy(value); }},
      {"touch-delay", 1,
       [](auto& line, auto value) { line.controls.touch_delay_ms = Number(value); }},
      {"uv", 1,
       [](auto& line, auto value) {
         line.controls.uv_failures = value == "fail" ? Controls::kForever : 0;
       }},
      {"misbehave", 1, [](auto& line, auto value) { line.controls.misbehaviour = Faults(value); }},
      {"pin", 1, [](auto& line, auto value) { line.options.initial_pin = value; }},
      {"pin-protocols", 1,
       [](auto& line, auto value) { line.options.pin_protocols = PinProtocols(value); }},
      {"builtin-uv", 0, [](auto& line, auto) { line.options.built_in_uv = true; }},
      {"alg", 1, [](auto& line, auto value) { line.options.algorithms = Algorithms(value); }},
      {"ctap", 1, [](auto& line, auto value) { line.options.version = Version(value); }},
      {"u2f-only", 0, [](auto& line, auto) { line.options.version = CtapVersion::kU2fOnly; }},
      {"no-u2f", 0, [](auto& line, auto) { line.options.u2f = false; }},
      {"no-counter", 0, [](auto& line, auto) { line.options.counter_step = 0; }},
      {"counter-step", 1,
       [](auto& line, auto value) {
         line.options.counter_step = static_cast<uint32_t>(Number(value));
       }},
      {"rk-capacity", 1,
       [](auto& line, auto value) {
         line.options.rk_capacity = static_cast<size_t>(Number(value));
       }},
      {"attestation", 1,
       [](auto& line, auto value) { line.options.attestation = Attestation(value); }},
      {"aaguid", 1, [](auto& line, auto value) { line.options.aaguid = Aaguid(value); }},
      {"answer-delay", 1,
       [](auto& line, auto value) { line.controls.answer_delay_ms = Number(value); }},
      {"min-pin", 1,
       [](auto& line, auto value) {
         line.options.min_pin_length = static_cast<size_t>(Number(value));
       }},
      {"unplugged", 0, [](auto& line, auto) { line.unplugged = true; }},
      {"action-timeout", 1,
       [](auto& line, auto value) { line.options.user_action_timeout_ms = Number(value); }},
  };
  return kFlags;
}

}  // namespace

const char* CommandLine::Usage() {
  return "  --touch auto|never|command|refuse   --touch-delay MS   --uv ok|fail   --builtin-uv\n"
         "  --pin PIN (of a new key; a test key's, since arguments are public)   --pin-protocols "
         "2,1|none\n"
         "  --alg es256,eddsa   --ctap 2.0|2.1   --u2f-only   --no-u2f   --aaguid HEX\n"
         "  --attestation self|batch|none   --rk-capacity N   --no-counter   --counter-step N\n"
         "  --min-pin LENGTH   --answer-delay MS (slow firmware)\n"
         "  --action-timeout MS   --misbehave NAME[,NAME]   --unplugged\n"
         "The state file keeps credentials, PIN and counters; give a restarted key the same "
         "options.\n";
}

CommandLine CommandLine::Parse(int argc, char** argv, const std::vector<Own>& own) {
  std::vector<option> table;
  for (const Flag& flag : Flags()) table.push_back({flag.name, flag.has_argument, nullptr, 0});
  for (const Own& one : own) table.push_back({one.name, required_argument, nullptr, 0});
  table.push_back({nullptr, 0, nullptr, 0});
  CommandLine out;
  for (const Own& one : own) out.own[one.name] = one.preset;
  int index = 0;
  int got = 0;
  while ((got = getopt_long(argc, argv, "", table.data(), &index)) != -1) {
    if (got != 0) Reject("unknown option");
    const auto at = static_cast<size_t>(index);
    if (at < Flags().size()) {
      Flags()[at].apply(out, optarg != nullptr ? optarg : "");
    } else {
      out.own[own[at - Flags().size()].name] = optarg;
    }
  }
  if (optind != argc) Reject("unexpected argument");
  if (out.state.empty()) Reject("--state is needed");
  for (const auto& [name, value] : out.own) {
    if (value.empty()) Reject("--" + name + " is needed");
  }
  return out;
}

}  // namespace fob::testing
