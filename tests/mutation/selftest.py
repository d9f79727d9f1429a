#!/usr/bin/env python3
"""selftest - What the evaluators say of cases small enough to be judged by hand

    tests/mutation/selftest.py

Each case is a text, packets or requests, and what becomes of them by the documentation.
"""
import json
import pathlib
import sys
import types

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from evaluate import azfw, azure_dns, dnsmasq, nft, nsg, points, squid  # noqa: E402
from evaluate.points import ADDRESS_LAST, Refused, Space, address_number, intervals  # noqa: E402

FAILED = []


def expect(name, have, want):
    if have != want:
        FAILED.append(name)
        print(f"not ok - mutation-selftest/{name}: {have}, not {want}")
    else:
        print(f"ok - mutation-selftest/{name}")


def bit_of(space, **packet):
    """The set that holds just the packet; values stand for all that no test tells apart"""
    found = space.everything
    for axis, values, _ in space.axes:
        if axis not in packet:
            continue
        kinds = {tuple(test.holds(value) for test in space.tests.get(axis, ())): value for value in values}
        wanted = kinds[tuple(test.holds(packet[axis]) for test in space.tests.get(axis, ()))]
        found &= space.mask(points.Test(axis, ("self", wanted), lambda value, wanted=wanted:
                                        value == wanted))
    return found


# -- nftables -----------------------------------------------------------------------------


def nft_text(rules, more="", hook="forward"):
    return ("table inet t {\n\tset s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 } }\n"
            "\tset leads { type ipv4_addr; comment \"postern:a.example\"; elements = { 192.0.2.3 } }\n"
            f"\tchain other {{\n\t\t{more}\n\t}}\n"
            f"\tchain c {{ type filter hook {hook} priority 10; policy accept;\n"
            + "".join(f"\t\t{rule}\n" for rule in rules.split("; ")) + "\t}\n}\n")


def nft_says(rules, packet, more="", hook="forward"):
    ruleset = nft.Ruleset(nft_text(rules, more, hook))
    space = Space([*ruleset.tests(), *nft.STRUCTURE], nft.ALWAYS, nft.BOUNDS)
    run = nft.Run(ruleset, hook, space, 0x20)
    packet = {"source": address_number(packet.pop("source", "192.0.2.1")),
              "destination": address_number(packet.pop("to", "192.0.2.2")),
              "in": "" if hook == "output" else "eth0", "out": "eth0", "protocol": 6,
              "dport": 443, "sport": 40000, "state": "new", "flags": 2, "icmp": 0, **packet}
    bit = bit_of(space, **packet)
    said = set()
    for index in points.bits(bit):
        one = 1 << index
        said.add(("R" if run.refused & one else "A" if run.accepted & one else "U") +
                 ("m" if run.marked & one else ""))
    return "".join(sorted(said))


NFT = [  # rules; packet; A accepted, R refused, U undecided, m marked, two: it depends
    ("accept", {}, "A"),
    ("drop", {}, "R"),
    ("ip daddr 192.0.2.2 accept; drop", {}, "A"),
    ("ip daddr 192.0.2.2 accept; drop", {"to": "192.0.2.3"}, "R"),
    ("ip daddr 192.0.2.0/31 drop", {}, "U"),
    ("ip daddr != 192.0.2.2 drop", {"source": "2001:db8::1", "to": "2001:db8::2"}, "U"),
    ("ip saddr @s drop", {"source": "10.255.255.255"}, "R"),
    ("ip saddr @s drop", {"source": "11.0.0.0"}, "U"),
    ("ip daddr @leads drop", {"to": "192.0.2.3"}, "R"),
    ("ip daddr @leads drop", {"to": "192.0.2.4"}, "RU"),
    ("ip daddr @leads drop", {"source": "2001:db8::1", "to": "2001:db8::2"}, "U"),
    ("ip6 daddr 2001:db8::/32 drop", {"source": "2001:db8::1", "to": "2001:db8:ffff::"}, "R"),
    ("tcp dport 443 accept", {"protocol": 17}, "U"),
    ("tcp dport 440-443 accept", {}, "A"),
    ("tcp dport { 22, 444-450 } accept", {}, "U"),
    ("th dport 443 accept", {"protocol": 132}, "A"),
    ("tcp dport != 443 accept", {}, "U"),
    ("meta l4proto { tcp, udp } accept", {"protocol": 17}, "A"),
    ("meta l4proto != tcp drop", {"protocol": 47}, "R"),
    ("ct state established,related accept", {}, "U"),
    ("ct state new accept", {"state": "untracked"}, "U"),
    ("ct state != new drop", {"state": "invalid"}, "R"),
    ("tcp flags & (syn | ack) == syn drop", {}, "R"),
    ("tcp flags & (syn | ack) == syn drop", {"flags": 18}, "U"),
    ("tcp flags & (syn | ack) == syn drop", {"protocol": 17}, "U"),
    ("reject with tcp reset", {"protocol": 17}, "U"),
    ("reject with tcp reset", {}, "R"),
    ("icmpv6 type 133 accept", {"protocol": 58, "icmp": 133}, "U"),
    ("icmpv6 type 133-135 accept", {"protocol": 58, "icmp": 134, "source": "::1", "to": "::2"}, "A"),
    ("meta nfproto ipv4 drop", {}, "R"),
    ("limit rate 1/second burst 5 packets drop", {}, "RU"),
    ("meta mark set 0x20", {}, "Um"),
    ("meta mark set 0x20 ct state established accept", {}, "Um"),
    ("meta mark set 0x20; meta mark set 1", {}, "U"),
    ('oifname "eth0" drop', {}, "R"),
    ('oifname "eth*" drop', {}, "R"),
    ('oifname "eth" drop', {}, "U"),
    ('iifname "eth1" drop', {}, "U"),
    ("return; drop", {}, "U"),
    ("jump other; accept", {}, "R", "drop"),
    ("jump other; drop", {}, "R", "return"),
    ("goto other; drop", {}, "U", "return"),
    ("goto other; drop", {}, "U", "udp dport 53 accept"),
    ("jump other; drop", {}, "A", "accept"),
]
NFT_REFUSED = ["accept counter", "tcp dport 65536 accept", "tcp dport 2-1 accept", "ip saddr @x accept",
               "ip6 saddr @s accept", "ip saddr 10.0.0.1 ip6 daddr ::1 accept", "jump nowhere",
               "tcp dport 22 udp dport 53 accept", "udp dport 1 reject with tcp reset", "jump c",
               "meta l4proto { tcp, udp } reject with tcp reset", "ip saddr 10.0.0.0/33 accept",
               "meta l4proto 256 accept", "acept"]


def test_nft():
    for number, (rules, packet, want, *more) in enumerate(NFT):
        expect(f"nft-{number + 1}", nft_says(rules, dict(packet), *(more or [""])), want)
    early = nft_text("ct state new drop", hook="output").replace("priority 10", "priority -300")
    ruleset = nft.Ruleset(early)
    space = Space([*ruleset.tests(), *nft.STRUCTURE], nft.ALWAYS, nft.BOUNDS)
    expect("nft-before-tracking", nft.Run(ruleset, "output", space, None).refused, 0)
    for number, rule in enumerate(NFT_REFUSED):
        try:
            nft.Ruleset(nft_text(rule))
            have = "read"
        except Refused:
            have = "refused"
        expect(f"nft-refused-{number + 1}", have, "refused")


# -- Azure --------------------------------------------------------------------------------


def nsg_rule(priority, access, source, destination, port="*", protocol="Tcp", direction="Outbound"):
    return {"type": "Microsoft.Network/networkSecurityGroups/securityRules", "name": f"g/r{priority}",
            "properties": {"priority": priority, "access": access, "direction": direction,
                           "protocol": protocol, "sourceAddressPrefix": source,
                           "sourcePortRange": "*", "destinationAddressPrefix": destination,
                           "destinationPortRange": port}}


def nsg_says(rules, whole=False, tags=None, **packet):
    document = {"resources": rules}
    if whole:
        document = {"resources": [{"type": "Microsoft.Network/networkSecurityGroups", "name": "g",
                                   "properties": {"securityRules": [
                                       {"name": rule["name"][2:], "properties": rule["properties"]}
                                       for rule in rules]}}]}
    ruleset = nsg.Ruleset(json.dumps(document), tags)
    space = Space([*ruleset.tests("outbound"), nsg.IPV4_ONLY, nsg.IPV4_SOURCE], nsg.ALWAYS, nsg.BOUNDS)
    run = nsg.Run(ruleset, "outbound", space)
    packet = {"source": address_number(packet.pop("source", "10.0.0.1")),
              "destination": address_number(packet.pop("to", "192.0.2.2")), "protocol": 6,
              "dport": 443, "sport": 40000, **packet}
    bit, said = bit_of(space, **packet), set()
    for index in points.bits(bit):
        said.add("R" if run.refused >> index & 1 else "A" if run.allowed >> index & 1 else "U")
    return "".join(sorted(said))


def test_nsg():
    allow, deny = nsg_rule(200, "Allow", "10.0.0.0/8", "192.0.2.2", "443"), \
        nsg_rule(4096, "Deny", "*", "*", protocol="*")
    tags = {"storage": [(address_number("192.0.2.0"), address_number("192.0.2.255"))]}
    expect("nsg-first-match", nsg_says([deny, allow]), "A")
    expect("nsg-other-port", nsg_says([allow, deny], dport=444), "R")
    expect("nsg-other-protocol", nsg_says([allow, deny], protocol=17), "R")
    expect("nsg-behind-rules", nsg_says([allow], dport=444), "U")
    expect("nsg-inbound-is-not-asked",
           nsg_says([nsg_rule(100, "Deny", "*", "*", direction="Inbound"), allow]), "A")
    expect("nsg-default-rules", nsg_says([allow], whole=True, dport=444), "AR")
    expect("nsg-tag", nsg_says([nsg_rule(200, "Deny", "*", "Storage")], tags=tags), "R")
    expect("nsg-tag-elsewhere",
           nsg_says([nsg_rule(200, "Deny", "*", "Storage")], tags=tags, to="192.0.3.0"), "U")
    expect("nsg-tag-unknown", nsg_says([nsg_rule(200, "Deny", "*", "Storage")]), "RU")
    expect("nsg-icmp", nsg_says([nsg_rule(200, "Deny", "*", "*", protocol="Icmp")], protocol=1), "R")
    expect("nsg-icmp-of-the-other-family",
           nsg_says([nsg_rule(200, "Deny", "*", "*", protocol="Icmp")], protocol=58), "U")
    expect("nsg-ports-of-any", nsg_says([nsg_rule(200, "Deny", "*", "*", "443", "*")], protocol=1), "RU")
    expect("nsg-ports-of-icmp", nsg_says([nsg_rule(200, "Deny", "*", "*", "8", "Icmp")], protocol=1), "RU")
    expect("nsg-all-ports", nsg_says([nsg_rule(200, "Deny", "*", "*", "0-65535", "Esp")], protocol=50), "R")
    for name, rules in (("one-priority", [allow, {**allow, "name": "g/x"}]),
                        ("priority-99", [nsg_rule(99, "Allow", "*", "*")]),
                        ("protocol", [nsg_rule(200, "Allow", "*", "*", protocol="Sctp")])):
        try:
            nsg_says(rules)
            have = "read"
        except Refused:
            have = "refused"
        expect(f"nsg-refused-{name}", have, "refused")


def network(name="n", ports=("443",), to=("192.0.2.2",), protocols=("TCP",)):
    return {"ruleType": "NetworkRule", "name": name, "ipProtocols": list(protocols),
            "sourceAddresses": ["10.0.0.0/8"], "destinationAddresses": list(to),
            "destinationPorts": list(ports)}


def application(names, kind="Https", port=443):
    return {"ruleType": "ApplicationRule", "name": "a", "sourceAddresses": ["10.0.0.0/8"],
            "protocols": [{"protocolType": kind, "port": port}], "targetFqdns": list(names)}


def collection(priority, action, *rules):
    return {"name": f"c{priority}", "priority": priority, "action": {"type": action},
            "rules": list(rules)}


def firewall_says(*collections, **packet):
    document = {"resources": [{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups",
                               "name": "p/g", "properties": {"priority": 200,
                                                             "ruleCollections": list(collections)}}]}
    binding = types.SimpleNamespace(tags=None, addresses_of=lambda name: None)
    ruleset = azfw.Ruleset(json.dumps(document), binding)
    space = Space([*ruleset.tests(), azfw.TCP, points.word("application", "none")], azfw.ALWAYS,
                  azfw.BOUNDS)
    packet = {"source": address_number(packet.pop("source", "10.0.0.1")),
              "destination": address_number(packet.pop("to", "192.0.2.2")), "protocol": 6,
              "dport": 443, "application": "https", "name": "contoso.azurecr.io", **packet}
    bit, said = bit_of(space, **packet), set()
    for order in ruleset.orders:
        run = azfw.Run(order, space)
        said |= {"A" if run.allowed >> index & 1 else "R" for index in points.bits(bit)}
    return "".join(sorted(said))


def test_firewall():
    named = collection(300, "Allow", application(["contoso.azurecr.io"]))
    expect("azfw-name", firewall_says(named), "A")
    expect("azfw-other-name", firewall_says(named, name="x.contoso.azurecr.io"), "R")
    expect("azfw-no-name", firewall_says(named, name=""), "R")
    expect("azfw-http", firewall_says(named, application="http"), "R")
    expect("azfw-neither", firewall_says(named, application="none", name=""), "R")
    expect("azfw-network-deny-first",
           firewall_says(collection(60000, "Deny", network(to=["*"])), named), "R")
    expect("azfw-network-allow-any-name",
           firewall_says(collection(60000, "Allow", network(to=["*"])), name="other.test"), "A")
    expect("azfw-priority", firewall_says(collection(200, "Deny", network()),
                                          collection(100, "Allow", network())), "A")
    expect("azfw-one-priority", firewall_says(collection(100, "Deny", network()),
                                              collection(100, "Allow", network())), "AR")
    wild = collection(300, "Allow", application(["*.azurecr.io"]))
    expect("azfw-below", firewall_says(wild), "A")
    expect("azfw-any-depth", firewall_says(wild, name="a.b.azurecr.io"), "A")
    expect("azfw-apex", firewall_says(wild, name="azurecr.io"), "R")
    ends = collection(300, "Allow", application(["*azurecr.io"]))
    expect("azfw-ends-apex", firewall_says(ends, name="azurecr.io"), "A")
    expect("azfw-ends-look-alike", firewall_says(ends, name="evilazurecr.io"), "A")
    anything = collection(100, "Allow", network(protocols=["Any"]))
    expect("azfw-any-udp", firewall_says(anything, protocol=17, application="none", name=""), "A")
    expect("azfw-any-with-ports", firewall_says(anything, protocol=47, application="none", name=""),
           "R")
    expect("azfw-case", firewall_says(collection(300, "Allow", application(["Contoso.AzureCR.io"]))), "A")


# -- squid --------------------------------------------------------------------------------


def squid_says(text, **request):
    ruleset = squid.Ruleset(text)
    space = Space([*ruleset.tests(), *squid.FAMILY.values()], squid.ALWAYS, squid.BOUNDS)
    run = squid.Run(ruleset, space)
    request = {"source": address_number(request.pop("source", "10.0.0.1")),
               "destination": address_number(request.pop("to", "192.0.2.2")), "dport": 443,
               "method": "CONNECT", "name": "contoso.azurecr.io", **request}
    bit, said = bit_of(space, **request), set()
    for index in points.bits(bit):
        said.add("R" if run.refused >> index & 1 else "A" if run.allowed >> index & 1 else "U")
    return "".join(sorted(said))


SQUID = [  # (squid-dns 1.2 to 1.4 tells how each was seen)
    ("first", "http_access deny all\nhttp_access allow all", {}, "R"),
    ("no-rules", "http_port 1", {}, "R"),
    ("implicit-allow", "http_port 1\nacl x src 1.1.1.1\nhttp_access deny x", {}, "A"),
    ("implicit-deny", "http_port 1\nacl x src 1.1.1.1\nhttp_access allow x", {}, "R"),
    ("drop-in", "acl x src 1.1.1.1\nhttp_access allow x", {}, "U"),
    ("and", "acl x src 10.0.0.0/8\nacl p port 80\nhttp_access allow x p", {}, "U"),
    ("not", "acl p port 80\nhttp_access deny !p", {}, "R"),
    ("or", "acl p port 80 443\nhttp_access deny p", {}, "R"),
    ("case-of-names", "acl Net src 10.0.0.0/8\nhttp_access deny nET", {}, "R"),
    ("action-with-case", "http_access Deny all", {}, "U"),
    ("no-condition", "http_access deny", {}, "U"),
    ("added-later", "acl p port 80\nhttp_access deny p\nacl p port 443", {}, "R"),
    ("exact", "acl d dstdomain -n azurecr.io\nhttp_access deny d", {}, "U"),
    ("below", "acl d dstdomain -n .azurecr.io\nhttp_access deny d", {}, "R"),
    ("apex", "acl d dstdomain -n .azurecr.io\nhttp_access deny d", {"name": "azurecr.io"}, "R"),
    ("look-alike", "acl d dstdomain -n .azurecr.io\nhttp_access deny d", {"name": "xazurecr.io"}, "U"),
    ("star-never", "acl d dstdomain -n *.azurecr.io\nhttp_access deny d", {}, "U"),
    ("dot-never", "acl d dstdomain -n contoso.azurecr.io.\nhttp_access deny d", {}, "U"),
    ("reverse", "acl d dstdomain .azurecr.io\nhttp_access deny d", {"name": ""}, "RU"),
    ("no-reverse", "acl d dstdomain -n .azurecr.io\nhttp_access deny d", {"name": ""}, "U"),
    ("one-n-for-all", "acl d dstdomain .azurecr.io\nacl d dstdomain -n x.test\nhttp_access deny d",
     {"name": ""}, "U"),
    ("method", "acl m method connect\nhttp_access deny m", {}, "R"),
    ("connect", "http_access deny CONNECT", {"method": "GET"}, "U"),
    ("dst", "acl a dst 192.0.2.0/24\nhttp_access deny a", {}, "R"),
    ("dst-n", "acl a dst -n 192.0.2.0/24\nhttp_access deny a", {}, "U"),
    ("dst-n-raw", "acl a dst -n 192.0.2.0/24\nhttp_access deny a", {"name": ""}, "R"),
    ("narrow-then-wide", "acl a src 10.9.0.0/16 10.0.0.0/8\nhttp_access deny a", {}, "U"),
    ("wide-then-narrow", "acl a src 10.0.0.0/8 10.9.0.0/16\nhttp_access deny a", {}, "R"),
    ("no-mask", "acl a src ::/0\nhttp_access deny a", {}, "U"),
    ("mapped", "acl a src ::/1\nhttp_access deny a", {}, "R"),
    ("all-by-number", "acl a src 0.0.0.0/0\nhttp_access deny a", {"source": "2001:db8::1"}, "R"),
    ("empty", "acl d dstdomain -n\nhttp_access deny d", {}, "U"),
]
SQUID_REFUSED = ["http_access allow nothing", "acl a src 1.1.1.1\nacl a port 80", "acl p port 65536",
                 "acl p port 2-1", "acl d dstdomain a.x .x", "acl d dstdomain x .x", "acl d dstdomain .x x",
                 "frobnicate"]


def test_squid():
    for name, text, request, want in SQUID:
        expect(f"squid-{name}", squid_says(text, **request), want)
    for number, text in enumerate(SQUID_REFUSED):
        try:
            squid.Ruleset(text)
            have = "read"
        except Refused:
            have = "refused"
        expect(f"squid-refused-{number + 1}", have, "refused")


# -- dnsmasq ------------------------------------------------------------------------------

DNSMASQ = [  # configuration; name; IPv4's addresses or servers, then IPv6's
    ("host-record=a.b,10.0.0.1", "a.b", "10.0.0.1", "None"),
    ("host-record=a.b,10.0.0.1\nlocal=/a.b/", "a.b", "10.0.0.1", ""),
    ("host-record=a.b,10.0.0.1\nlocal=/a.b/", "x.a.b", "", ""),
    ("address=/b/10.0.0.1\naddress=/a.b/fd00::1", "a.b", "10.0.0.1", "fd00::1"),
    ("address=/a.b/#", "x.a.b", "0.0.0.0", "::"),
    ("address=/*a.b/10.0.0.1\nlocal=/a.b/", "xa.b", "10.0.0.1", "None"),
    ("address=/*a.b/10.0.0.1\nlocal=/a.b/", "a.b", "", ""),
    ("address=/*.a.b/10.0.0.1", "a.b", "None", "None"),
    ("cname=a.b,c.d\nhost-record=c.d,10.0.0.1", "a.b", "10.0.0.1", ""),
    ("cname=a.b,c.d\naddress=/c.d/10.0.0.1", "a.b", "", ""),
    ("server=/b/10.0.0.53\nserver=/a.b/#", "a.b", "None", "None"),
    ("server=/b/10.0.0.53#54", "a.b", "10.0.0.53#54", "10.0.0.53#54"),
    ("server=10.0.0.53\nno-resolv", "a.b", "10.0.0.53#53", "10.0.0.53#53"),
    ("local=/#/", "a.b", "None", "None"),
    ("server=/#/#", "a.b", "", ""),
    ("host-record = a.b,10.0.0.1 # why\n#local=/a.b/", "a.b", "10.0.0.1", "None"),
]
DNSMASQ_REFUSED = ["nonsense", "no-resolv=yes", "host-record=a.b", "address=/a.b/10.0.0.256",
                   "server=/a.b/10.0.0.1#65536", "cname=a.b,a.b", "cname=a.b,c.d\ncname=a.b,e.f",
                   'host-record="a.b,10.0.0.1']


def test_dnsmasq():
    for number, (text, name, *want) in enumerate(DNSMASQ):
        config, have = dnsmasq.Config(text), []
        for version in (4, 6):
            own, servers = config.fate(name, version)
            have.append(" ".join(sorted(map(str, own)) +
                                 [x and f"{x[0]}#{x[1]}" or str(x) for x in servers]))
        expect(f"dnsmasq-{number + 1}", have, want)
    for number, text in enumerate(DNSMASQ_REFUSED):
        try:
            dnsmasq.Config(text)
            have = "read"
        except Refused:
            have = "refused"
        expect(f"dnsmasq-refused-{number + 1}", have, "refused")


# -- private DNS zones ----------------------------------------------------------------------

ADD = "az network private-dns record-set a add-record -g g -z p.io -n a -a 10.0.0.1"
DNS = [
    ("template", json.dumps({"resources": [
        {"type": "Microsoft.Network/privateDnsZones/A", "name": "p.io/a",
         "properties": {"aRecords": [{"ipv4Address": "10.0.0.1"}]}}]}), "10.0.0.1"),
    ("terraform", json.dumps({"resource": {
        "azurerm_private_dns_zone": {"z": {"name": "p.io"}},
        "azurerm_private_dns_a_record": {"a": {
            "zone_name": "${azurerm_private_dns_zone.z.name}", "name": "a",
            "records": ["10.0.0.1"]}}}}), "10.0.0.1"),
    ("script", ADD + " # postern:x", "10.0.0.1"),
    ("script-deleted", ADD + "\n" + ADD.replace("add-record", "delete"), ""),
    ("script-missing", "az network private-dns record-set a add-record -g g -z p.io -n a", "refused"),
    ("address", ADD + "0000", "refused"),
]


def test_dns():
    for name, text, want in DNS:
        try:
            answers, _ = azure_dns.read(text).meaning()
            have = ",".join(str(one) for one in answers["p.io"].get("a.p.io", ()))
        except Refused:
            have = "refused"
        expect(f"dns-{name}", have, want)


# -- the space ----------------------------------------------------------------------------


def test_points():
    tests = [intervals("a", [(3, 5)]), intervals("b", [(0, 9)])]
    space = Space(tests, {}, {"a": (0, 9), "b": (0, 20)})
    expect("points-kinds", [len(values) for _, values, _ in space.axes], [2, 2])
    expect("points-size", space.size, 4)
    expect("points-mask", sorted(space.point(index)["a"] for index in points.bits(space.mask(tests[0]))),
           [3, 3])
    expect("points-merge", points.merge([(5, 6), (1, 2), (3, 4), (9, 9)]), ((1, 6), (9, 9)))
    expect("points-address", [points.address_text(address_number(text)) for text in
                              ("10.0.0.1", "::1", "2001:db8::")], ["10.0.0.1", "::1", "2001:db8::"])
    expect("points-last", points.address_text(ADDRESS_LAST), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")


for test in (test_points, test_nft, test_nsg, test_firewall, test_squid, test_dnsmasq, test_dns):
    test()
sys.exit(1 if FAILED else 0)
