#pragma once

namespace fob::cli {

// fobctl: parses the command line, runs the verb, prints what it gave. Returns the exit code.
int Run(int argc, char** argv);

}  // namespace fob::cli
