#!/usr/bin/env python3
"""zones.py - A scenario of server.py that only has right answers, for servers of others.

    zones.py nsd|named SCENARIO     writes zones and configurations into this folder

Each server of the scenario has all its names in one zone, the root.  named serves all of
them by itself, with a view for each address, as split-horizon servers do.
"""
import os
import sys

HEAD = """$ORIGIN .
@ 300 IN SOA ns.example. h.example. 1 3600 300 86400 60
@ 300 IN NS ns.example.
ns.example. 300 IN A 192.0.2.1
"""

NSD = """server:
  ip-address: {address}
  username: ""
  chroot: ""
  zonesdir: "zones"
  pidfile: "nsd-{address}.pid"
  database: ""
  xfrdfile: "xfrd-{address}.state"
  zonelistfile: "zonelist-{address}"
  logfile: "nsd-{address}.log"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: .
  zonefile: {address}
"""

NAMED = """options {{
	directory "zones";
	listen-on {{ {addresses} }};
	listen-on-v6 {{ none; }};
	pid-file none;
	session-keyfile none;
	recursion yes;
	allow-recursion {{ any; }};
	dnssec-validation no;
}};
controls {{ }};
"""

VIEW = """view "{address}" {{
	match-destinations {{ {address}; }};
	zone "." {{ type primary; file "{address}"; }};
}};
"""


def add_address(records, name, text):
    records.setdefault(name, set()).add(("AAAA" if ":" in text else "A", 10, text))


def add_chain(records, ends, name, *words):
    *targets, end = words
    last = targets[-1]
    if ends.setdefault(last, end) != end:
        sys.exit(f"zones cannot lead '{last}' to {ends[last]} and to {end}")
    for target in targets:
        records.setdefault(name, set()).add(("CNAME", 300, target + "."))
        name = target
    if end == "empty":
        records.setdefault(name, set()).add(("TXT", 300, '"no address"'))
    elif end != "nx":
        for text in end.split(","):
            add_address(records, name, text)


def read(path):
    servers = {}
    for line in open(path, encoding="ascii"):
        words = line.split("#")[0].split()
        if not words or words[0] == "also":
            continue
        if words[0] == "server":
            records, ends = {}, {}
            servers[words[1]] = records
        elif words[1] == "a":
            for text in words[2:]:
                add_address(records, words[0], text)
        elif words[1] == "chain":
            add_chain(records, ends, words[0], *words[2:])
        else:
            sys.exit(f"zones cannot say '{words[1]}'")
    return servers


def text_of(records):
    lines = []
    for name, found in sorted(records.items()):
        if len(found) > 1 and any(record[0] == "CNAME" for record in found):
            sys.exit(f"zones cannot lead '{name}' two ways")
        lines += [f"{name}. {ttl} IN {kind} {data}\n" for kind, ttl, data in sorted(found)]
    return HEAD + "".join(lines)


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


servers = read(sys.argv[2])
os.mkdir("zones")
for address, records in servers.items():
    write("zones/" + address, text_of(records))
    if sys.argv[1] == "nsd":
        write(address + ".nsd", NSD.format(address=address))
if sys.argv[1] == "named":
    write("all.named", NAMED.format(addresses=" ".join(a + ";" for a in servers)) +
          "".join(VIEW.format(address=a) for a in servers))
