#pragma once

#include <memory>
#include <string>

#include "daemon/core/context.h"
#include "daemon/core/flow.h"
#include "daemon/core/ports/master_keys.h"
#include "proto/messages.h"

namespace fob::core {

// A change of the master key. Whatever it is stopped by, files and store agree: secrets are sealed
// under the present key or the next one, and both are at hand until none needs the former.
class MasterKeyChange final : public Flow, public std::enable_shared_from_this<MasterKeyChange> {
 public:
  using Out = proto::admin::RotateMasterKey::Out;

  MasterKeyChange(const Context& context, MasterKeys& keys, const Peer& peer, FlowSink<Out> sink)
      : context_(context), keys_(keys), peer_(peer), sink_(std::move(sink)) {}

  void Next() override;

 private:
  void Begin();
  void Decide(const MasterKeyState& state);
  void Mark(MasterKeyState state, std::string_view action, UniqueFunction<void()> done);
  void Reseal();
  void End(bool move_due);

  const Context& context_;
  MasterKeys& keys_;
  const Peer peer_;
  FlowSink<Out> sink_;
  MasterKeys::Files files_;
  std::string target_;
  int64_t resealed_ = 0;
  bool resealing_ = false;
};

}  // namespace fob::core
