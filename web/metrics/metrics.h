#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace fob::web {

// What Prometheus is told of this process. Labels are of a fixed set, so that no client makes them grow.
class Metrics {
 public:
  // Values that are read when somebody asks.
  struct Gauges {
    std::function<double()> connections, waiting_calls, fobd_connected;
  };

  explicit Metrics(Gauges gauges);
  ~Metrics();

  void Answered(std::string_view path, int status, double seconds);
  void CutOff(std::string_view why);
  std::string Text();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fob::web
