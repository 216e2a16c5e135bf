// PAM logins with TOTP codes, one after another, through several services in turn:
//   bench-pam CONFDIR CODE[,CODE...] USER[,USER...] SERVICE[+session]...
// Every user gives every code once, in this order. A login is pam_start to pam_end, the loading of the module and of
// what it needs included: the codes come ready-made, because what serves PAM has no OATH library loaded beforehand
// either. For each service, prints the median and the 90th percentile of its logins in microseconds; a login that
// fails ends it all.

#include <security/pam_appl.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Service {
  std::string name;
  bool session = false;
  std::vector<double> micros;
};

double Micros() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

int Converse(int count, const pam_message** messages, pam_response** responses, void* code) {
  auto* answers = static_cast<pam_response*>(std::calloc(static_cast<size_t>(count), sizeof(pam_response)));
  for (int i = 0; i < count; ++i) {
    const int style = messages[i]->msg_style;
    if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON) {
      answers[i].resp = ::strdup(static_cast<const char*>(code));
    }
  }
  *responses = answers;
  return PAM_SUCCESS;
}

bool Login(const std::string& confdir, Service& service, const std::string& user, const std::string& code) {
  const pam_conv conversation{&Converse, const_cast<char*>(code.c_str())};
  const double start = Micros();
  pam_handle_t* pam = nullptr;
  int result = ::pam_start_confdir(service.name.c_str(), user.c_str(), &conversation, confdir.c_str(), &pam);
  if (result == PAM_SUCCESS) result = ::pam_authenticate(pam, 0);
  if (result == PAM_SUCCESS && service.session) result = ::pam_open_session(pam, 0);
  ::pam_end(pam, result);
  service.micros.push_back(Micros() - start);
  if (result != PAM_SUCCESS) {
    std::fprintf(stderr, "bench-pam: %s for %s: %s\n", service.name.c_str(), user.c_str(), ::pam_strerror(nullptr, result));
  }
  return result == PAM_SUCCESS;
}

std::vector<std::string> Listed(const char* list) {
  std::vector<std::string> out;
  std::istringstream rest(list);
  for (std::string one; std::getline(rest, one, ',');) out.push_back(one);
  return out;
}

double Quantile(std::vector<double> sorted, double q) {
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const auto codes = Listed(argv[2]);
  const auto users = Listed(argv[3]);
  std::vector<Service> services;
  for (int i = 4; i < argc; ++i) {
    std::string name = argv[i];
    const bool session = name.ends_with("+session");
    if (session) name.resize(name.size() - std::strlen("+session"));
    services.push_back({name, session, {}});
  }

  std::vector<size_t> order(services.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::minstd_rand random(1);
  for (const std::string& code : codes) {
    for (const std::string& user : users) {
      // The disk's journal carries over from one login to the next: no service always follows the same one.
      std::shuffle(order.begin(), order.end(), random);
      for (const size_t i : order) {
        if (!Login(argv[1], services[i], user, code)) return 1;
      }
    }
  }
  std::printf("{");
  for (size_t i = 0; i < services.size(); ++i) {
    const Service& service = services[i];
    std::printf("%s\"%s\": {\"logins\": %zu, \"median_us\": %.1f, \"p90_us\": %.1f}", i == 0 ? "" : ", ",
                argv[4 + i], service.micros.size(), Quantile(service.micros, 0.5), Quantile(service.micros, 0.9));
  }
  std::printf("}\n");
  return 0;
}
