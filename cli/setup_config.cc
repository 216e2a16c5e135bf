#include "cli/setup_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "cli/example_config.h"

namespace fob::cli {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(
             label, [](char c) { return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '-'; });
}

// RFC 1123 clause 2.1, lower case. `address` is set when it is shaped like an IPv4 address.
bool IsHost(std::string_view host, bool& address) {
  if (host.empty() || host.size() > 253) return false;
  std::string_view last;
  int parts = 0;
  for (bool more = true; more; ++parts) {
    const size_t dot = host.find('.');
    last = host.substr(0, dot);
    if (!IsLabel(last)) return false;
    more = dot != std::string_view::npos;
    if (more) host.remove_prefix(dot + 1);
  }
  address = std::ranges::all_of(last, IsDigit);
  return !address || parts == 4;
}

Error Bad(std::string_view option, std::string_view value, std::string_view what) {
  return MakeError(Code::kInvalidArgument, "usage",
                   fmt::format("{} \"{}\" {}", option, value, what));
}

Status CheckPath(std::string_view option, std::string_view path) {
  const bool clean =
      path.size() >= 2 && path.front() == '/' && path.back() != '/' && path.size() < 4000 &&
      (std::string(path) + "/").find("/./") == std::string::npos &&
      (std::string(path) + "/").find("/../") == std::string::npos &&
      path.find("//") == std::string_view::npos && std::ranges::none_of(path, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      });
  if (!clean)
    return Bad(option, path,
               "must be an absolute path without \"//\", \".\", \"..\" or a last \"/\"");
  return Ok();
}

// A basic string of TOML; the values hold no control characters.
std::string Quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Puts another value on the line of a top-level key.
Status Put(std::string& text, std::string_view key, const std::string& value) {
  const std::string start = fmt::format("\n{} = ", key);
  const size_t line = text.find(start);
  if (line == std::string::npos || text.find(start, line + 1) != std::string::npos) {
    return MakeError(Code::kInternal, "bad_example",
                     fmt::format("the example of fobd.toml has not one line for {}", key));
  }
  const size_t from = line + start.size();
  text.replace(from, text.find('\n', from) - from, value);
  return Ok();
}

}  // namespace

Result<std::string> IssuerHost(std::string_view issuer) {
  const auto bad = [&](std::string_view what) { return Bad("--issuer", issuer, what); };
  const bool plain = issuer.starts_with("http://");
  if (issuer.size() > 512 || (!plain && !issuer.starts_with("https://"))) {
    return bad("must be an https URL, such as https://login.example.org");
  }
  std::string_view rest = issuer.substr(plain ? 7 : 8);
  const bool ascii = std::ranges::all_of(rest, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!ascii || rest.find_first_of("?#@\\\"<>") != std::string_view::npos) {
    return bad("must be a URL of scheme, host, port and path only");
  }
  rest = rest.substr(0, rest.find('/'));
  const size_t colon = rest.find(':');
  const std::string host(rest.substr(0, colon));
  if (colon != std::string_view::npos) {
    const std::string_view port = rest.substr(colon + 1);
    const bool digits = !port.empty() && port.size() <= 5 && std::ranges::all_of(port, IsDigit);
    const int number = digits ? std::stoi(std::string(port)) : 0;
    if (number < 1 || number > 65535) return bad("has a port that is not 1 to 65535");
  }
  bool address = false;
  if (!IsHost(host, address))
    return bad("needs a lower-case host name, such as https://login.example.org");
  if (plain && host != "localhost" && host != "127.0.0.1") {
    return bad("may be http for localhost and 127.0.0.1 only: use https");
  }
  return host;
}

Status CheckSetup(const Setup& setup) {
  FOB_CHECK(IssuerHost(setup.issuer));
  bool address = false;
  if (!IsHost(setup.rp_id, address) || address) {
    return Bad("--rp-id", setup.rp_id,
               "must be a lower-case DNS name without scheme or port, such as login.example.org");
  }
  FOB_CHECK(CheckPath("--dir", setup.config_dir));
  FOB_CHECK(CheckPath("--state", setup.state_dir));
  FOB_CHECK(CheckPath("--socket", setup.socket));
  if (setup.socket.size() > 107)
    return Bad("--socket", setup.socket, "must be at most 107 bytes long");
  return Ok();
}

bool WebMayUse(std::string_view rp_id, std::string_view host) {
  return host == rp_id || (host.size() > rp_id.size() && host.ends_with(rp_id) &&
                           host[host.size() - rp_id.size() - 1] == '.');
}

Result<std::string> ConfigText(const Setup& setup) {
  std::string text(ExampleConfig());
  FOB_CHECK(Put(text, "issuer", Quoted(setup.issuer)));
  FOB_CHECK(Put(text, "rp_id", Quoted(setup.rp_id)));
  FOB_CHECK(Put(text, "socket", Quoted(setup.socket)));
  FOB_CHECK(Put(text, "state_dir", Quoted(setup.state_dir)));
  FOB_CHECK(Put(text, "master_key", Quoted(setup.master_key_path())));
  if (!setup.worker.empty()) FOB_CHECK(Put(text, "worker", "[" + Quoted(setup.worker) + "]"));
  FOB_CHECK(Put(text, "trusted_uids", fmt::format("[{}]", fmt::join(setup.trusted_uids, ", "))));
  return text;
}

}  // namespace fob::cli
