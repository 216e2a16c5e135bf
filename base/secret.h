#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace fob {

// Overwrites `size` bytes in a way that the compiler keeps.
void Wipe(void* data, size_t size);
inline void Wipe(Bytes& bytes) { Wipe(bytes.data(), bytes.size()); }

// Compares in time that depends on the lengths alone.
bool ConstantTimeEqual(ByteView a, ByteView b);

// Bytes that must not stay in memory: move-only, wiped when dropped, compared in constant time, never
// streamed. Reading them takes Reveal() or RevealText(), which a search through the code finds.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(size_t size);  // zeroed
  explicit SecretBytes(ByteView bytes);
  explicit SecretBytes(std::string_view text) : SecretBytes(AsBytes(text)) {}
  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  SecretBytes Clone() const { return SecretBytes(Reveal()); }

  ByteView Reveal() const { return {data_.get(), size_}; }
  std::string_view RevealText() const { return AsText(Reveal()); }
  std::span<uint8_t> RevealMutable() { return {data_.get(), size_}; }

  friend bool operator==(const SecretBytes& a, const SecretBytes& b) {
    return ConstantTimeEqual(a.Reveal(), b.Reveal());
  }

 private:
  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0;
};

}  // namespace fob
