#!/usr/bin/env python3
"""Reads Varlink interface files (https://varlink.org/Interface-Definition) and writes

  idl.py cpp OUTDIR FILE...   messages.h/.cc (plain structs), messages_json.h/.cc (their codec) and every_method.h
  idl.py markdown FILE...     docs/protocol.md, on standard output

A field whose name is in SECRET becomes SecretBytes in C++: the name is the contract.
Types of the same name in several interfaces must be equal, and become one struct.
"""
import os
import re
import sys

SECRET = {"answer", "pin", "new_pin", "handle", "ticket", "client_secret", "access_token", "refresh_token",
          "token", "enrol_code", "otp_secret", "otpauth_uri", "recovery_codes", "backup_data",
          "session", "browser", "attempt", "link", "password", "code", "code_verifier", "client_assertion", "id_token",
          "id_token_hint", "value"}


class Type:
    """kind: bool int float string object enum struct name; with `optional`, `array`, `map` wrappers."""

    def __init__(self, kind, **more):
        self.kind = kind
        self.inner = more.get("inner")
        self.fields = more.get("fields", [])
        self.values = more.get("values", [])
        self.name = more.get("name")

    def __eq__(self, other):
        return self.__dict__ == other.__dict__


class Parser:
    def __init__(self, path):
        self.path = path
        self.text = open(path, encoding="utf-8").read()
        self.tokens = [(m.group(), m.start()) for m in
                       re.finditer(r"#[^\n]*|[A-Za-z][A-Za-z0-9_.-]*|->|\[\]|\[string\]|[?(),:]|\S", self.text)]
        self.at = 0
        self.comment = []

    def fail(self, what):
        where = self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)
        line = self.text.count("\n", 0, where) + 1
        sys.exit(f"{self.path}:{line}: {what}")

    def peek(self):
        while self.at < len(self.tokens) and self.tokens[self.at][0].startswith("#"):
            token, where = self.tokens[self.at]
            if where >= 2 and self.text[where - 2:where] == "\n\n":
                self.comment = []
            self.comment.append(token[1:].strip())
            self.at += 1
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def take(self, expected=None):
        token = self.peek()
        if token is None or (expected is not None and token != expected):
            self.fail(f"expected {expected or 'more'}, found {token}")
        self.at += 1
        return token

    def type(self):
        token = self.peek()
        if token == "?":
            self.take()
            return Type("optional", inner=self.type())
        if token == "[]":
            self.take()
            return Type("array", inner=self.type())
        if token == "[string]":
            self.take()
            return Type("map", inner=self.type())
        if token == "(":
            return self.struct_or_enum()
        token = self.take()
        if token in ("bool", "int", "float", "string", "object"):
            return Type(token)
        return Type("name", name=token)

    def struct_or_enum(self):
        self.take("(")
        fields, values = [], []
        while self.peek() != ")":
            name = self.take()
            if self.peek() == ":":
                self.take()
                fields.append((name, self.type()))
            else:
                values.append(name)
            if self.peek() == ",":
                self.take()
        self.take(")")
        if values and fields:
            self.fail("a struct and an enum at once")
        return Type("enum", values=values) if values else Type("struct", fields=fields)

    def interface(self):
        out = {"path": self.path, "text": self.text, "types": [], "methods": [], "errors": []}
        self.peek()
        self.take("interface")
        out["name"], out["doc"] = self.take(), self.comment
        self.comment = []
        while (word := self.peek()) is not None:
            doc, self.comment = self.comment, []
            self.take()
            name = self.take()
            if word == "type":
                out["types"].append((name, self.type(), doc))
            elif word == "method":
                arguments = self.struct_or_enum()
                self.take("->")
                out["methods"].append((name, arguments, self.struct_or_enum(), doc))
            elif word == "error":
                out["errors"].append((name, self.struct_or_enum(), doc))
            else:
                self.fail(f"unknown word {word}")
            self.comment = []
        return out


def camel(name):
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_-]", name))


def namespace(interface):
    return interface["name"].split(".")[-1].lower()


def cpp_type(kind, field):
    if kind.kind == "optional":
        return f"std::optional<{cpp_type(kind.inner, field)}>"
    if kind.kind == "array":
        return f"std::vector<{cpp_type(kind.inner, field)}>"
    if kind.kind == "map":
        return f"std::map<std::string, {cpp_type(kind.inner, field)}>"
    if kind.kind == "enum":
        return camel(field)
    if kind.kind == "name":
        return f"::fob::proto::{kind.name}"
    if kind.kind == "string":
        return "SecretBytes" if field in SECRET else "std::string"
    return {"bool": "bool", "int": "int64_t", "float": "double", "object": "JsonText"}[kind.kind]


def base_enum(kind):
    while kind.kind in ("optional", "array", "map"):
        kind = kind.inner
    return kind if kind.kind == "enum" else None


DEFAULTS = {"bool": " = false", "int": " = 0", "float": " = 0"}


def struct_body(struct, indent):
    lines = []
    for field, kind in struct.fields:
        enum = base_enum(kind)
        if enum:
            values = ", ".join("k" + camel(value) for value in enum.values)
            lines.append(f"{indent}enum class {camel(field)} {{ {values} }};")
    for field, kind in struct.fields:
        default = DEFAULTS.get(kind.kind, f" = {camel(field)}{{}}" if kind.kind == "enum" else "")
        lines.append(f"{indent}{cpp_type(kind, field)} {identifier(field)}{default};")
    return lines


def identifier(field):
    return field + "_" if field in ("interface", "default", "class") else field


def every_struct(interfaces):
    """(C++ name, struct) of all types and messages, in order of definition."""
    seen = {}
    for interface in interfaces:
        for name, kind, _ in interface["types"]:
            if name in seen:
                if seen[name] != kind:
                    sys.exit(f"{interface['path']}: type {name} differs from the one of another interface")
                continue
            seen[name] = kind
            yield name, kind
    for interface in interfaces:
        for name, arguments, reply, _ in interface["methods"]:
            yield f"{namespace(interface)}::{name}::In", arguments
            yield f"{namespace(interface)}::{name}::Out", reply


def write_messages(out, interfaces):
    h = ["// Generated by proto/idl.py from the interface files.", "#pragma once", "",
         "#include <cstdint>", "#include <map>", "#include <optional>", "#include <span>", "#include <string>",
         "#include <string_view>", "#include <vector>", "", '#include "base/secret.h"', "",
         "namespace fob::proto {", "",
         "// A JSON value as text, for fields that the interface leaves open.",
         "struct JsonText {", "  std::string text;", "};", ""]
    types = {}
    for interface in interfaces:
        for name, kind, doc in interface["types"]:
            if name not in types:
                types[name] = kind
                h += [f"// {line}" for line in doc]
                h += [f"struct {name} {{"] + struct_body(kind, "  ") + ["};", ""]
    for interface in interfaces:
        h += [f"namespace {namespace(interface)} {{", ""]
        for name, arguments, reply, doc in interface["methods"]:
            h += [f"// {line}" for line in doc]
            h += [f"struct {name} {{",
                  f'  static constexpr std::string_view kName = "{interface["name"]}.{name}";',
                  "  struct In {"] + struct_body(arguments, "    ") + ["  };",
                  "  struct Out {"] + struct_body(reply, "    ") + ["  };", "};", ""]
        h += [f"}}  // namespace {namespace(interface)}", ""]
    cc = ["// Generated by proto/idl.py.", '#include "proto/messages.h"', "", "namespace fob::proto {", ""]
    for name, struct in every_struct(interfaces):
        for field, kind in struct.fields:
            enum = base_enum(kind)
            if not enum:
                continue
            full = f"{name}::{camel(field)}"
            h += [f"std::string_view Name({full} value);"]
            cc += [f"std::string_view Name({full} value) {{", "  switch (value) {"]
            cc += [f'    case {full}::k{camel(v)}: return "{v}";' for v in enum.values]
            cc += ["  }", "  return {};", "}", ""]
    h += ["", "// An interface as it is served by org.varlink.service.", "struct InterfaceText {",
          "  std::string_view name;", "  std::string_view description;", "};",
          "std::span<const InterfaceText> Interfaces();",
          "// Full names of all methods of all interfaces.",
          "std::span<const std::string_view> Methods();", "", "}  // namespace fob::proto", ""]
    cc += ["std::span<const InterfaceText> Interfaces() {", "  static constexpr InterfaceText kAll[] = {"]
    for interface in interfaces:
        cc += [f'      {{"{interface["name"]}", R"idl({interface["text"]})idl"}},']
    cc += ["  };", "  return kAll;", "}", "", "std::span<const std::string_view> Methods() {",
           "  static constexpr std::string_view kAll[] = {"]
    for interface in interfaces:
        cc += [f'      "{interface["name"]}.{name}",' for name, _, _, _ in interface["methods"]]
    cc += ["  };", "  return kAll;", "}", "", "}  // namespace fob::proto", ""]
    write(out, "messages.h", h)
    write(out, "messages.cc", cc)


def parse_value(kind, target, source, field, depth=0):
    """C++ statements that read JSON value `source` into lvalue `target`; `field` names errors."""
    pad = "  " * (depth + 1)
    bad = f'return BadField("{field}");'
    if kind.kind == "optional":
        return [f"{pad}if (!{source}.is_null()) {{", f"{pad}  auto& inner{depth} = {target}.emplace();"] + \
            parse_value(kind.inner, f"inner{depth}", source, field, depth + 1) + [f"{pad}}}"]
    if kind.kind == "array":
        return [f"{pad}const auto* list{depth} = {source}.if_array();", f"{pad}if (list{depth} == nullptr) {bad}",
                f"{pad}for (const auto& item{depth} : *list{depth}) {{",
                f"{pad}  auto& entry{depth} = {target}.emplace_back();"] + \
            parse_value(kind.inner, f"entry{depth}", f"item{depth}", field, depth + 1) + [f"{pad}}}"]
    if kind.kind == "map":
        return [f"{pad}const auto* map{depth} = {source}.if_object();", f"{pad}if (map{depth} == nullptr) {bad}",
                f"{pad}for (const auto& pair{depth} : *map{depth}) {{",
                f"{pad}  auto& entry{depth} = {target}[std::string(pair{depth}.key())];"] + \
            parse_value(kind.inner, f"entry{depth}", f"pair{depth}.value()", field, depth + 1) + [f"{pad}}}"]
    if kind.kind == "enum":
        return [f"{pad}if (!ReadEnum({source}, {target})) {bad}"]
    if kind.kind == "name":
        return [f"{pad}{{", f"{pad}  const auto* nested = {source}.if_object();",
                f"{pad}  if (nested == nullptr) {bad}",
                f"{pad}  auto parsed = FromJson<{cpp_type(kind, field)}>(*nested, unknown);",
                f"{pad}  if (!parsed.ok()) return parsed.error();",
                f"{pad}  {target} = *std::move(parsed);", f"{pad}}}"]
    return [f"{pad}if (!Read({source}, {target})) {bad}"]


def write_value(kind, source, to, field):
    """C++ expression or statements that turn `source` into json::value named by assignment to `to`."""
    if kind.kind == "array":
        return [f"  {{", "    boost::json::array list(storage);", f"    for (const auto& item : {source}) {{",
                "      boost::json::value one(storage);"] + \
            ["    " + line for line in write_value(kind.inner, "item", "one", field)] + \
            ["      list.push_back(std::move(one));", "    }", f"    {to} = std::move(list);", "  }"]
    if kind.kind == "map":
        return ["  {", "    boost::json::object map(storage);", f"    for (const auto& [key, item] : {source}) {{",
                "      boost::json::value one(storage);"] + \
            ["    " + line for line in write_value(kind.inner, "item", "one", field)] + \
            ["      map[key] = std::move(one);", "    }", f"    {to} = std::move(map);", "  }"]
    if kind.kind == "enum":
        return [f"  {to} = Text(Name({source}), storage);"]
    if kind.kind == "name":
        return [f"  {to} = ToJson({source}, storage);"]
    return [f"  {to} = Write({source}, storage);"]


def write_codec(out, interfaces):
    h = ["// Generated by proto/idl.py from the interface files.", "#pragma once", "",
         '#include "proto/json_fields.h"', '#include "proto/messages.h"', "", "namespace fob::proto {", ""]
    cc = ["// Generated by proto/idl.py.", '#include "proto/messages_json.h"', "", "namespace fob::proto {", ""]
    cc += ["namespace {", ""]
    for name, struct in every_struct(interfaces):
        for field, kind in struct.fields:
            enum = base_enum(kind)
            if not enum:
                continue
            full = f"{name}::{camel(field)}"
            cc += [f"[[maybe_unused]] bool ReadEnum(const boost::json::value& value, {full}& out) {{",
                   "  const auto* text = value.if_string();", "  if (text == nullptr) return false;"]
            cc += [f'  if (*text == "{v}") return out = {full}::k{camel(v)}, true;' for v in enum.values]
            cc += ["  return false;", "}", ""]
    cc += ["}  // namespace", ""]
    for name, struct in every_struct(interfaces):
        h += [f"template <>", f"Result<{name}> FromJson<{name}>(const boost::json::object& object, Unknown unknown);",
              f"boost::json::object ToJson(const {name}& message, boost::json::storage_ptr storage = {{}});"]
        cc += ["template <>", f"Result<{name}> FromJson<{name}>(const boost::json::object& object, [[maybe_unused]] Unknown unknown) {{",
               f"  {name} out;", "  size_t known = 0;"]
        for field, kind in struct.fields:
            missing = "" if kind.kind == "optional" else f' else {{\n    return BadField("{field}");\n  }}'
            cc += [f'  if (const auto* value = object.if_contains("{field}")) {{', "    ++known;"]
            cc += parse_value(kind, f"out.{identifier(field)}", "(*value)", field, 1)
            cc += ["  }" + missing]
        names = ", ".join(f'"{field}"' for field, _ in struct.fields)
        cc += ["  if (known != object.size() && unknown == Unknown::kRefuse) {",
               f"    return UnknownField(object, {{{names}}});", "  }", "  return out;", "}", ""]
        cc += [f"boost::json::object ToJson([[maybe_unused]] const {name}& message, boost::json::storage_ptr storage) {{",
               "  boost::json::object out(storage);", f"  out.reserve({max(1, len(struct.fields))});"]
        for field, kind in struct.fields:
            member = f"message.{identifier(field)}"
            if kind.kind == "optional":
                cc += [f"  if ({member}.has_value()) {{", f'  auto& slot = out["{field}"];']
                cc += write_value(kind.inner, f"*{member}", "slot", field) + ["  }"]
            else:
                cc += ["  {", f'  auto& slot = out["{field}"];'] + write_value(kind, member, "slot", field) + ["  }"]
        cc += ["  return out;", "}", ""]
    h += ["", "}  // namespace fob::proto", ""]
    cc += ["}  // namespace fob::proto", ""]
    write(out, "messages_json.h", h)
    write(out, "messages_json.cc", cc)


def write_list(out, interfaces):
    names = [f"{namespace(interface)}::{name}" for interface in interfaces for name, _, _, _ in interface["methods"]]
    write(out, "every_method.h", [
        "// Generated by proto/idl.py from the interface files.", "#pragma once", "", '#include "proto/messages.h"', "",
        "namespace fob::proto {", "", "// All methods of all interfaces, for who goes through them one by one.",
        "template <template <typename...> class List>", "using EveryMethod = List<" + ", ".join(names) + ">;", "",
        "}  // namespace fob::proto", ""])


def write(out, name, lines):
    """Leaves the file alone when nothing changed, so that nothing is built anew."""
    os.makedirs(out, exist_ok=True)
    path, text = os.path.join(out, name), "\n".join(lines)
    if not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
        open(path, "w", encoding="utf-8").write(text)
    os.utime(path)


def show(kind):
    if kind.kind == "optional":
        return "?" + show(kind.inner)
    if kind.kind == "array":
        return "[]" + show(kind.inner)
    if kind.kind == "map":
        return "[string]" + show(kind.inner)
    if kind.kind == "enum":
        return " \\| ".join(f"`{v}`" for v in kind.values)
    if kind.kind == "struct":
        return ", ".join(f"{field}: {show(inner)}" for field, inner in kind.fields)
    return kind.name or kind.kind


def table(struct):
    if not struct.fields:
        return ["nothing", ""]
    return ["| field | type |", "|---|---|"] + [f"| `{field}`{' (secret)' if field in SECRET else ''} | {show(kind)} |"
                                                for field, kind in struct.fields] + [""]


def markdown(interfaces):
    out = ["# The socket protocol", "",
           "Written by `proto/idl.py` from the interface files in `proto/interfaces`; a test holds the two together.", "",
           "JSON objects, each ended by one NUL byte, over a Unix stream socket (by default `/run/fob/fobd.sock`), as",
           "[Varlink](https://varlink.org) defines them. Limits: 64 KiB a message, depth 8, no duplicate keys. Servers refuse",
           "unknown parameters; clients ignore unknown reply fields. Times are Unix seconds (`*_at`), durations milliseconds",
           "(`*_ms`), bytes base64url without padding. A `?` marks a field that may be left out.", ""]
    for interface in interfaces:
        out += [f"## {interface['name']}", ""] + interface["doc"] + [""]
        for name, kind, doc in interface["types"]:
            out += [f"### type {name}", ""] + doc + ([""] if doc else []) + table(kind)
        for name, arguments, reply, doc in interface["methods"]:
            out += [f"### {name}", ""] + doc + ([""] if doc else []) + ["Parameters:", ""] + table(arguments) + \
                ["Reply:", ""] + table(reply)
        if interface["errors"]:
            out += ["### Errors", "", ", ".join(f"`{name}`" for name, _, _ in interface["errors"]), ""]
    print("\n".join(out))


def main():
    if len(sys.argv) > 3 and sys.argv[1] == "cpp":
        interfaces = [Parser(path).interface() for path in sys.argv[3:]]
        write_messages(sys.argv[2], interfaces)
        write_codec(sys.argv[2], interfaces)
        write_list(sys.argv[2], interfaces)
    elif len(sys.argv) > 2 and sys.argv[1] == "markdown":
        markdown([Parser(path).interface() for path in sys.argv[2:]])
    else:
        sys.exit(__doc__)


main()
