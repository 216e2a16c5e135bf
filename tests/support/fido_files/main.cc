// fido-files: checks what Debian's fido2-tools made with our own verification, and the reverse.
//
//   fido2-cred -M -i cred.in /dev/hidraw0 | fido-files credential
//     prints the algorithm and the public key (hex), or says what is wrong and exits with 1
//   fido2-assert -G -i assert.in /dev/hidraw0 | fido-files assertion ES256 HEX
//   fido-files pem ES256 HEX
//     the public key for fido2-assert -V; HEX of a key that fobctl enrolled is in fobd's store:
//     sqlite3 /var/lib/fob/fob.db "SELECT hex(public_key) FROM keys"
#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/encoding.h"
#include "tests/support/fido_files/fido_files.h"

using namespace fob;

namespace {

int Fail(const Error& error) {
  fprintf(stderr, "fido-files: %s: %s\n", error.reason.c_str(), error.text.c_str());
  return 1;
}

std::string Input() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "credential" && argc == 2) {
    const auto facts = testing::VerifyCredentialFile(Input());
    if (!facts.ok()) return Fail(facts.error());
    printf("%s %s\n", std::string(fido::AlgorithmName(facts->algorithm)).c_str(),
           HexEncode(facts->public_key).c_str());
    return 0;
  }
  const auto named = fido::AlgorithmFromName(argc == 4 ? argv[2] : "");
  const fido::Algorithm algorithm = named.value_or(fido::Algorithm::kEs256);
  const auto key = HexDecode(argc == 4 ? argv[3] : "");
  if ((verb != "assertion" && verb != "pem") || !named || !key.ok()) {
    fprintf(stderr, "fido-files credential | assertion ALGORITHM HEX | pem ALGORITHM HEX\n");
    return 2;
  }
  if (verb == "pem") {
    const auto pem = testing::PublicKeyPem(algorithm, *key);
    if (!pem.ok()) return Fail(pem.error());
    fputs(pem->c_str(), stdout);
    return 0;
  }
  const auto facts = testing::VerifyAssertionFile(Input(), algorithm, *key);
  if (!facts.ok()) return Fail(facts.error());
  printf("good, counter %u%s\n", facts->counter, facts->user_verified ? ", user verified" : "");
  return 0;
}
