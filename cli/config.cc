#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/fobd_program.h"
#include "cli/verbs.h"
#include "proto/json_fields.h"

namespace fob::cli {
namespace {

Status CheckReadable(const std::string& file) {
  if (::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0) return Ok();
  const Code code = errno == ENOENT || errno == ENOTDIR ? Code::kNotFound
                    : errno == EACCES                   ? Code::kNotPermitted
                                                        : Code::kInternal;
  return MakeError(code, "file_unreadable",
                   fmt::format("cannot read {}: {}", file, std::strerror(errno)));
}

Result<Output> Check(Context& context, const std::string& file) {
  FOB_CHECK(CheckReadable(file));
  FOB_TRY(const FobdSaid fobd, RunFobd(context, {"--check-config", file}, context.CallDeadline()));
  const auto& [code, said] = fobd;
  if (code == 0) {
    boost::json::object json;
    json["ok"] = true;
    json["file"] = proto::Text(file, {});
    json["message"] = proto::Text(said, {});
    return MakeOutput(std::move(json), said.empty() ? Printable(file) + " is good\n" : said + "\n");
  }
  if (code == 1)
    return MakeError(Code::kDenied, "config_refused", said.empty() ? file + " is not good" : said);
  return EndedOddly(fobd);
}

}  // namespace

void AddConfigVerbs(Parser& parser) {
  const auto file = std::make_shared<std::string>("/etc/fob/fobd.toml");
  parser.AddGroup("config", "fobd's configuration");
  parser
      .AddVerb("config check", "Check a configuration as fobd would; exits 1 when it is refused",
               [file](Context& context) { return Check(context, *file); })
      .Defaulted("FILE,--file", *file, "The file")
      .Example("fobctl config check")
      .Example("fobctl config check ./fobd.toml.new");
}

}  // namespace fob::cli
