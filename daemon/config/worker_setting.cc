#include "daemon/config/worker_setting.h"

#include "daemon/config/values.h"

namespace fob::config {
namespace {

constexpr std::string_view kSocket = "unix:";

}  // namespace

std::optional<std::string_view> WorkerSocketOf(const core::Settings& settings) {
  if (settings.worker.empty() || !settings.worker.front().starts_with(kSocket)) return std::nullopt;
  return std::string_view(settings.worker.front()).substr(kSocket.size());
}

std::string WorkerProblem(const std::vector<std::string>& worker) {
  if (worker.empty()) return "";
  if (!worker.front().starts_with(kSocket)) return PathProblem(worker.front());
  if (worker.size() > 1) return "takes no arguments after \"unix:PATH\"";
  return SocketPathProblem(std::string_view(worker.front()).substr(kSocket.size()));
}

}  // namespace fob::config
