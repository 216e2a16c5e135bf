#pragma once

#include <memory>

#include "tests/support/virtual_key/key_state.h"

namespace fob::testing {

// Where the encoded state lives.
class KeyStorage {
 public:
  virtual ~KeyStorage() = default;
  // nullopt: nothing there yet. Throws std::runtime_error when it is there and cannot be read.
  virtual std::optional<Bytes> Load() = 0;
  // Durable when it returns. Throws std::runtime_error.
  virtual void Save(ByteView state) = 0;
};

class MemoryStorage final : public KeyStorage {
 public:
  // Several keys given the same cell see each other's state: a restart in a test.
  explicit MemoryStorage(std::shared_ptr<std::optional<Bytes>> cell) : cell_(std::move(cell)) {}
  MemoryStorage() : cell_(std::make_shared<std::optional<Bytes>>()) {}
  std::optional<Bytes> Load() override { return *cell_; }
  void Save(ByteView state) override { *cell_ = Bytes(state.begin(), state.end()); }

 private:
  std::shared_ptr<std::optional<Bytes>> cell_;
};

// A file of mode 0600, replaced atomically and synced with its folder.
class FileStorage final : public KeyStorage {
 public:
  explicit FileStorage(std::string path) : path_(std::move(path)) {}
  std::optional<Bytes> Load() override;
  void Save(ByteView state) override;

 private:
  std::string path_;
};

// The state and its storage. Whoever changes the state commits before the answer leaves.
class KeyStore {
 public:
  KeyStore(std::unique_ptr<KeyStorage> storage, KeyState state)
      : storage_(std::move(storage)), state_(std::move(state)) {}
  const KeyState& state() const { return state_; }
  KeyState& Mutable() { return state_; }
  void Commit() { storage_->Save(state_.Encode()); }

 private:
  std::unique_ptr<KeyStorage> storage_;
  KeyState state_;
};

}  // namespace fob::testing
