"""named_lab - A BIND and the servers that it asks, in a network namespace of their own.

Who uses it runs again inside the namespace (enter()).  There nsd is what others answer:
each server has the root zone, and says of names what its zone files say.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NAMED = "/usr/sbin/named"
TOOLS = [NAMED, "/usr/sbin/nsd", "/usr/bin/named-checkconf", "/usr/bin/dig"]
INSIDE = "POSTERN_NAMED_LAB"

NSD = """server:
  ip-address: {address}
  username: ""
  chroot: ""
  zonesdir: "{work}"
  pidfile: "{work}/nsd-{address}.pid"
  database: ""
  xfrdfile: "{work}/xfrd-{address}.state"
  zonelistfile: "{work}/zonelist-{address}"
  logfile: "{work}/nsd-{address}.log"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
"""
NSD_ZONE = """zone:
  name: {zone}
  zonefile: {address}-{zone}
"""

HEAD = """$ORIGIN {zone}
$TTL 10
@ SOA ns.root. h.root. 1 3600 300 86400 60
@ NS ns.root.
"""

# What named needs to run beside others, and nothing that decides answers.
OPTIONS = """	directory "{work}";
	listen-on {{ any; }};
	listen-on-v6 {{ none; }};
	pid-file none;
	session-keyfile none;
	empty-zones-enable no;
	allow-query {{ any; }};
	allow-recursion {{ any; }};
"""
HINTS = """zone "." {{ type hint; file "{work}/hints"; }};
"""


def missing():
    """Why there can be no lab; None when there can"""
    for tool in TOOLS:
        if not os.access(tool, os.X_OK):
            return f"there is no {tool}"
    version = subprocess.run([NAMED, "-v"], capture_output=True, text=True, check=False).stdout
    if "BIND 9.18" not in version:
        return "named is not of version 9.18: " + version.strip()
    enclosed = subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"],
                              capture_output=True, check=False)
    return "namespaces cannot be made" if enclosed.returncode else None


def enter(name):
    """Runs the script again in a namespace; returns there"""
    if os.environ.get(INSIDE):
        return
    why = missing()
    if why:
        print(f"skip - {name}: {why}")
        sys.exit(0)
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "-rn", sys.executable, *sys.argv])


class Lab:
    """Servers that end with it; "with Lab() as lab" """

    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="named-lab-")
        self.servers = []
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers:
            self.stop(server)
        shutil.rmtree(self.work, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="latin-1") as file:
            file.write(text)
        return self.path(name)

    @staticmethod
    def add_address(address):
        subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"], check=True)

    def stop(self, server):
        server.send_signal(signal.SIGKILL)
        server.wait()

    def start_nsd(self, address, zones):
        """@zones: lines of zone files; the first is the root, "." """
        self.add_address(address)
        conf = NSD.format(address=address, work=self.work)
        for zone, records in zones.items():
            self.write(f"{address}-{zone}", HEAD.format(zone=zone) +
                       (f"ns.root. A {address}\n" if zone == "." else "") + records)
            conf += NSD_ZONE.format(zone=zone, address=address)
        self.servers.append(subprocess.Popen(["nsd", "-d", "-c", self.write("nsd-" + address,
                                                                           conf)]))
        self.await_answer(address)
        if not os.path.exists(self.path("hints")):
            self.write("hints", f". 10 NS ns.root.\nns.root. 10 A {address}\n")

    def read(self, name):
        with open(self.path(name), encoding="latin-1") as file:
            return file.read()

    def start_named(self, conf):
        """@conf: the path of a whole configuration.  Raises what named says if it ends"""
        with open(self.path("named.log"), "w", encoding="latin-1") as log:
            server = subprocess.Popen([NAMED, "-g", "-n", "1", "-c", conf],
                                      stdout=log, stderr=log)
        self.servers.append(server)
        for _ in range(600):
            if "\n" in self.read("named.log") and " running\n" in self.read("named.log"):
                return server
            if server.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("named does not run: " + self.read("named.log")[-2000:])

    def await_answer(self, address):
        for _ in range(200):
            if ask(address, "ns.root")[0] != "timeout":
                return
            time.sleep(0.05)
        raise RuntimeError(f"nsd at {address} does not answer")


def ask(server, name, kind="A"):
    """(status, aliases, addresses) of one question"""
    return ask_many(server, [(name, kind)])[0]


def ask_many(server, questions):
    """The same of several questions, asked by one dig"""
    command = ["dig", f"@{server}", "+tries=2", "+time=5", "+noall", "+answer", "+comments",
               "+question", "+norrcomments"]
    for name, kind in questions:
        command += [name.rstrip(".") + ".", kind]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    answers, status, aliases, addresses, seen = [], None, [], [], False
    for line in said.splitlines() + [";; ->>HEADER<<- status: end,"]:
        if "->>HEADER<<-" in line:
            if seen:
                answers.append((status, aliases, addresses))
            status = line.split("status: ")[1].split(",")[0]
            aliases, addresses, seen = [], [], True
        elif line.startswith(";; ") and ("timed out" in line or "no servers could" in line or
                                         "communications error" in line):
            if "no servers could" in line:
                answers.append(("timeout", [], []))
                seen = False
        elif line and line[0] != ";":
            words = line.split()
            if words[3] == "CNAME":
                aliases.append(words[4].rstrip("."))
            elif words[3] in ("A", "AAAA"):
                addresses.append(words[4])
    return answers if answers else [("timeout", [], [])]
