"""nsg - What the rules of an Azure network security group do to packets

Written from learn.microsoft.com: network-security-groups-overview, network-security-group-
how-it-works (July 2025), the schema of Microsoft.Network/networkSecurityGroups/securityRules
2025-01-01, service-tags-overview, and the Terraform pages azurerm_network_security_rule and
azurerm_network_security_group.

Rules of a direction are tried by ascending priority, the first that matches decides.  Rules
that stand alone are added to a group that has others: behind them nothing is decided.  A
whole group has Azure's default rules behind its own.

What is clear and what Azure may refuse all the same (a tag in a list, a description that is
too long) is judged by what it says.
"""
import json
import re

from .binding import prefix_range
from .points import (ADDRESS_LAST, IPV6, Refused, Space, Test, address_text, intervals, merge, pick,
                     unknown)

FIELDS = {  # ARM's name -> Terraform's
    "sourceAddressPrefix": "source_address_prefix",
    "sourceAddressPrefixes": "source_address_prefixes",
    "destinationAddressPrefix": "destination_address_prefix",
    "destinationAddressPrefixes": "destination_address_prefixes",
    "sourcePortRange": "source_port_range", "sourcePortRanges": "source_port_ranges",
    "destinationPortRange": "destination_port_range",
    "destinationPortRanges": "destination_port_ranges",
    "protocol": "protocol", "access": "access", "priority": "priority",
    "direction": "direction", "description": "description", "name": "name"}
NUMBERED = {name: intervals("protocol", [(number, number)])
            for name, number in (("tcp", 6), ("udp", 17), ("esp", 50), ("ah", 51))}
ICMP, ICMPV6 = intervals("protocol", [(1, 1)]), intervals("protocol", [(58, 58)])
TCP_UDP = intervals("protocol", [(6, 6), (17, 17)])
OTHERS = intervals("protocol", [(0, 5), (7, 16), (18, 255)])
IPV4_ONLY = intervals("destination", [(0, IPV6 - 1)])
IPV6_ONLY = intervals("destination", [(IPV6, ADDRESS_LAST)])
IPV4_SOURCE = intervals("source", [(0, IPV6 - 1)])
# learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16: these packets
# do not meet the rules of a group
BYPASS = intervals("destination", [prefix_range("168.63.129.16"), prefix_range("169.254.169.254")])
DEFAULTS = {
    "outbound": [("VirtualNetwork", "VirtualNetwork", "Allow"), ("*", "Internet", "Allow"),
                 ("*", "*", "Deny")],
    "inbound": [("VirtualNetwork", "VirtualNetwork", "Allow"), ("AzureLoadBalancer", "*", "Allow"),
                ("*", "*", "Deny")]}


class Rule:
    def __init__(self, values, tags):
        self.values, self.tags = values, tags
        self.name = values.get("name", "")
        self.priority = values.get("priority")
        self.access = str(values.get("access", "")).lower()
        self.direction = str(values.get("direction", "")).lower()
        self.id = str(values.get("description") or "")
        self.check()
        self.sides = [self.addresses("source"), self.addresses("destination")]
        self.alternatives = self.services()

    def check(self):
        if not isinstance(self.priority, int) or not 100 <= self.priority <= 4096:
            raise Refused(f"priority {self.priority}")
        if self.access not in ("allow", "deny") or self.direction not in ("inbound", "outbound"):
            raise Refused(f"access {self.access}, direction {self.direction}")
        if not re.fullmatch(r"\w([\w.-]{0,78}\w)?", self.name):
            raise Refused(f"the name '{self.name}'")

    def one_or_many(self, key):
        """The values of a field or of its plural"""
        one = self.values.get(key)
        many = self.values.get(key + ("es" if key.endswith("x") else "s"))
        if one and many or not one and not many:
            raise Refused(f"both or none of {key} and its plural")
        return [one] if one else many

    def addresses(self, side):
        values = self.one_or_many(side + "AddressPrefix")
        tests, ranges = [], []
        # No rule has several tags on one side (network-security-groups-overview).
        if sum(bool(re.fullmatch(r"[A-Za-z][\w.]*", str(value))) for value in values) > 1:
            raise Refused(f"several tags: {values}")
        for value in values:
            if not isinstance(value, str):
                raise Refused(f"{side} {value}")
            if value == "*":
                ranges.append((0, ADDRESS_LAST))
            elif re.match(r"[0-9a-fA-F]*[.:]", value) and not re.match(r"[A-Za-z]+\.", value):
                ranges.append(self.prefix(value))
            elif side == "source" and self.direction == "outbound" and \
                    value.lower() == "virtualnetwork":
                # The network's own space is part of the tag: an interface sends from there.
                ranges.append((0, ADDRESS_LAST))
            else:
                tests.append(tag_test(side, value, self.tags))
        if ranges:
            tests.append(intervals(side, ranges))
        return tests

    @staticmethod
    def prefix(value):
        try:
            if "-" in value or value.count("/") > 1:
                raise ValueError
            length = int(value.split("/")[1]) if "/" in value else 0
            if length > (128 if ":" in value else 32) or length < 0:
                raise ValueError
            return prefix_range(value)
        except ValueError:
            raise Refused(f"the prefix {value}") from None

    def services(self):
        """Protocols and ports: alternatives, each a list of tests that must all hold"""
        protocol = str(self.values.get("protocol", "")).lower()
        ports = [*self.ports("source", "sport"), *self.ports("destination", "dport")]
        if protocol in ("tcp", "udp"):
            return [[NUMBERED[protocol], *ports]]
        # What ports of other protocols mean is on no page; of ICMP they are said to be its
        # types (MicrosoftDocs/azure-docs issue 51522).
        doubt = [unknown("ports of what has none")] if ports else []
        if protocol == "*":
            return [[TCP_UDP, *ports], [OTHERS, *doubt]]
        if protocol == "icmp":  # of the packet's own family
            return [[IPV4_ONLY, ICMP, *doubt], [IPV6_ONLY, ICMPV6, *doubt]]
        if protocol in NUMBERED:
            return [[NUMBERED[protocol], *doubt]]
        raise Refused(f"protocol {protocol}")

    def ports(self, side, axis):
        """A test of the ports, unless they are all meant"""
        ranges = []
        for value in self.one_or_many(side + "PortRange"):
            found = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", "0-65535" if value == "*" else str(value))
            low, high = (int(found.group(1)), int(found.group(2) or found.group(1))) \
                if found else (1, 0)
            if low > high or high > 65535:
                raise Refused(f"the port {value}")
            ranges.append((low, high))
        return [intervals(axis, ranges)] if merge(ranges) != ((0, 65535),) else []


def tag_test(side, name, tags):
    """Is the address one of the tag's?  Without a file nobody knows."""
    if tags is not None and name.lower() in tags:
        return intervals(side, tags[name.lower()])
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)?", name):
        raise Refused(f"'{name}' is no tag")
    return Test(f"? {side} {name.lower()}", ("tag",), lambda value: value, (True, False))


def collect(text):
    """(values of a rule, is its group whole?) of each rule, in the words of ARM"""
    try:
        root = json.loads(text, object_pairs_hook=no_twice)
    except ValueError as error:
        raise Refused(f"no JSON: {error}") from None
    if not isinstance(root, dict):
        raise Refused("no template")
    found = []
    for resource in root.get("resources", []):
        kind = resource["type"].lower()
        if kind == "microsoft.network/networksecuritygroups":
            found += [({"name": rule.get("name"), **rule["properties"]}, True)
                      for rule in resource["properties"].get("securityRules", [])]
        elif kind == "microsoft.network/networksecuritygroups/securityrules":
            found.append(({**resource["properties"], "name": resource["name"].split("/")[-1]
                           .rstrip("')]")}, False))
    for kind, resources in root.get("resource", {}).items():
        for resource in resources.values():
            if kind == "azurerm_network_security_rule":
                found.append((arm_words(resource), False))
            elif kind == "azurerm_network_security_group":
                found += [(arm_words(rule), True) for rule in resource.get("security_rule", [])]
    return found


def no_twice(pairs):
    if len({key for key, value in pairs}) != len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def arm_words(values):
    return {arm: values[terraform] for arm, terraform in FIELDS.items() if terraform in values}


class Ruleset:
    def __init__(self, text, tags):
        self.tags, entries = tags, collect(text)
        self.whole = any(whole for values, whole in entries)
        self.rules = sorted((Rule(values, tags) for values, whole in entries),
                            key=lambda rule: rule.priority)
        for key in (lambda rule: (rule.direction, rule.priority), lambda rule: rule.name.lower()):
            keys = [key(rule) for rule in self.rules]
            if len(set(keys)) != len(keys):
                raise Refused("two rules have one priority or name")

    def chain(self, direction):
        """(sides, alternatives, allows, id) of each rule in order"""
        for rule in self.rules:
            if rule.direction == direction:
                yield rule.sides, rule.alternatives, rule.access == "allow", rule.id
        if self.whole:
            for source, destination, access in DEFAULTS[direction]:
                # The network's own space is part of the tag: an interface sends from there.
                source = "*" if (source, direction) == ("VirtualNetwork", "outbound") else source
                yield [[self.side_test("source", source)],
                       [self.side_test("destination", destination)]], [[]], access == "Allow", ""

    def side_test(self, side, name):
        return intervals(side, [(0, ADDRESS_LAST)]) if name == "*" else \
            tag_test(side, name, self.tags)

    def tests(self, direction):
        for sides, alternatives, _, _ in self.chain(direction):
            for some in sides + alternatives:
                yield from some


class Run:
    def __init__(self, ruleset, direction, space):
        self.space, self.allowed, self.refused, self.by_id = space, 0, 0, {}
        live = space.everything
        for sides, alternatives, allows, name in ruleset.chain(direction):
            here = live
            for side in sides:
                here &= self.union(space.mask(test) for test in side)
            here &= self.union(self.all_of(tests) for tests in alternatives)
            live &= ~here
            if allows:
                self.allowed |= here
                self.by_id[name] = self.by_id.get(name, 0) | here
            else:
                self.refused |= here

    def all_of(self, tests):
        found = self.space.everything
        for test in tests:
            found &= self.space.mask(test)
        return found

    @staticmethod
    def union(masks):
        found = 0
        for mask in masks:
            found |= mask
        return found


ALWAYS = {"protocol": [0, 1, 6, 17, 47, 50, 51, 58, 132], "dport": [0, 53, 443],
          "sport": [0, 40000], "source": [0, IPV6], "destination": [0, IPV6]}
BOUNDS = {"source": (0, ADDRESS_LAST), "destination": (0, ADDRESS_LAST), "protocol": (0, 255),
          "dport": (0, 65535), "sport": (0, 65535)}


class Judge:
    """Says of mutants whether they still do what the original does

    Governed are the packets of the output's clients, but for those that never meet the
    rules.  Where a tag whose addresses are known stands for a flow whose addresses are
    known, only these must be let through; the tag's others may be.
    """

    lacks = False

    def __init__(self, text, binding):
        self.binding = binding
        self.original = Ruleset(text, binding.tags)
        self.direction = "outbound"
        self.clients = intervals("source", binding.sources)
        self.bound = [(flow.rule, *flow_tests(flow)) for flow in binding.flows
                      if flow.addresses and flow.tags and self.known(flow)]

    def known(self, flow):
        return self.binding.tags is not None and \
            all(tag.lower() in self.binding.tags for tag in flow.tags)

    def judge(self, text):
        mutant = Ruleset(text, self.binding.tags)
        flows = [test for _, *tests in self.bound for test in tests]
        space = Space([*self.original.tests(self.direction), *mutant.tests(self.direction),
                       self.clients, BYPASS, IPV4_ONLY, IPV4_SOURCE, *flows],
                      ALWAYS, BOUNDS)
        was, now = Run(self.original, self.direction, space), Run(mutant, self.direction, space)
        families = space.mask(IPV4_ONLY) ^ space.mask(IPV4_SOURCE)
        valid = space.everything & ~families & ~space.mask(BYPASS)
        if not self.binding.deny:
            wrong = valid & ((was.allowed ^ now.allowed) | (was.refused ^ now.refused))
            return self.describe(space, pick(wrong), was, now) if wrong else None
        governed = valid & space.mask(self.clients)
        must = was.allowed & governed
        if self.bound:
            must &= ~self.spare(space, was)
        wrong = must & now.refused | governed & was.refused & ~now.refused
        return self.describe(space, pick(wrong), was, now) if wrong else None

    def spare(self, space, was):
        """What tags let through beyond the addresses that their flows are bound to"""
        spare = 0
        for rule in {rule for rule, *_ in self.bound}:
            wanted = 0
            for name, to, protocol, ports in self.bound:
                if name == rule:
                    wanted |= space.mask(to) & space.mask(protocol) & space.mask(ports)
            spare |= was.by_id.get("postern:" + rule, 0) & ~wanted
        for rule in self.other_rules():
            spare &= ~was.by_id.get(rule, 0)
        return spare

    def other_rules(self):
        mine = {"postern:" + rule for rule, *_ in self.bound}
        return {rule.id for rule in self.original.rules} - mine

    @staticmethod
    def describe(space, index, was, now):
        point, bit = space.point(index), 1 << index
        for axis in ("source", "destination"):
            point[axis] = address_text(point[axis])

        def said(run):
            return "refused" if run.refused & bit else "allowed" if run.allowed & bit else "undecided"

        packet = " ".join(f"{axis}={value}" for axis, value in sorted(point.items()))
        return f"{packet}: was {said(was)}, is {said(now)}"


def flow_tests(flow):
    protocols = [(flow.protocol, flow.protocol)] if flow.protocol is not None else [(0, 255)]
    return (intervals("destination", flow.addresses), intervals("protocol", protocols),
            intervals("dport", flow.ports))
