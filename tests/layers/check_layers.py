#!/usr/bin/env python3
"""Holds every #include and every linked library against cmake/layers.toml.

  check_layers.py SOURCE_DIR LINKS_FILE

LINKS_FILE is written when CMake configures: one line a target, "target folder link;link;...".
Prints each violation as FILE:LINE: TEXT and ends with 1 when there is one.
"""
import fnmatch
import os
import re
import sys
import tomllib

EXEMPT = ("tests", "bench", "build", ".git")
SOURCES = (".h", ".hpp", ".inc", ".c", ".cc", ".cpp")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)"|(\S.*))')

STANDARD = set("""
algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits
clocale cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint
cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem forward_list fstream functional
future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource
mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set shared_mutex
source_location span sstream stack stdexcept stop_token streambuf string string_view strstream syncstream system_error
thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector version
""".split())


def matches(header, patterns):
    return any(header == p or (p.endswith("/") and header.startswith(p)) for p in patterns)


class Layers:
    def __init__(self, source, rules):
        self.source = source
        self.folders = rules["folder"]
        self.foreign = rules["foreign"]
        self.posix = rules["posix"]["headers"]
        self.pure = rules["pure"]
        self.part = rules["part"]
        self.found = []

    def report(self, where, text):
        self.found.append(f"{where}: {text}")

    def folder_of(self, path):
        """The declared folder that `path` lies in, None when there is none."""
        folder = os.path.dirname(path)
        while folder and folder not in self.folders:
            folder = os.path.dirname(folder)
        return folder or None

    def foreign_header(self, header):
        return next((name for name, library in self.foreign.items() if matches(header, library["headers"])), None)

    def check_foreign(self, where, folder, name, what):
        if folder not in self.foreign[name]["folders"]:
            self.report(where, f"{folder} may not know {name} ({what}); only {', '.join(self.foreign[name]['folders'])} may")

    def check_own(self, where, folder, path, what):
        other = self.folder_of(path)
        if other is None:
            self.report(where, f"{what} is in no folder of cmake/layers.toml")
        elif other != folder and not {other, path} & set(self.folders[folder]["own"]):
            self.report(where, f"{folder} may not know {other} ({what})")

    def check_angle(self, where, folder, header):
        rules = self.folders[folder]
        name = self.foreign_header(header)
        if name is not None:
            self.check_foreign(where, folder, name, f"<{header}>")
        elif header in STANDARD:
            if rules.get("pure") and header in self.pure["refused"]:
                self.report(where, f"{folder} is pure: no <{header}>")
        elif matches(header, self.posix):
            if not rules.get("posix"):
                self.report(where, f"{folder} may not know the operating system (<{header}>)")
        else:
            self.report(where, f"<{header}> belongs to no library of cmake/layers.toml")

    def check_quoted(self, where, folder, header):
        if "/" not in header or header.startswith((".", "/")):
            self.report(where, f'"{header}": write includes from the root of the project')
            return
        name = self.foreign_header(header)
        if name is not None:
            self.check_foreign(where, folder, name, f'"{header}"')
        else:
            self.check_own(where, folder, header, f'"{header}"')

    def check_file(self, path):
        folder = self.folder_of(path)
        if folder is None:
            self.report(f"{path}:1", "is in no folder of cmake/layers.toml")
            return
        with open(os.path.join(self.source, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                where = f"{path}:{number}"
                if include := INCLUDE.match(line):
                    angle, quoted, other = include.groups()
                    if angle:
                        self.check_angle(where, folder, angle)
                    elif quoted:
                        self.check_quoted(where, folder, quoted)
                    else:
                        self.report(where, f"#include {other.strip()}: name the file itself")
                elif self.folders[folder].get("pure"):
                    for word in self.pure["words"]:
                        if re.search(r"(?<!\w)" + re.escape(word) + r"\b", line.split("//")[0]):
                            self.report(where, f"{folder} is pure: no {word}")

    def check_sources(self):
        count = 0
        for folder, children, files in os.walk(self.source):
            if folder == self.source:
                children[:] = [child for child in children if child not in EXEMPT]
            children.sort()
            for file in sorted(files):
                if file.endswith(SOURCES):
                    self.check_file(os.path.relpath(os.path.join(folder, file), self.source))
                    count += 1
        return count

    def check_links(self, text):
        targets = [line.split(" ", 2) for line in text.splitlines() if line.strip()]
        folder_of_target = {name: folder for name, folder, *_ in targets}
        for name, folder, *rest in targets:
            if folder.split("/")[0] in EXEMPT:
                continue
            where = f"target {name} of {folder}"
            if folder not in self.folders:
                self.report(where, "is in no folder of cmake/layers.toml")
                continue
            for link in filter(None, (rest[0] if rest else "").split(";")):
                self.check_link(where, folder, link.strip(), folder_of_target)

    def check_link(self, where, folder, link, folder_of_target):
        for name, library in self.foreign.items():
            if any(fnmatch.fnmatchcase(link, pattern) for pattern in library["links"]):
                self.check_foreign(where, folder, name, link)
                return
        if link in self.part:
            self.check_own(where, folder, self.part[link], link)
        elif link in folder_of_target:
            self.check_own(where, folder, folder_of_target[link] + "/", link)
        else:
            self.report(where, f"{link} belongs to no library of cmake/layers.toml")


def check(source, links_text):
    """(number of files looked at, violations)"""
    with open(os.path.join(source, "cmake", "layers.toml"), "rb") as file:
        layers = Layers(source, tomllib.load(file))
    count = layers.check_sources()
    layers.check_links(links_text)
    return count, layers.found


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], encoding="utf-8") as file:
        links = file.read()
    count, found = check(sys.argv[1], links)
    if count == 0 or not links.strip():
        sys.exit("no source or no target found: nothing was checked")
    print("\n".join(found + [f"{count} files, {len(links.splitlines())} targets: {len(found)} violations"]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
