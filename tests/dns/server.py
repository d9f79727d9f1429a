#!/usr/bin/env python3
"""server.py - A DNS server for tests that does what a scenario says, right or wrong.

    server.py SCENARIO      prints "ready" when every server of it listens (UDP and TCP)

A scenario has one thing a line; "#" begins a remark:

    server ADDRESS[:PORT] [WORD...] what follows is what this server says; with "log" the
                                    file "asked" gets port, id and name of each question;
                                    "buffer=N": bytes of questions that may wait for it;
                                    "rate=N": more in one second get no answer
    also SERVER...                  "nsd", "named": the case is run with these as well, and
                                    zones that say the same (zones.py)
    NAME a ADDRESS...               records (A and AAAA)
    NAME chain TARGET... END        CNAMEs; END is addresses with commas, "nx" or "empty"
    NAME FAULT [ARGUMENT...]        one of the faults below, with a right answer of 20.0.0.7

"*" is every name that no other line has; without it they do not exist.  What a fault does follows from its word here and
never from the name, so that tests can take any name.
"""
import asyncio
import ipaddress
import socket
import struct
import sys
import time

A, CNAME, SOA, AAAA = 1, 5, 6, 28
RIGHT = "20.0.0.7"


def wire(name):
    out = b""
    for label in name.split("."):
        if label:
            out += bytes([len(label)]) + label.encode("latin1")
    return out + b"\0"


def record(name, kind, ttl, data):
    return wire(name) + struct.pack(">HHIH", kind, 1, ttl & 0xFFFFFFFF, len(data)) + data


def address(name, text, ttl=10):
    packed = ipaddress.ip_address(text)
    return record(name, A if packed.version == 4 else AAAA, ttl, packed.packed)


def cname(name, target, ttl=300):
    return record(name, CNAME, ttl, wire(target))


class Query:
    """One question: what it asks, and the messages that answer it."""

    def __init__(self, data, tcp):
        self.data, self.tcp = data, tcp
        self.id = data[:2]
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode("latin1"))
            at += data[at] + 1
        self.name = ".".join(labels).lower()
        self.kind = struct.unpack(">H", data[at + 1:at + 3])[0]
        self.question = data[12:at + 5]
        self.edns = data[11] > 0

    def message(self, answers=(), rcode=0, truncated=False, **other):
        head = other.get("id", self.id) + struct.pack(
            ">HHHHH", 0x8180 | truncated << 9 | rcode, other.get("questions", 1),
            other.get("count", len(answers)), 0, 0)
        return head + other.get("question", self.question) + b"".join(answers)

    def right(self, name=None, text=RIGHT, ttl=10):
        return [address(name or self.name, text, ttl)] if self.kind == A else []


def other_id(query):
    return bytes([query.id[0] ^ 0x55, query.id[1]])


def chain(query, arguments, reverse=False):
    *targets, end = arguments
    names = [query.name] + targets
    answers = [cname(one, two) for one, two in zip(names, names[1:])]
    if end == "nx":
        return query.message(answers, 3)
    if end == "servfail":
        return query.message(answers, 2)
    for text in [] if end == "empty" else end.split(","):
        if (":" in text) == (query.kind == AAAA):
            answers.append(address(names[-1], text))
    return query.message(answers[::-1] if reverse else answers)


class Server:
    def __init__(self, where, words):
        self.where = where
        self.log = open("asked", "w", encoding="ascii") if "log" in words else None
        self.buffer = [int(word[7:]) for word in words if word.startswith("buffer=")]
        self.rate = [int(word[5:]) for word in words if word.startswith("rate=")]
        self.second, self.count = 0, 0
        self.says = {}
        self.seen = set()

    def answer(self, query, port):
        """Messages to send, in order; a number is a pause in seconds, None closes TCP."""
        if self.log:
            print(port, int.from_bytes(query.id, "big"), query.name, file=self.log, flush=True)
        word, *arguments = self.says.get(query.name) or self.says.get("*", ("nx",))
        rule = getattr(self, "do_" + word.replace("-", "_"), None)
        return rule(query, *arguments)

    def drops(self):
        """Is this one more than the server takes in a second?"""
        if self.second != int(time.monotonic()):
            self.second, self.count = int(time.monotonic()), 0
        self.count += 1
        return any(self.count > rate for rate in self.rate)

    # -- right answers

    def do_a(self, q, *texts):
        return [q.message([address(q.name, t) for t in texts if (":" in t) == (q.kind == AAAA)])]

    def do_chain(self, q, *arguments):
        return [chain(q, arguments)]

    # -- RCODEs

    def do_servfail(self, q):
        return [q.message(rcode=2)]

    def fails(self, q, *messages):
        """SERVFAIL at first, then those."""
        key = (q.name, q.kind)
        if key in self.seen:
            return list(messages)
        self.seen.add(key)
        return [q.message(rcode=2)]

    def do_fails_once(self, q):
        return self.fails(q, q.message(q.right()))

    def do_fails_and_rests(self, q):
        return self.fails(q)

    def do_refused(self, q):
        return [q.message(rcode=5)]

    def do_notimp(self, q):
        return [q.message(rcode=4)]

    def do_formerr(self, q):
        return [q.message(rcode=1)]

    def do_odd_rcode(self, q):
        return [q.message(rcode=9)]

    def do_no_edns(self, q):
        if q.edns:
            return [q.message(rcode=1, questions=0, question=b"")]
        return [q.message(q.right())]

    def do_nx(self, q):
        return [q.message(rcode=3)]

    def do_nodata(self, q):
        return [q.message()]

    # -- time, and what gets lost

    def do_silent(self, q):
        return []

    def do_lossy(self, q):
        key = (q.name, q.kind)
        if key in self.seen:
            return [q.message(q.right())]
        self.seen.add(key)
        return []

    def do_slow(self, q, seconds="1.2"):
        return [float(seconds), q.message(q.right())]

    def do_twice(self, q):
        return [q.message(q.right())] * 2

    # -- TCP

    def many(self, q, count):
        return [address(q.name, f"20.1.{n >> 8}.{n & 255}") for n in range(count)] \
            if q.kind == A else []

    def do_tcp(self, q):
        return [q.message(self.many(q, 80)) if q.tcp else q.message(truncated=True)]

    def do_tcp_silent(self, q):
        return [600] if q.tcp else [q.message(truncated=True)]

    def do_tcp_closed(self, q):
        return [None] if q.tcp else [q.message(truncated=True)]

    def do_large(self, q):
        return [q.message(self.many(q, 40))]

    def do_too_many(self, q):
        return [q.message(self.many(q, 300))] if q.tcp else [q.message(truncated=True)]

    # -- chains

    def do_self(self, q):
        return [q.message([cname(q.name, q.name)])]

    def do_loop(self, q, other):
        return [q.message([cname(q.name, other), cname(other, q.name)])]

    def do_long(self, q, zone):
        targets = [f"h{n}.{zone}" for n in range(17)]
        return [chain(q, targets + [RIGHT])]

    def do_fork(self, q, one, two):
        return [q.message([cname(q.name, one), cname(q.name, two)] + q.right(one) +
                          q.right(two, "20.0.0.8"))]

    def do_beside(self, q, target):
        return [q.message([cname(q.name, target)] + q.right() + q.right(target, "20.0.0.8"))]

    def do_reverse(self, q, *targets):
        return [chain(q, list(targets) + [RIGHT], True)]

    # -- what does not fit

    def do_wrong_id(self, q):
        return [q.message(q.right(), id=other_id(q))]

    def do_wrong_question(self, q, other):
        return [q.message(q.right(other), question=wire(other) + q.question[-4:])]

    def do_spoof(self, q):
        return [q.message(q.right(text="6.6.6.6"), id=other_id(q)), q.message(q.right())]

    def do_garbage(self, q):
        return [b"\x00" * 40]

    # -- what breaks the format

    def do_pointer(self, q):
        own = 12 + len(q.question)
        return [q.message(count=1) + struct.pack(">BB", 0xC0, own) + b"\0" * 14]

    def do_cut(self, q):
        return [q.message([address(q.name, RIGHT if q.kind == A else "::1")])[:-3]]

    def do_bad_name(self, q):
        return [q.message([cname(q.name, "a b.example")])]

    def do_bad_length(self, q):
        return [q.message([record(q.name, q.kind, 10, b"\1\2\3")])]

    # -- odd, and right

    def do_case(self, q):
        upper = wire(q.name.upper())
        return [q.message(q.right(), question=upper + q.question[-4:])]

    def do_ttl_zero(self, q):
        return [q.message(q.right(ttl=0))]

    def do_ttl_negative(self, q):
        return [q.message(q.right(ttl=0x80000005))]

    # -- the other family

    def do_aaaa_silent(self, q):
        return [] if q.kind == AAAA else [q.message(q.right())]

    def do_aaaa_servfail(self, q):
        return [q.message(rcode=2) if q.kind == AAAA else q.message(q.right())]

    def do_aaaa_nx(self, q):
        return [q.message(rcode=3) if q.kind == AAAA else q.message(q.right())]


class Udp(asyncio.DatagramProtocol):
    def __init__(self, server):
        self.server = server

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        if self.server.drops():
            return
        asyncio.ensure_future(self.go(data, peer))

    async def go(self, data, peer):
        for step in self.server.answer(Query(data, False), peer[1]):
            if isinstance(step, bytes):
                self.transport.sendto(step, peer)
            elif step:
                await asyncio.sleep(step)


def tcp(server):
    async def talk(reader, writer):
        try:
            while True:
                length = struct.unpack(">H", await reader.readexactly(2))[0]
                query = Query(await reader.readexactly(length), True)
                for step in server.answer(query, writer.get_extra_info("peername")[1]):
                    if step is None:
                        return
                    if isinstance(step, bytes):
                        writer.write(struct.pack(">H", len(step)) + step)
                    else:
                        await asyncio.sleep(step)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
    return talk


def read(path):
    servers = []
    for line in open(path, encoding="ascii"):
        words = line.split("#")[0].split()
        if not words or words[0] == "also":
            continue
        if words[0] == "server":
            host, _, port = words[1].partition(":")
            servers.append(Server((host, int(port or 53)), words[2:]))
        else:
            servers[-1].says[words[0]] = words[1:]
    return servers


async def main():
    loop = asyncio.get_running_loop()
    for server in read(sys.argv[1]):
        transport, _ = await loop.create_datagram_endpoint(lambda s=server: Udp(s), server.where)
        for size in server.buffer:
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        await asyncio.start_server(tcp(server), *server.where)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
