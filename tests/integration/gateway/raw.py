"""Requests byte by byte: no client tidies them up on the way."""

import asyncio


async def raw_get(address: tuple[str, int], target: str, *headers: str) -> tuple[int, bytes]:
    """The status and everything else of the answer to `GET target`, taken as it is."""
    reader, writer = await asyncio.open_connection(*address)
    lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
    writer.write("\r\n".join(lines).encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return int(answer[9:12]), answer
