#include "base/standard_streams.h"
#include "cli/exit_code.h"
#include "cli/run.h"

int main(int argc, char** argv) { return fob::HoldStandardStreams() ? fob::cli::Run(argc, argv) : fob::cli::kOther; }
