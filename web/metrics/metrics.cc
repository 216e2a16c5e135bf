#include "web/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace fob::web {
namespace {

constexpr std::array<std::string_view, 14> kPaths = {
    "/token", "/introspect", "/revoke", "/userinfo", "/jwks", "/authorize", "/login", "/consent", "/logout", "/link", "/account",
    "/healthz", "/metrics", "/.well-known/openid-configuration"};
const prometheus::Histogram::BucketBoundaries kSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

// What nobody knows is one label, whatever it is.
std::string Known(std::string_view path) {
  const auto found = std::ranges::find(kPaths, path);
  return found == kPaths.end() ? "other" : std::string(*found);
}

}  // namespace

struct Metrics::Impl {
  explicit Impl(Gauges read)
      : gauges(std::move(read)),
        requests(prometheus::BuildCounter().Name("fob_webd_requests_total").Help("Requests answered, by path and status class").Register(registry)),
        seconds(prometheus::BuildHistogram().Name("fob_webd_request_seconds").Help("From a request's first byte to its answer").Register(registry)),
        cut_off(prometheus::BuildCounter().Name("fob_webd_cut_off_total").Help("Connections ended because their peer was slow, or for want of room").Register(registry)),
        connections(One("fob_webd_connections", "Connections that are open")),
        waiting(One("fob_webd_waiting_calls", "Calls that wait for a place on a connection to fobd")),
        connected(One("fob_webd_fobd_connected", "1 while there is a connection to fobd")) {}

  prometheus::Gauge& One(const std::string& name, const std::string& help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }

  const Gauges gauges;
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests;
  prometheus::Family<prometheus::Histogram>& seconds;
  prometheus::Family<prometheus::Counter>& cut_off;
  prometheus::Gauge& connections;
  prometheus::Gauge& waiting;
  prometheus::Gauge& connected;
  // The library looks labels up by hash; these are asked for with each request.
  std::map<std::pair<std::string, int>, prometheus::Counter*> counters;
  std::map<std::string, prometheus::Histogram*> histograms;
};

Metrics::Metrics(Gauges gauges) : impl_(std::make_unique<Impl>(std::move(gauges))) {}
Metrics::~Metrics() = default;

void Metrics::Answered(std::string_view path, int status, double seconds) {
  const std::string known = Known(path);
  auto& counter = impl_->counters[{known, status / 100}];
  if (counter == nullptr) counter = &impl_->requests.Add({{"path", known}, {"status", std::to_string(status / 100) + "xx"}});
  counter->Increment();
  auto& histogram = impl_->histograms[known];
  if (histogram == nullptr) histogram = &impl_->seconds.Add({{"path", known}}, kSeconds);
  histogram->Observe(seconds);
}

void Metrics::CutOff(std::string_view why) { impl_->cut_off.Add({{"why", std::string(why)}}).Increment(); }

std::string Metrics::Text() {
  impl_->connections.Set(impl_->gauges.connections());
  impl_->waiting.Set(impl_->gauges.waiting_calls());
  impl_->connected.Set(impl_->gauges.fobd_connected());
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  return out.str();
}

}  // namespace fob::web
