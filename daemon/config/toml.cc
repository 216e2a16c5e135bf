#define TOML_IMPLEMENTATION 1
#include "daemon/config/toml.h"
