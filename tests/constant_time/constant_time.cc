// I41: secrets are compared in constant time. Run under valgrind, which is told that a secret's bytes are
// undefined: it reports every branch and every address that depends on one of them. What a comparison
// answers is no secret any more.
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "daemon/crypto/sha256_hasher.h"
#include "devices/oath/code.h"

namespace {

using namespace fob;

void Hide(const void* data, size_t size) { (void)VALGRIND_MAKE_MEM_UNDEFINED(data, size); }
void Hide(const SecretBytes& secret) { Hide(secret.Reveal().data(), secret.size()); }

template <typename T>
T Told(T value) {
  (void)VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
  return value;
}

int failures = 0;

// How often `body` let a secret decide.
size_t Leaks(const std::function<void()>& body) {
  const size_t before = VALGRIND_COUNT_ERRORS;
  body();
  return VALGRIND_COUNT_ERRORS - before;
}

void Expect(bool good, const std::string& what) {
  std::printf("%-8s %s\n", good ? "ok" : "FAILED", what.c_str());
  if (!good) ++failures;
}

void IsConstant(const std::string& what, const std::function<void()>& body) {
  const size_t leaks = Leaks(body);
  Expect(leaks == 0, what + (leaks == 0 ? "" : ": valgrind saw " + std::to_string(leaks) + " decisions by a secret"));
}

volatile bool sink;

// A comparison that stops at the first difference, as memcmp may: valgrind must see it.
bool StopsEarly(ByteView a, ByteView b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

void Comparisons() {
  for (const size_t size : {1u, 6u, 16u, 32u, 43u, 64u, 255u}) {
    // Equal, and different at the first, middle and last byte.
    for (const size_t at : {size, size_t{0}, size / 2, size - 1}) {
      const SecretBytes stored{Bytes(size, 0x5a)};
      SecretBytes given{Bytes(size, 0x5a)};
      if (at < size) given.RevealMutable()[at] ^= 1;
      Hide(stored);
      Hide(given);
      const std::string of = std::to_string(size) + " bytes, " + (at == size ? "equal" : "different at " + std::to_string(at));
      IsConstant("ConstantTimeEqual: " + of, [&] {
        const bool same = Told(ConstantTimeEqual(stored.Reveal(), given.Reveal()));
        if (same != (at == size)) std::abort();
      });
      IsConstant("SecretBytes ==: " + of, [&] { sink = Told(stored == given); });
    }
  }
}

// Codes: what is expected and what was typed are both secret until the comparison has answered.
void Codes() {
  for (const int digits : {6, 7, 8}) {
    std::vector<SecretBytes> expected;
    for (int i = 0; i < 21; ++i) {
      std::string code(static_cast<size_t>(digits), '0');
      code.back() = static_cast<char>('0' + i % 10);
      expected.emplace_back(code);
    }
    for (const char last : {'0', '4', '9', 'x'}) {
      std::string code(static_cast<size_t>(digits), '0');
      code.back() = last;
      const SecretBytes typed(code);
      for (const SecretBytes& one : expected) Hide(one);
      Hide(typed);
      IsConstant("LastMatch: a code of " + std::to_string(digits) + " digits", [&] {
        const int64_t matched = Told(oath::LastMatch(expected, typed.RevealText()));
        const int64_t wanted = last == '0' ? 20 : last == '4' ? 14 : last == '9' ? 19 : -1;
        if (matched != wanted) std::abort();
      });
      IsConstant("LastFollowed: two codes of " + std::to_string(digits) + " digits", [&] {
        const int64_t matched = Told(oath::LastFollowed(expected, typed.RevealText(), typed.RevealText()));
        if (matched != -1) std::abort();
      });
    }
  }
}

// Handles, tickets and recovery codes are looked up by their hash: nothing depends on them but the hash.
void BearerValues() {
  const crypto::Sha256Hasher hasher;
  for (const size_t size : {16u, 32u, 50u, 64u, 200u}) {
    const SecretBytes handle{Bytes(size, 'h')};
    Hide(handle);
    IsConstant("hash of a bearer value of " + std::to_string(size) + " bytes", [&] {
      const Bytes hash = hasher.Sha256(handle.Reveal());
      (void)VALGRIND_MAKE_MEM_DEFINED(hash.data(), hash.size());
      if (hash.size() != 32) std::abort();
    });
    IsConstant("hash of a client secret against the stored one", [&] {
      const Bytes hash = hasher.Sha256(handle.Reveal());
      const Bytes stored(32, 0x11);
      Hide(stored.data(), stored.size());
      sink = Told(ConstantTimeEqual(hash, stored));
    });
  }
}

}  // namespace

int main() {
  if (RUNNING_ON_VALGRIND == 0) {
    std::fprintf(stderr, "constant-time proves nothing unless valgrind runs it\n");
    return 2;
  }
  // The probe itself works.
  const Bytes one(32, 1);
  const Bytes other(32, 1);
  Hide(one.data(), one.size());
  const size_t seen = Leaks([&] { sink = Told(StopsEarly(one, other)); });
  Expect(seen > 0, "a comparison that stops early is seen");
  Comparisons();
  Codes();
  BearerValues();
  if (failures > 0) std::printf("%d comparisons depend on a secret\n", failures);
  return failures == 0 ? 0 : 1;
}
