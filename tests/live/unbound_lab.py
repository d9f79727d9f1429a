"""unbound_lab - unbound in namespaces of its own, for unbound_fuzz and unbound_live.

Every server is an unbound or nsd that others wrote, on addresses of the namespace's
loopback interface that are not of 127.0.0.0/8: unbound asks nobody there.
"""

import ctypes
import ipaddress
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

UNBOUND = "/usr/sbin/unbound"
CODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
TYPES = {"A": 1, "AAAA": 28, "TXT": 16}

# What a server needs that decides nothing.
PLAIN = """server:
  interface: {address}
  do-daemonize: no
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  directory: "{work}"
  access-control: 0.0.0.0/0 allow
  num-threads: 1
  outgoing-range: 64
  num-queries-per-thread: 32
  target-fetch-policy: "0 0 0 0 0"
"""


def missing(programs):
    """Why such a server cannot be had, or other @programs; None when they can."""
    for program in (UNBOUND, *programs):
        if not shutil.which(program):
            return f"there is no {program}"
    version = subprocess.run([UNBOUND, "-V"], capture_output=True, text=True).stdout
    if not version.startswith("Version 1.17."):
        return "unbound is not of version 1.17: " + version.split("\n")[0]
    enclosed = subprocess.run(
        unshare() + ["ip", "link", "set", "lo", "up"], capture_output=True
    )
    return "namespaces cannot be made" if enclosed.returncode else None


def unshare():
    identity = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *identity, "--mount", "--net", "--pid", "--fork",
            "--kill-child", "--mount-proc", "--"]


def enclose(name, *programs):
    """Run this program again in namespaces that end with it; returns inside them."""
    if os.environ.get("UNBOUND_LAB") == "inside":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    reason = missing(programs)
    if reason:
        failing = os.environ.get("CI") == "true"
        print(f"{'not ok' if failing else 'skip'} - {name}: {reason}")
        sys.exit(1 if failing else 0)
    os.environ["UNBOUND_LAB"] = "inside"
    # Whatever becomes of us, the namespaces end.
    death = ctypes.CDLL(None)
    death.prctl(1, signal.SIGKILL)
    sys.exit(subprocess.run(unshare() + [sys.executable, *sys.argv]).returncode)


def add_address(address):
    subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"], check=True)


# -- questions -----------------------------------------------------------------------

def _encode(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _skip(answer, at):
    while answer[at]:
        if answer[at] >= 192:
            return at + 2
        at += answer[at] + 1
    return at + 1


def ask_all(server, questions, timeout=2.0):
    """{(name, kind): (code, addresses)}; code "none" where no answer comes"""
    waiting, found, end = {}, {}, time.monotonic() + timeout
    for number, (name, kind) in enumerate(questions):
        query = struct.pack(">HHHHHH", number, 0x100, 1, 0, 0, 0)
        query += _encode(name) + struct.pack(">HH", TYPES[kind], 1)
        connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connection.connect((server, 53))
        try:
            connection.send(query)
            waiting[connection] = (name, kind)
        except OSError:
            connection.close()
    while waiting and time.monotonic() < end:
        ready, _, _ = select.select(list(waiting), [], [], end - time.monotonic())
        for connection in ready:
            question = waiting.pop(connection)
            try:
                found[question] = _read(connection.recv(65535), question[1])
            except OSError:
                pass
            connection.close()
    for connection in waiting:
        connection.close()
    return {question: found.get(question, ("none", set())) for question in questions}


def _read(answer, kind):
    flags, questions, answers = struct.unpack(">HHH", answer[2:8])
    at, found = 12, set()
    for _ in range(questions):
        at = _skip(answer, at) + 4
    for _ in range(answers):
        at = _skip(answer, at)
        record, _, _, length = struct.unpack(">HHIH", answer[at:at + 10])
        at += 10
        if record == TYPES[kind] and length in (4, 16):
            found.add(str(ipaddress.ip_address(answer[at:at + length])))
        at += length
    return CODES.get(flags & 15, str(flags & 15)), found


def ask(server, name, kind, timeout=2.0):
    """(code, addresses)"""
    return ask_all(server, [(name, kind)], timeout)[(name, kind)]


# -- servers -------------------------------------------------------------------------

class Server:
    """An unbound with a configuration; @running: it started, and answers"""

    def __init__(self, path, address):
        self.log = path + ".log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([UNBOUND, "-d", "-c", path], stdout=log,
                                            stderr=log)
        self.running = False
        for _ in range(1000):
            if self.process.poll() is not None:
                return
            if "start of service" in self.said() or \
                    ask(address, "id.server", "TXT", 0.05)[0] != "none":
                self.running = True
                return
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def said(self):
        with open(self.log) as log:
            return log.read()


def start(work, name, address, text):
    path = os.path.join(work, name)
    with open(path, "w") as file:
        file.write(PLAIN.format(address=address, work=work) + text)
    return Server(path, address)
