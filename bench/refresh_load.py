#!/usr/bin/env python3
"""refresh_load.py URL SECONDS, with {"header": ..., "tokens": [...]} on standard input: turns each refresh token over again and
again, each on a connection of its own. Prints {"rate": rotations a second}."""
import asyncio
import json
import sys
import time
import urllib.parse


async def chain(host, port, path, header, token, until):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in header.items())
    count = 0
    while time.monotonic() < until:
        body = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": token})
        writer.write(f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{lines}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        if "transfer-encoding: chunked" in head:
            text = b""
            while size := int((await reader.readuntil(b"\r\n"))[:-2], 16):
                text += await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        else:
            text = await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        answer = json.loads(text)
        if "refresh_token" not in answer:
            sys.exit(f"no refresh token: {text.decode()}")
        token = answer["refresh_token"]
        count += 1
    writer.close()
    return count


async def main():
    url, seconds = urllib.parse.urlsplit(sys.argv[1]), float(sys.argv[2])
    given = json.load(sys.stdin)
    start = time.monotonic()
    counts = await asyncio.gather(*(chain(url.netloc, url.port, url.path, given["header"], token, start + seconds)
                                    for token in given["tokens"]))
    print(json.dumps({"rate": sum(counts) / (time.monotonic() - start)}))


asyncio.run(main())
