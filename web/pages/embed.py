#!/usr/bin/env python3
"""embed.py OUT FILE...: a C++ source with the bytes of each file, and a name that changes with them."""
import hashlib
import pathlib
import sys

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml"}

out, *files = map(pathlib.Path, sys.argv[1:])
rows = []
for file in files:
    data = file.read_bytes()
    name = f"{file.stem}.{hashlib.sha256(data).hexdigest()[:16]}{file.suffix}"
    # In pieces: a literal may be limited to 64 KiB.
    text = data.decode()
    pieces = "\n".join(f'R"~~({text[at:at + 8000]})~~"' for at in range(0, len(text), 8000))
    rows.append(f'{{"{file.name}", "{name}", "{TYPES[file.suffix]}",\n{pieces}}},')
out.write_text('#include "web/pages/assets.h"\n\nnamespace fob::web {\nnamespace {\n'
               f'constexpr Asset kAssets[] = {{\n{chr(10).join(rows)}\n}};\n}}  // namespace\n'
               'std::span<const Asset> Assets() { return kAssets; }\n}  // namespace fob::web\n')
