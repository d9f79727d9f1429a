"""squid_lab - A squid of its own in namespaces of its own, for squid_fuzz and squid_live.

DNS is ours: every name has one address, made of its letters, in 127.64.0.0/10, where
nobody listens unless a test does; names that begin with "nx" do not exist; addresses
whose last number is even have the reverse name "host-A-B-C-D.rev.example".  So a request
that squid lets pass ends quickly, one way or another, and one that it refuses says so.
"""

import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

SQUID = "/usr/sbin/squid"
PORT = 3128
RESOLVER = "127.0.0.53"

FRAME = """http_port 127.0.0.1:3128
http_port [::1]:3128
visible_hostname lab.test
pid_filename {work}/squid.pid
access_log none
cache_log {work}/cache.log
cache_store_log none
netdb_filename none
cache deny all
cache_mem 1 MB
memory_pools off
pinger_enable off
shutdown_lifetime 0 seconds
coredump_dir none
hosts_file {hosts}
dns_nameservers {resolver}
dns_timeout 3 seconds
connect_timeout 2 seconds
forward_max_tries 1
cache_effective_user proxy
max_filedescriptors 1024
"""


def missing():
    """Why a squid cannot be had; None when it can."""
    if not os.access(SQUID, os.X_OK):
        return "there is no squid"
    version = subprocess.run([SQUID, "-v"], capture_output=True, text=True).stdout
    if "Version 5." not in version:
        return "squid is not of version 5: " + version.split("\n")[0]
    enclosed = subprocess.run(
        unshare() + ["ip", "link", "set", "lo", "up"], capture_output=True
    )
    return "namespaces cannot be made" if enclosed.returncode else None


def unshare():
    identity = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *identity, "--mount", "--net", "--pid", "--fork",
            "--kill-child", "--mount-proc", "--"]


def enclose(name):
    """Run this program again in namespaces that end with it; returns inside them."""
    if os.environ.get("SQUID_LAB") == "inside":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    reason = missing()
    if reason:
        if os.environ.get("CI") == "true":
            print(f"not ok - {name}: {reason}")
            sys.exit(1)
        print(f"skip - {name}: {reason}")
        sys.exit(0)
    os.environ["SQUID_LAB"] = "inside"
    # Whatever becomes of us, the namespaces end.
    death = ctypes.CDLL(None)
    death.prctl(1, signal.SIGKILL)
    sys.exit(subprocess.run(unshare() + [sys.executable, *sys.argv]).returncode)


def address_of(name):
    """The address of a name: every name has one, and equal ones are rare."""
    number = 0
    for letter in name.lower():
        number = (number * 31 + ord(letter)) & 0x3FFFFF
    return socket.inet_ntoa(struct.pack(">I", 0x7F400000 | number))


def _question(query):
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin1").lower())
        at += query[at] + 1
    kind, = struct.unpack(">H", query[at + 1:at + 3])
    return labels, kind, query[12:at + 5]


def _encode(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0"


def _answer(labels, kind):
    """None: no such name; else a list of (type, data)"""
    if labels[-2:] == ["in-addr", "arpa"]:
        numbers = labels[:4]
        if int(numbers[0]) % 2:
            return None
        name = "host-" + "-".join(reversed(numbers)) + ".rev.example"
        return [(12, _encode(name))] if kind == 12 else []
    if labels[-1] == "arpa" or labels[0].startswith("nx"):
        return None
    if kind == 1:
        return [(1, socket.inet_aton(address_of(".".join(labels))))]
    return []


def _serve(server):
    while True:
        query, client = server.recvfrom(4096)
        labels, kind, question = _question(query)
        answers = _answer(labels, kind)
        flags = 0x8183 if answers is None else 0x8180
        reply = query[:2] + struct.pack(">HHHHH", flags, 1, len(answers or []), 0, 0)
        reply += question
        for kind, data in answers or []:
            reply += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
        server.sendto(reply, client)


def start_resolver():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((RESOLVER, 53))
    threading.Thread(target=_serve, args=(server,), daemon=True).start()


class Refused(Exception):
    """squid did not start."""


class Squid:
    """One squid: "with Squid(work, text) as squid"."""

    def __init__(self, work, text, frame=FRAME, hosts="/dev/null"):
        self.conf = os.path.join(work, "squid.conf")
        with open(self.conf, "w", encoding="latin1", newline="") as file:
            file.write(frame.format(work=work, resolver=RESOLVER, hosts=hosts) + text)
        self.error = open(os.path.join(work, "stderr"), "w+", encoding="latin1")
        self.process = subprocess.Popen(
            [SQUID, "-N", "-n", "lab", "-f", self.conf],
            stdout=subprocess.DEVNULL, stderr=self.error, cwd=work)
        self._wait()

    def _wait(self):
        for _ in range(1000):
            if self.process.poll() is not None:
                self.error.seek(0)
                text = self.error.read()
                self.error.close()
                raise Refused(f"{self.process.returncode}: {text[-400:]}")
            try:
                socket.create_connection(("127.0.0.1", PORT), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        self.stop()
        raise RuntimeError("squid does not listen")

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.error.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def ask(method, host, port, source):
    """What squid says of a request: (status, error), the status 0 for no answer"""
    shown = f"[{host}]" if ":" in host else host
    if method == "CONNECT":
        line = f"CONNECT {shown}:{port} HTTP/1.1\r\nHost: {shown}:{port}\r\n\r\n"
    else:
        line = (f"{method} http://{shown}:{port}/ HTTP/1.1\r\nHost: {shown}:{port}\r\n"
                "Connection: close\r\nContent-Length: 0\r\n\r\n")
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    data = b""
    with socket.socket(family) as client:
        client.settimeout(12)
        client.bind((source, 0))
        client.connect(("::1" if ":" in source else "127.0.0.1", PORT))
        client.sendall(line.encode("latin1"))
        while b"\r\n\r\n" not in data:
            got = client.recv(4096)
            if not got:
                break
            data += got
    head = data.decode("latin1").split("\r\n\r\n")[0].split("\r\n")
    status = int(head[0].split()[1]) if head[0].startswith("HTTP/") else 0
    error = [x.split(":", 1)[1].strip() for x in head
             if x.lower().startswith("x-squid-error")]
    return status, error[0] if error else ""


def verdict(status, error):
    """allow, deny, or bad for what squid does not even look up in its rules"""
    if status == 407:
        return "deny"
    if status == 403 and error.split(" ")[0] in ("ERR_ACCESS_DENIED",
                                                 "ERR_FORWARDING_DENIED"):
        return "deny"
    return "bad" if status in (0, 400) else "allow"


def work_folder():
    """A folder that the user "proxy" may write to; it goes with its name in memory."""
    work = tempfile.mkdtemp(prefix="squid_lab.")
    os.chmod(work, 0o777)
    return work
