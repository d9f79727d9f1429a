"""azfw - What the rules of an Azure Firewall do to packets

Written from learn.microsoft.com: firewall/rule-processing (23 Mar 2026), firewall-faq (wild
cards in target FQDNs), fqdn-filtering-network-rules, the schema of Microsoft.Network/
firewallPolicies/ruleCollectionGroups 2025-01-01, and the Terraform page
azurerm_firewall_policy_rule_collection_group.

Network rules come first, whatever the priorities of application rules: groups by priority,
their collections by priority, the first rule that matches decides.  Application rules are
asked for HTTP, HTTPS and MSSQL only.  What none of them decides is denied.

What is clear and what Azure may refuse all the same (a priority out of range, rules of two
kinds in one collection) is judged by what it says.
"""
import itertools
import json
import re

from .binding import prefix_range
from .names import NO_NAME, flow_name, look_alikes, below, exactly, test
from .nsg import no_twice, tag_test
from .points import (ADDRESS_LAST, IPV6, Refused, Space, Test, Unknown, address_text, intervals,
                     pick, unknown, word)

NUMBERS = {"tcp": (6, 6), "udp": (17, 17), "icmp": (1, 1)}
APPLICATIONS = ("http", "https", "mssql")
TCP = intervals("protocol", [(6, 6)])
PORTED = intervals("protocol", [(6, 6), (17, 17)])
NOT_PORTED = intervals("protocol", [(0, 5), (7, 16), (18, 255)])
ICMP_PORTS = unknown("ports of ICMP")
FAMILY = {side: intervals(side, [(0, IPV6 - 1)]) for side in ("source", "destination")}
ANYWHERE = (0, ADDRESS_LAST)
MAX_ORDERS = 120

TERRAFORM = {"source_addresses": "sourceAddresses", "source_ip_groups": "sourceIpGroups",
             "destination_addresses": "destinationAddresses",
             "destination_ip_groups": "destinationIpGroups", "destination_ports": "destinationPorts",
             "protocols": "protocols", "name": "name", "description": "description"}


class Reader:
    """Groups of collections of rules in the words of ARM"""

    def __init__(self, text):
        try:
            root = json.loads(text, object_pairs_hook=no_twice)
        except ValueError as error:
            raise Refused(f"no JSON: {error}") from None
        self.groups, self.ip_groups = [], {}
        for resource in root.get("resources", []):
            kind = resource["type"].lower()
            if kind == "microsoft.network/ipgroups":
                self.ip_groups[resource["name"]] = resource["properties"]["ipAddresses"]
            elif kind == "microsoft.network/firewallpolicies/rulecollectiongroups":
                self.groups.append(resource["properties"])
        for kind, resources in root.get("resource", {}).items():
            for label, resource in resources.items():
                if kind == "azurerm_ip_group":
                    self.ip_groups[label] = resource.get("cidrs", [])
                elif kind == "azurerm_firewall_policy_rule_collection_group":
                    self.groups.append(self.arm_group(resource))

    def arm_group(self, group):
        collections = []
        for key, kind in (("network_rule_collection", "NetworkRule"),
                          ("application_rule_collection", "ApplicationRule")):
            for collection in group.get(key, []):
                collections.append({
                    "name": collection["name"], "priority": collection["priority"],
                    "action": {"type": collection["action"]},
                    "rules": [self.arm_rule(rule, kind) for rule in collection["rule"]]})
        return {"priority": group["priority"], "ruleCollections": collections}

    @staticmethod
    def arm_rule(rule, kind):
        values = {arm: rule[key] for key, arm in TERRAFORM.items() if key in rule}
        values["ruleType"] = kind
        if any(isinstance(one, dict) != (kind == "ApplicationRule")
               for one in rule.get("protocols", [])):
            raise Refused("a rule of another kind")
        if kind == "NetworkRule":
            values["ipProtocols"] = values.pop("protocols", [])
            values["destinationFqdns"] = rule.get("destination_fqdns", [])
        else:
            values["protocols"] = [{"protocolType": one["type"], "port": one["port"]}
                                   for one in rule.get("protocols", [])]
            values["targetFqdns"] = rule.get("destination_fqdns", [])
        return values

    def ip_group(self, reference):
        """'[resourceId('…', 'NAME')]' or '${azurerm_ip_group.LABEL.id}'"""
        found = re.search(r"'([^']+)'\)\]$", reference) or \
            re.fullmatch(r"\$\{azurerm_ip_group\.([^.]+)\.id\}", reference)
        if not found or found.group(1) not in self.ip_groups:
            raise Refused(f"no IP group {reference}")
        return self.ip_groups[found.group(1)]


def priority_of(thing):
    priority = thing.get("priority")
    if not isinstance(priority, int):
        raise Refused(f"priority {priority}")
    return priority


class Rule:
    """Steps, each a list of tests of which one must hold"""

    def __init__(self, reader, values, binding):
        self.reader, self.values, self.binding = reader, values, binding
        self.id, self.name = values.get("description") or "", values.get("name", "")
        self.network = values["ruleType"] == "NetworkRule"
        self.steps = [self.addresses("source")]
        if self.network:
            self.steps += [self.addresses("destination"), *self.network_protocol()]
        else:
            self.steps += self.application()

    def addresses(self, side):
        values = list(self.values.get(side + "Addresses") or ())
        for reference in self.values.get(side + "IpGroups") or ():
            values += self.reader.ip_group(reference)
        hosts = self.values.get("destinationFqdns") or () if side == "destination" else ()
        if not values and not hosts:
            return [self.lacking(side)]
        tests, ranges = [self.host(host) for host in hosts], []
        for value in values:
            if value == "*":
                ranges.append(ANYWHERE)
            elif re.match(r"[A-Za-z][A-Za-z0-9]*(\.|$)", value) and ":" not in value:
                tests.append(tag_test(side, value, self.binding.tags))
            else:
                ranges.append(self.prefix(value))
        if ranges:
            tests.append(intervals(side, ranges))
        return tests

    def lacking(self, what):
        """Azure refuses a rule that names nothing there, or takes it for we do not know what"""
        return unknown(f"rule {self.name}, which has no {what}, matches {id(self)}")

    @staticmethod
    def prefix(value):
        try:
            low, high = prefix_range(value)
            if "/" in value and int(value.split("/")[1]) > (128 if ":" in value else 32):
                raise ValueError
        except ValueError:
            raise Refused(f"the address {value}") from None
        if low > high:
            raise Refused(f"the address {value}")
        return low, high

    def host(self, host):
        if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", host):
            raise Refused(f"the host {host}")
        known = self.binding.addresses_of(host)
        if known:
            return intervals("destination", known)
        return Test(f"? address of {host.lower()}", ("host",), lambda value: value, (True, False))

    def network_protocol(self):
        protocols = [str(value).lower() for value in self.values.get("ipProtocols") or ()]
        ports = [str(port) for port in self.values.get("destinationPorts") or ()]
        if not protocols or not ports:
            yield [self.lacking("service")]
            return
        if set(protocols) - {*NUMBERS, "any"}:
            raise Refused(f"protocols {protocols}")
        if "any" not in protocols:
            yield [intervals("protocol", [NUMBERS[protocol] for protocol in protocols])]
        if "*" in ports:
            return
        ranges = []
        for port in ports:
            found = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", port)
            low, high = (int(found.group(1)), int(found.group(2) or found.group(1))) \
                if found else (1, 0)
            if not 1 <= low <= high <= 65535:
                raise Refused(f"the port {port}")
            ranges.append((low, high))
        # "Any" with ports is TCP and UDP.  What ports of ICMP are is on no page.
        doubt = [ICMP_PORTS] if "icmp" in protocols else []
        yield [PORTED, *doubt]
        yield [intervals("dport", ranges), *([("pairs", [[NOT_PORTED, ICMP_PORTS]])] if doubt else [])]

    def application(self):
        protocols, names = self.values.get("protocols") or (), self.values.get("targetFqdns") or ()
        if not protocols or not names:
            yield [self.lacking("protocol or name")]
            return
        pairs = []
        for protocol in protocols:
            kind, port = str(protocol["protocolType"]).lower(), protocol["port"]
            if kind not in APPLICATIONS or not isinstance(port, int) or not 1 <= port <= 65535:
                raise Refused(f"the protocol {kind}:{port}")
            pairs.append([word("application", kind), intervals("dport", [(port, port)])])
        yield [("pairs", pairs)]
        yield [self.pattern(name.lower()) for name in names]
        if self.values.get("destinationAddresses"):
            yield self.addresses("destination")

    @staticmethod
    def pattern(name):
        if name == "*":
            return test("any", "", lambda value: True)
        if "*" in name[1:] or not re.fullmatch(r"[*a-z0-9_.-]+", name):
            raise Refused(f"the name {name}")
        if name.startswith("*."):
            return test("below", name[2:], below(name[2:]))
        if name.startswith("*"):
            return test("ends", name[1:], lambda value: value.endswith(name[1:]))
        return exactly(name)


class Collection:
    def __init__(self, reader, values, binding):
        self.action = values["action"]["type"].lower()
        if self.action not in ("allow", "deny"):
            raise Refused(f"the action {self.action}")
        self.rules = [Rule(reader, rule, binding) for rule in values["rules"]]


class Ruleset:
    """All orders in which the collections may be asked: which of two with one priority is
    first is written nowhere"""

    def __init__(self, text, binding):
        reader, places = Reader(text), {}
        for group in reader.groups:
            for values in group.get("ruleCollections", []):
                place = priority_of(group), priority_of(values)
                places.setdefault(place, []).append(Collection(reader, values, binding))
        ties = [itertools.permutations(tie) for _, tie in sorted(places.items())]
        self.orders = [[collection for tie in order for collection in tie]
                       for order in itertools.islice(itertools.product(*ties), MAX_ORDERS + 1)]
        if len(self.orders) > MAX_ORDERS:
            raise Unknown("many collections of one priority")

    def tests(self):
        for collection in self.orders[0]:
            for rule in collection.rules:
                for step in rule.steps:
                    for one in step:
                        if isinstance(one, tuple):
                            for pair in one[1]:
                                yield from pair
                        else:
                            yield one


class Run:
    def __init__(self, order, space):
        self.space, self.by_id = space, {}
        self.network, live = self.tried(order, space.everything, True)
        application = space.everything & ~space.mask(word("application", "none"))
        self.application, _ = self.tried(order, live & space.mask(TCP) & application, False)
        self.allowed = self.network | self.application

    def tried(self, order, live, network):
        """What the rules of one kind allow, and what they leave undecided"""
        allowed = 0
        for collection in order:
            for rule in collection.rules:
                if rule.network != network:
                    continue
                here = live & self.matches(rule)
                live &= ~here
                if collection.action == "allow":
                    allowed |= here
                    self.by_id[rule.id] = self.by_id.get(rule.id, 0) | here
        return allowed, live

    def matches(self, rule):
        matched = self.space.everything
        for step in rule.steps:
            found = 0
            for one in step:
                if isinstance(one, tuple):
                    for kind, port in one[1]:
                        found |= self.space.mask(kind) & self.space.mask(port)
                else:
                    found |= self.space.mask(one)
            matched &= found
        return matched


ALWAYS = {"protocol": [0, 1, 6, 17, 47, 132], "dport": [1, 53, 80, 443], "source": [0, IPV6],
          "destination": [0, IPV6], "application": ["none", *APPLICATIONS],
          "name": [NO_NAME, *look_alikes("contoso.azurecr.io")]}
BOUNDS = {"source": ANYWHERE, "destination": ANYWHERE, "protocol": (0, 255), "dport": (0, 65535)}


class Judge:
    """Says of mutants whether they still do what the original does, to governed clients

    A name must be let through where its flow is bound to an address, at every address when
    nobody knows any; at other addresses it may be.
    """

    lacks = False

    def __init__(self, text, binding):
        self.binding, self.original = binding, Ruleset(text, binding)
        self.clients = intervals("source", binding.sources)
        self.named = [(flow_name(flow.name), intervals("destination", flow.addresses or [ANYWHERE]))
                      for flow in binding.flows if "." in flow.name and " " not in flow.name]
        self.tagged = [(flow.rule, intervals("destination", flow.addresses),
                        intervals("dport", flow.ports)) for flow in binding.flows
                       if flow.addresses and flow.tags and binding.tags is not None and
                       all(tag.lower() in binding.tags for tag in flow.tags)]

    def judge(self, text):
        mutant = Ruleset(text, self.binding)
        flows = [one for some in self.named + self.tagged for one in some if isinstance(one, Test)]
        space = Space([*self.original.tests(), *mutant.tests(), self.clients, TCP, PORTED,
                       word("application", "none"), word("name", NO_NAME), *FAMILY.values(), *flows],
                      ALWAYS, BOUNDS)
        was = Run(self.original.orders[0], space)
        mixed = space.mask(FAMILY["source"]) ^ space.mask(FAMILY["destination"])
        # A name is read from HTTP or TLS only, and these run over TCP.
        named = space.everything & ~space.mask(word("name", NO_NAME))
        spoken = space.everything & ~space.mask(word("application", "none"))
        valid = space.mask(FAMILY["source"]) & ~mixed  # a firewall sees IPv4 only
        valid &= ~(named & ~spoken) & ~(spoken & ~space.mask(TCP))
        # Under "keep" nothing may be opened that is not asked for, whoever sends it.
        governed = valid & (space.mask(self.clients) if self.binding.deny else space.everything)
        must = (was.network & ~self.spare(space, was) | was.application & self.wanted(space)) & governed
        for order in mutant.orders:
            now = Run(order, space)
            wrong = must & ~now.allowed | governed & ~was.allowed & now.allowed
            if wrong:
                return self.describe(space, pick(wrong), was, now)
        return None

    def wanted(self, space):
        wanted = 0
        for name, to in self.named:
            wanted |= space.mask(name) & space.mask(to)
        return wanted

    def spare(self, space, was):
        """What tags let through beyond the addresses that their flows are bound to"""
        spare = 0
        for rule in {rule for rule, *_ in self.tagged}:
            wanted = 0
            for name, to, ports in self.tagged:
                if name == rule:
                    wanted |= space.mask(to) & space.mask(ports)
            spare |= was.by_id.get("postern:" + rule, 0) & ~wanted
        return spare

    @staticmethod
    def describe(space, index, was, now):
        point, bit = space.point(index), 1 << index
        for axis in ("source", "destination"):
            point[axis] = address_text(point[axis])
        packet = " ".join(f"{axis}={value}" for axis, value in sorted(point.items()))
        said = ["allowed" if run.allowed & bit else "denied" for run in (was, now)]
        return f"{packet}: was {said[0]}, is {said[1]}"
