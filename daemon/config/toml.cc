#define TOML_IMPLEMENTATION 1
#include <toml++/toml.h>
