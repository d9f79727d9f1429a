"""dnsmasq_lab - A dnsmasq of its own in namespaces of its own, for dnsmasq_live.

Whom it may ask is ours: at each of SERVERS, and at STANDARD, which is in its resolv.conf,
every name has one address of each family, which the test sets before it asks; who was asked
is told.  So it can be seen of a question whether dnsmasq answered by itself, whom it asked
otherwise, and whether an answer with that address came through.
"""

import ctypes
import ipaddress
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

DNSMASQ = "/usr/sbin/dnsmasq"
HERE, PORT = "127.0.0.5", 5399
STANDARD = ("127.0.0.9", 53)
SERVERS = [("127.0.0.1", 5301), ("127.0.0.2", 5302), ("127.0.0.3", 53)]
TYPES = {4: 1, 6: 28}
# How long an answer may take that dnsmasq must not give (ignore-address).
PATIENCE = 0.4


def missing():
    """Why a dnsmasq cannot be had; None when it can."""
    if not os.access(DNSMASQ, os.X_OK):
        return "there is no dnsmasq"
    version = subprocess.run([DNSMASQ, "--version"], capture_output=True, text=True).stdout
    if "version 2.90" not in version:
        return "dnsmasq is not of version 2.90: " + version.split("\n")[0]
    enclosed = subprocess.run(unshare() + ["ip", "link", "set", "lo", "up"],
                              capture_output=True)
    return "namespaces cannot be made" if enclosed.returncode else None


def unshare():
    identity = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *identity, "--mount", "--net", "--pid", "--fork", "--kill-child",
            "--mount-proc", "--"]


def enclose(name):
    """Run this program again in namespaces that end with it; returns inside them."""
    if os.environ.get("DNSMASQ_LAB") == "inside":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    reason = missing()
    if reason:
        if os.environ.get("CI") == "true":
            print(f"not ok - {name}: {reason}")
            sys.exit(1)
        print(f"skip - {name}: {reason}")
        sys.exit(0)
    os.environ["DNSMASQ_LAB"] = "inside"
    if os.getuid() == 0:
        os.environ["DNSMASQ_LAB_ROOT"] = "yes"
    # Whatever becomes of us, the namespaces end.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    sys.exit(subprocess.run(unshare() + [sys.executable, *sys.argv]).returncode)


# -- DNS ------------------------------------------------------------------------------

def encode(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0"


def skip_name(message, at):
    while message[at]:
        if message[at] >= 0xC0:
            return at + 2
        at += message[at] + 1
    return at + 1


def read_addresses(message):
    """(rcode, the addresses of the answer)"""
    flags, questions, answers = struct.unpack(">HHH", message[2:8])
    at, found = 12, set()
    for _ in range(questions):
        at = skip_name(message, at) + 4
    for _ in range(answers):
        at = skip_name(message, at)
        kind, _, _, length = struct.unpack(">HHIH", message[at:at + 10])
        at += 10
        if kind in TYPES.values():
            found.add(ipaddress.ip_address(message[at:at + length]))
        at += length
    return flags & 15, found


class Upstream:
    """The servers that dnsmasq may ask."""

    def __init__(self):
        self.says = {}
        self.asked = []
        for place in [STANDARD, *SERVERS]:
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind(place)
            threading.Thread(target=self.serve, args=(server, place), daemon=True).start()

    def serve(self, server, place):
        while True:
            query, client = server.recvfrom(4096)
            end = skip_name(query, 12)
            kind, = struct.unpack(">H", query[end:end + 2])
            self.asked.append(place)
            address = self.says.get(kind)
            reply = query[:2] + struct.pack(">HHHHH", 0x8180, 1, address is not None, 0, 0)
            reply += query[12:end + 4]
            if address:
                reply += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(address.packed))
                reply += address.packed
            server.sendto(reply, client)


class Refused(Exception):
    """dnsmasq did not start."""


class Dnsmasq:
    """One dnsmasq: "with Dnsmasq(work, text, upstream) as dnsmasq"."""

    def __init__(self, work, text, upstream):
        self.upstream = upstream
        self.conf = os.path.join(work, "dnsmasq.conf")
        self.resolv = os.path.join(work, "resolv.conf")
        self.log = os.path.join(work, "dnsmasq.log")
        with open(self.conf, "w", encoding="latin1", newline="") as file:
            file.write(text)
        with open(self.resolv, "w", encoding="ascii") as file:
            file.write(f"nameserver {STANDARD[0]}\n")

    def __enter__(self):
        # As a daemon it would become another user, which only root can.
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [DNSMASQ, "--no-daemon", f"--conf-file={self.conf}", f"--port={PORT}",
                 f"--listen-address={HERE}", "--bind-interfaces", "--no-hosts", "--no-poll",
                 "--cache-size=0", "--pid-file=", f"--resolv-file={self.resolv}",
                 "--log-facility=-"], stdout=subprocess.DEVNULL, stderr=log)
        deadline = time.time() + 10
        while time.time() < deadline:
            if self.process.poll() is not None:
                with open(self.log, encoding="latin1") as log:
                    raise Refused(log.read().strip().split("\n")[-1])
            if self.answers("version.bind", 16, 3, 0.1) is not None:
                return self
            time.sleep(0.005)
        self.__exit__()
        raise Refused("it does not answer")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def answers(self, name, kind, qclass=1, patience=PATIENCE):
        """(rcode, addresses), or None where no answer comes"""
        query = struct.pack(">HHHHHH", 0x4242, 0x0100, 1, 0, 0, 0) + encode(name)
        query += struct.pack(">HH", kind, qclass)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(patience)
            try:
                client.sendto(query, (HERE, PORT))
                return read_addresses(client.recv(4096))
            except OSError:
                return None

    def ask(self, name, address):
        """(does the answer hold the address, whom dnsmasq asked); they would say it"""
        kind = TYPES[address.version]
        self.upstream.says = {kind: address}
        self.upstream.asked = []
        answer = self.answers(name, kind)
        return answer is not None and address in answer[1], list(self.upstream.asked)
