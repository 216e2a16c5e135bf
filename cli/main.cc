#include "cli/run.h"

int main(int argc, char** argv) { return fob::cli::Run(argc, argv); }
