#!/usr/bin/env python3
"""Plants each kind of violation in a tree of its own and wants it found: a check that cannot fail is none."""
import os
import shutil
import sys
import tempfile
import tomllib
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check_layers import check  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

CLEAN = {
    "base/result.h": "#include <optional>\n#include <unistd.h>\n",
    "proto/frame.h": '#include "base/result.h"\n#include <boost/json.hpp>\n',
    "devices/fido/key.cc": '#include <fido.h>\n#include <fido/es256.h>\n#include "base/result.h"\n',
    "daemon/core/engine.cc": '#include <vector>\n#include "proto/messages.h"\n#include "daemon/core/ports/store.h"\n',
    "daemon/main.cc": '#include "daemon/ipc/server.h"\n#include <boost/asio/io_context.hpp>\n',
    "tests/unit/x/x.cc": '#include <fido.h>\n#include "anything.h"\n',
}
CLEAN_LINKS = ("fob_base base fmt::fmt\nfob_proto proto fob_base;fob_messages;fob_json\n"
               "fob_core daemon/core fob_base;fob_messages\nfob_fido devices/fido fob_base;PkgConfig::fido2\n"
               "fob_store daemon/store fob_core;PkgConfig::sqlite3\nfob_key tests/support/key OpenSSL::Crypto\n")

# file, line to add, part of the message
PLANTED_INCLUDES = [
    ("daemon/core/engine.cc", "#include <fido.h>", "daemon/core may not know libfido2"),
    ("daemon/core/engine.cc", '#include "fido.h"', "write includes from the root"),
    ("daemon/core/engine.cc", '#include "fido/es256.h"', "daemon/core may not know libfido2"),
    ("daemon/core/engine.cc", "#include <fmt/format.h>", "daemon/core may not know fmt"),
    ("daemon/core/engine.cc", "  #  include <chrono>", "daemon/core is pure: no <chrono>"),
    ("daemon/core/engine.cc", "#include <thread>", "daemon/core is pure: no <thread>"),
    ("daemon/core/engine.cc", "#include <random>", "daemon/core is pure: no <random>"),
    ("daemon/core/engine.cc", "#include <sys/socket.h>", "may not know the operating system"),
    ("daemon/core/engine.cc", "#include <unistd.h>", "may not know the operating system"),
    ("daemon/core/engine.cc", '#include "daemon/store/sqlite_store.h"', "daemon/core may not know daemon/store"),
    ("daemon/core/engine.cc", '#include "proto/envelope.h"', "daemon/core may not know proto"),
    ("daemon/core/engine.cc", "int64_t now = SystemClock().UnixSeconds();", "daemon/core is pure: no SystemClock"),
    ("daemon/core/ports/clock.h", "#include <ctime>", "daemon/core is pure: no <ctime>"),
    ("daemon/store/store.cc", "#include <openssl/evp.h>", "daemon/store may not know openssl"),
    ("daemon/store/store.cc", '#include "daemon/crypto/signer.h"', "daemon/store may not know daemon/crypto"),
    ("pam/module.cc", "#include <boost/asio.hpp>", "pam may not know boost-asio"),
    ("cli/main.cc", "#include <toml++/toml.h>", "cli may not know tomlplusplus"),
    ("cli/main.cc", '#include "daemon/core/policy.h"', "cli may not know daemon/core"),
    ("base/x.h", "#include <curl/curl.h>", "belongs to no library"),
    ("base/x.h", '#include "../cli/x.h"', "write includes from the root"),
    ("base/x.h", "#include HEADER", "name the file itself"),
    ("base/x.h", '#include "elsewhere/x.h"', "is in no folder"),
    ("elsewhere/x.cc", "int x;", "is in no folder"),
]

PLANTED_LINKS = [
    ("fobctl cli fob_base;PkgConfig::sqlite3", "cli may not know sqlite3"),
    ("fob_pam pam /usr/lib/x86_64-linux-gnu/libpam.so;OpenSSL::Crypto", "pam may not know openssl"),
    ("fob_ipc daemon/ipc fob_store", "daemon/ipc may not know daemon/store"),
    ("fob_core2 daemon/core fob_proto", "daemon/core may not know proto"),
    ("fob_core2 daemon/core Threads::Threads", "daemon/core may not know threads"),
    ("fob_x base PkgConfig::curl", "belongs to no library"),
    ("fob_x elsewhere fob_base", "is in no folder"),
]


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.source = tempfile.mkdtemp(prefix="fob-layers-")
        os.makedirs(os.path.join(self.source, "cmake"))
        shutil.copy(os.path.join(ROOT, "cmake", "layers.toml"), os.path.join(self.source, "cmake"))
        for path, text in CLEAN.items():
            self.write(path, text)

    def tearDown(self):
        shutil.rmtree(self.source)

    def write(self, path, text):
        os.makedirs(os.path.dirname(os.path.join(self.source, path)), exist_ok=True)
        with open(os.path.join(self.source, path), "w", encoding="utf-8") as file:
            file.write(text)

    def test_clean_tree(self):
        self.assertEqual(check(self.source, CLEAN_LINKS), (len(CLEAN) - 1, []))

    def test_planted_includes(self):
        for path, line, message in PLANTED_INCLUDES:
            with self.subTest(line=line):
                before = CLEAN.get(path)
                self.write(path, "#pragma once\n" + line + "\n")
                found = check(self.source, CLEAN_LINKS)[1]
                self.assertEqual(len(found), 1, found)
                self.assertIn(message, found[0])
                if before is None:
                    os.remove(os.path.join(self.source, path))
                else:
                    self.write(path, before)

    def test_planted_links(self):
        for line, message in PLANTED_LINKS:
            with self.subTest(line=line):
                found = check(self.source, CLEAN_LINKS + line + "\n")[1]
                self.assertEqual(len(found), 1, found)
                self.assertIn(message, found[0])

    def test_comment_may_name_what_is_refused(self):
        self.write("daemon/core/engine.cc", "// A port; SystemClock fills it.\n")
        self.assertEqual(check(self.source, CLEAN_LINKS)[1], [])

    def test_each_library_has_one_home_in_each_program(self):
        # fob-webd, pam_fob.so and fob-passwd share no such code with fobd and its worker.
        def program(folder):
            return next((one for one in ("web/", "pam", "daemon/passwd") if folder.startswith(one)), "fobd")

        with open(os.path.join(ROOT, "cmake", "layers.toml"), "rb") as file:
            foreign = tomllib.load(file)["foreign"]
        for name in ("libfido2", "hidapi", "libudev", "liboath", "sqlite3", "openssl", "libpam", "cli11", "tomlplusplus"):
            programs = [program(folder) for folder in foreign[name]["folders"]]
            self.assertTrue(programs, name)
            self.assertEqual(len(programs), len(set(programs)), name)


if __name__ == "__main__":
    unittest.main()
