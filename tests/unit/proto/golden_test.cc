// Every message has golden bytes in tests/golden: a change to one is a visible diff.
// FOB_UPDATE_GOLDEN=1 writes them anew.
#include "tests/unit/proto/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/proto/all_codes.h"
#include "test_paths.h"

namespace fob::proto {

void AddErrorExamples(Goldens& goldens) {
  const auto keep = [](GoldenLines& lines, const SecretBytes& frame) {
    const std::string_view text = frame.RevealText();
    lines.emplace_back(text.substr(0, text.size() - 1));
  };
  for (const InterfaceText& interface : Interfaces()) {
    if (interface.name == "org.varlink.service") continue;
    for (const Code code : kAllCodes) {
      keep(goldens.File(std::string(interface.name) + ".errors"),
           EncodeError(interface.name, MakeError(code, "a_reason", "A sentence for people.")));
    }
  }
  GoldenLines& service = goldens.File("org.varlink.service.errors");
  keep(service, EncodeServiceError("InterfaceNotFound", "interface", "org.example.none"));
  keep(service, EncodeServiceError("MethodNotFound", "method", "org.fobd.Login.None"));
  keep(service, EncodeServiceError("MethodNotImplemented", "method", "org.fobd.Login.None"));
  keep(service, EncodeServiceError("InvalidParameter", "parameter", "user"));
  keep(service, EncodeServiceError("PermissionDenied", "", ""));
  keep(service, EncodeServiceError("ExpectedMore", "", ""));
}

namespace {

const std::filesystem::path kFolder = FOB_SOURCE_DIR "/tests/golden";

Goldens BuildAll() {
  Goldens goldens;
  AddLoginExamples(goldens);
  AddEnrolExamples(goldens);
  AddTokenExamples(goldens);
  AddWebExamples(goldens);
  AddAdminExamples(goldens);
  AddWorkerExamples(goldens);
  AddDeviceExamples(goldens);
  AddServiceExamples(goldens);
  AddErrorExamples(goldens);
  return goldens;
}

std::string FileText(const GoldenLines& lines) {
  std::string text = "[\n";
  for (size_t i = 0; i < lines.size(); ++i) text += lines[i] + (i + 1 < lines.size() ? ",\n" : "\n");
  return text + "]\n";
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Golden, BytesOfEveryMessage) {
  const Goldens goldens = BuildAll();
  for (const auto& [name, lines] : goldens.files()) {
    const std::filesystem::path path = kFolder / (name + ".json");
    if (std::getenv("FOB_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << FileText(lines);
    ASSERT_TRUE(std::filesystem::exists(path)) << path << " is missing: FOB_UPDATE_GOLDEN=1 writes it";
    EXPECT_EQ(ReadFile(path), FileText(lines)) << path << " differs; FOB_UPDATE_GOLDEN=1 writes it anew";
  }
}

TEST(Golden, EveryMethodHasAFileWithItsCallAndAReply) {
  const Goldens goldens = BuildAll();
  for (const std::string_view method : Methods()) {
    const auto found = goldens.files().find(std::string(method));
    ASSERT_NE(found, goldens.files().end()) << method << " has no golden example";
    EXPECT_TRUE(std::filesystem::exists(kFolder / (found->first + ".json"))) << method;
    size_t calls = 0;
    size_t replies = 0;
    for (const std::string& line : found->second) ++(ParseCall(line).ok() ? calls : replies);
    EXPECT_GE(calls, 1u) << method;
    EXPECT_GE(replies, 1u) << method;
  }
}

TEST(Golden, NoFileWithoutAnExample) {
  const Goldens goldens = BuildAll();
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    EXPECT_TRUE(goldens.files().contains(entry.path().stem().string())) << entry.path() << " belongs to no message";
  }
}

// What an example leaves out is not held by any golden byte.
TEST(Golden, EveryFieldOfEveryMessageStandsInAnExample) {
  const Goldens goldens = BuildAll();
  std::string all;
  for (const auto& [name, lines] : goldens.files()) all += FileText(lines);
  for (const InterfaceText& interface : Interfaces()) {
    std::istringstream words{std::string(interface.description)};
    for (std::string line; std::getline(words, line);) {
      if (line.starts_with("#")) continue;
      for (size_t colon = line.find(": "); colon != std::string::npos; colon = line.find(": ", colon + 1)) {
        size_t from = colon;
        while (from > 0 && (std::isalnum(static_cast<unsigned char>(line[from - 1])) || line[from - 1] == '_')) --from;
        const std::string field = "\"" + line.substr(from, colon - from) + "\":";
        EXPECT_NE(all.find(field), std::string::npos) << field << " of " << interface.name;
      }
    }
  }
}

TEST(Golden, EveryErrorIsDeclaredByItsInterface) {
  const Goldens goldens = BuildAll();
  for (const InterfaceText& interface : Interfaces()) {
    for (const std::string& line : goldens.files().at(std::string(interface.name) + ".errors")) {
      const auto reply = ParseReply(line);
      ASSERT_TRUE(reply.ok());
      ASSERT_TRUE(reply->error.starts_with(std::string(interface.name) + "."));
      const std::string declared = "\nerror " + reply->error.substr(interface.name.size() + 1) + " (";
      EXPECT_NE(interface.description.find(declared), std::string_view::npos) << reply->error;
    }
  }
}

}  // namespace
}  // namespace fob::proto
