#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/write_fully.h"
#include "cli/browser_opener.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

constexpr unsigned kFileSeconds = 60;  // as long as the link is good

struct Args {
  std::string target;
  std::optional<std::string> login;
  bool print = false;
};

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// A page that posts the link: it stands in no address, no history and no argument of a program.
SecretBytes Page(const proto::web::CreateLink::Out& link) {
  std::string html = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">"
                     "<title>Signing in</title><form method=\"post\" action=\"" +
                     Escaped(link.page) + "\"><input type=\"hidden\" name=\"link\" value=\"" + Escaped(link.link.RevealText()) +
                     "\"><button>Go on</button></form><script>document.forms[0].submit()</script></html>\n";
  SecretBytes page{std::string_view(html)};
  Wipe(html.data(), html.size());
  return page;
}

// The user's own folder, where nobody else reads names.
std::string Folder() {
  const char* runtime = ::secure_getenv("XDG_RUNTIME_DIR");
  struct stat info {};
  const bool own = runtime != nullptr && *runtime == '/' && ::stat(runtime, &info) == 0 && S_ISDIR(info.st_mode) &&
                   info.st_uid == ::geteuid() && (info.st_mode & 077) == 0;
  return own ? runtime : "/tmp";
}

Result<std::string> WritePage(const SecretBytes& page) {
  std::string path = Folder() + "/fob-open-XXXXXX.html";
  const UniqueFd file(::mkostemps(path.data(), 5, O_CLOEXEC));  // 0600
  if (file.valid() && WriteFully(file.get(), page.Reveal())) return path;
  const Error error = MakeError(Code::kUnavailable, "file_unwritable", fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  if (file.valid()) ::unlink(path.c_str());
  return error;
}

Result<Output> Open(Context& context, const Args& args) {
  FOB_TRY(BrowserOpener opener, BrowserOpener::Fork(!args.print));
  FOB_TRY(const auto link, context.CallOnLogin<proto::web::CreateLink>({args.target, args.login}));
  FOB_TRY(const std::string path, WritePage(Page(link)));
  if (const Status opened = opener.Open(path, kFileSeconds, context.interrupts().fd()); !opened.ok()) {
    Error error = opened.error();
    if (error.reason == "browser") error.text += fmt::format("\nopen it by hand, within a minute: {}", path);
    return error;
  }
  boost::json::object json;
  json["file"] = path;
  json["expires_at"] = link.expires_at;
  if (args.print) return MakeOutput(std::move(json), path + "\n");
  return MakeOutput(std::move(json), "", "the browser asks once more before it is signed in; the link is good for a minute");
}

}  // namespace

void AddOpenVerb(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser
      .AddVerb("open", "Open a web page in a browser that is signed in as your login here",
               [args](Context& context) { return Open(context, *args); })
      .Required("URL,--url", args->target, "A page of this authority or of a registered web app")
      .Optional("--login", args->login, "Which login [the newest of this session]")
      .Flag("--print", args->print, "Print the file to open, and start no browser")
      .Example("fobctl open https://wiki.example.org/")
      .Example("firefox \"$(fobctl open --print https://wiki.example.org/)\"");
}

}  // namespace fob::cli
