// Loads a PAM service's module and has it refuse, again and again: bench-load CONFDIR SERVICE USER.
// Prints the median in microseconds of pam_start to pam_end. A service that lets anybody in is an error.

#include <security/pam_appl.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace {

constexpr int kRounds = 201;

double Micros() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

int Converse(int, const pam_message**, pam_response**, void*) { return PAM_CONV_ERR; }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const pam_conv conversation{&Converse, nullptr};
  std::vector<double> micros;
  for (int i = 0; i < kRounds; ++i) {
    const double start = Micros();
    pam_handle_t* pam = nullptr;
    if (::pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pam) != PAM_SUCCESS) return 1;
    const int result = ::pam_authenticate(pam, PAM_SILENT);
    ::pam_end(pam, result);
    micros.push_back(Micros() - start);
    if (result == PAM_SUCCESS) return 1;
  }
  std::nth_element(micros.begin(), micros.begin() + kRounds / 2, micros.end());
  std::printf("{\"median_us\": %.1f}\n", micros[kRounds / 2]);
  return 0;
}
