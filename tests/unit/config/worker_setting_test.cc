#include "daemon/config/worker_setting.h"

#include <gtest/gtest.h>

namespace fob::config {
namespace {

core::Settings With(std::vector<std::string> worker) {
  core::Settings settings;
  settings.worker = std::move(worker);
  return settings;
}

TEST(WorkerSetting, AProgramOrASocket) {
  EXPECT_EQ(WorkerSocketOf(With({"unix:/run/fob/keyd.sock"})), "/run/fob/keyd.sock");
  EXPECT_EQ(WorkerSocketOf(With({"/usr/libexec/fob/fob-keyd"})), std::nullopt);
  EXPECT_EQ(WorkerSocketOf(With({})), std::nullopt);
}

TEST(WorkerSetting, WhatIsNeitherIsSaid) {
  EXPECT_EQ(WorkerProblem({}), "");
  EXPECT_EQ(WorkerProblem({"/usr/libexec/fob/fob-keyd", "--key"}), "");
  EXPECT_EQ(WorkerProblem({"unix:/run/fob/keyd.sock"}), "");
  EXPECT_NE(WorkerProblem({"unix:/run/fob/keyd.sock", "--key"}), "");
  EXPECT_NE(WorkerProblem({"unix:keyd.sock"}), "");
  EXPECT_NE(WorkerProblem({"unix:"}), "");
  EXPECT_NE(WorkerProblem({"unix:/" + std::string(120, 'x')}), "");
  EXPECT_NE(WorkerProblem({"fob-keyd"}), "");
}

}  // namespace
}  // namespace fob::config
