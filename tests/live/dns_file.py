#!/usr/bin/env python3
"""dns_file.py - Answer DNS questions over UDP from a file that is read for each of them.

    dns_file.py ADDRESS FILE

A line of FILE is a name and its addresses.  Answers live for a second; a name that no line
has does not exist.
"""
import ipaddress
import socket
import struct
import sys


def answer(data, path):
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode("latin1"))
        at += data[at] + 1
    kind = struct.unpack(">H", data[at + 1:at + 3])[0]
    name = ".".join(labels).lower()
    with open(path) as lines:
        known = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    records = b""
    count = 0
    for text in known.get(name, []):
        packed = ipaddress.ip_address(text)
        if kind == (1 if packed.version == 4 else 28):
            records += struct.pack(">HHHIH", 0xC00C, kind, 1, 1, len(packed.packed))
            records += packed.packed
            count += 1
    rcode = 0 if name in known else 3
    head = data[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, count, 0, 0)
    return head + data[12:at + 5] + records


def main():
    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    here.bind((sys.argv[1], 53))
    while True:
        data, peer = here.recvfrom(4096)
        here.sendto(answer(data, sys.argv[2]), peer)


main()
