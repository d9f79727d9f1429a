"""squid - What http_access of a squid.conf does to requests

Written from squid.conf.documented of squid 5.7 (Debian 12) and from what that program does
(each "seen" below was tried against it): names of ACLs and of methods have no case, actions
have; an ACL that overlaps itself loses the later entry; "dstdomain" without "-n" looks the
address of a raw-IP request up in the DNS backwards, and compares "none" where it finds
nothing; one "-n" serves all lines of an ACL.

A request names a host or an address.  The destination is the address itself, or one that the
host has.
"""
import ipaddress
import re

from .names import NO_NAME, flow_name, look_alikes, test
from .points import (ADDRESS_LAST, IPV6, Refused, Space, Test, Unknown, address_text, intervals,
                     pick)

METHODS = ["CONNECT", "GET", "HEAD", "POST", "PUT"]
ANYWHERE = (0, ADDRESS_LAST)
MAPPED = 0xffff << 32
LOOPBACK = [(MAPPED + 0x7f000000, MAPPED + 0x7fffffff), (1, 1)]
TO_LOCALHOST = LOOPBACK + [(MAPPED, MAPPED), (0, 0)]  # 127/8, 0.0.0.0, ::1, :: (src/cf.data.pre)
NAMED = Test("name", ("some",), lambda name: name != NO_NAME)
FAMILY = {side: intervals(side, [(0, IPV6 - 1)]) for side in ("source", "destination")}
MAX_NAME = 63  # longer names of ACLs are FATAL in 5.x
MAX_LINE = 8191  # the rest of a longer line is another line
IGNORED = {"cache", "visible_hostname", "access_log", "cache_log", "logformat", "via",
           "forwarded_for", "shutdown_lifetime", "coredump_dir", "pid_filename", "hosts_file",
           "dns_nameservers", "forward_max_tries", "connect_timeout", "cache_mem", "error_directory",
           "append_domain", "dns_v4_first", "httpd_suppress_version_string", "netdb_filename",
           "cache_effective_user", "pinger_enable", "memory_pools", "refresh_pattern",
           "positive_dns_ttl", "negative_dns_ttl", "client_persistent_connections", "icp_port",
           "htcp_port", "snmp_port", "cache_store_log", "logfile_rotate", "buffered_logs",
           "strip_query_terms", "request_header_access", "reply_header_access", "max_filedescriptors",
           "host_verify_strict", "tcp_outgoing_address", "unique_hostname", "uri_whitespace"}


class Acl:
    def __init__(self, kind):
        self.kind, self.entries, self.no_lookup = kind, [], False


def prefix(text):
    """The numbers of a src or dst entry; as in squid an IPv4 address is ::ffff:a.b.c.d"""
    if text in ("all", "0/0", "0.0.0.0/0", "0.0.0.0-255.255.255.255"):
        return 0, (1 << 128) - 1
    if re.fullmatch("[0-9]+", text) and int(text) < 1 << 32:
        return MAPPED + int(text), MAPPED + int(text)  # as getaddrinfo() reads it
    try:
        if "-" in text:
            low, high = (mapped(ipaddress.ip_address(part)) for part in text.split("-"))
            if low > high:
                raise Refused(f"the range {text}")
            return low, high
        network = ipaddress.ip_network(text, strict=False)
        if network.prefixlen == 0:
            # A mask of no bits masks nothing: "::/0" is "::" and nothing else (seen in 5.7).
            network = ipaddress.ip_network(text.split("/")[0])
    except ValueError:
        raise Refused(f"'{text}' is no address and no name that resolves") from None
    return mapped(network[0]), mapped(network[-1])


def mapped(address):
    return int(address) + (MAPPED if address.version == 4 else 0)


def on_axis(ranges):
    """An axis has IPv4 in front of IPv6, not within it"""
    for low, high in ranges:
        yield IPV6 + low, IPV6 + high
        first, last = max(low, MAPPED), min(high, MAPPED + (1 << 32) - 1)
        if first <= last:
            yield first - MAPPED, last - MAPPED


class Ruleset:
    def __init__(self, text):
        self.acls, self.access, self.listens = {}, [], False
        for name, kind, ranges in (("all", "src", [(0, (1 << 128) - 1)]), ("localhost", "src", LOOPBACK),
                                   ("to_localhost", "dst", TO_LOCALHOST),
                                   ("CONNECT", "method", ["CONNECT"])):
            acl = self.acls[name.lower()] = Acl(kind)
            acl.entries = list(ranges)
        self.acls["manager"] = Acl("manager")
        id_ = ""
        for line in self.lines(text):
            if line.startswith("#"):
                id_ = line[1:].strip() if line[1:].strip().startswith("postern:") else id_
                continue
            words = line.split()
            if words[0] == "acl":
                self.acl(words[1:])
            elif words[0] == "http_access":
                self.rule(words[1:], id_)
                id_ = ""
            elif words[0] in ("http_port", "https_port"):
                self.listens = True
            elif words[0] in ("include", "if", "else", "endif", "cache_peer", "never_direct",
                              "miss_access", "adapted_http_access", "url_rewrite_program"):
                raise Unknown(words[0])
            elif words[0] not in IGNORED:
                raise Refused(f"the directive {words[0]}")

    @staticmethod
    def lines(text):
        continued = ""
        for line in text.replace("\r\n", "\n").split("\n"):
            if len(line) > MAX_LINE:
                raise Unknown("a long line")
            if continued and line.startswith("#"):
                continue
            line = continued + line
            continued = ""
            if line.endswith("\\"):
                continued = line[:-1]
            elif line.strip():
                yield line.strip() if line.strip().startswith("#") else \
                    re.sub(r"\s#.*", "", line).strip()

    def acl(self, words):
        if len(words) < 2:
            raise Refused("an acl without a type")
        name, kind, values = words[0].lower(), words[1], words[2:]
        if len(name) > MAX_NAME or kind not in ("src", "dst", "dstdomain", "port", "method"):
            raise Refused(f"acl {name} {kind}")
        acl = self.acls.setdefault(name, Acl(kind))
        if acl.kind != kind:
            raise Refused(f"acl {name} is of type {acl.kind}")
        while values and values[0].startswith("-"):
            flag = values.pop(0)
            if flag != "-n" or kind not in ("dst", "dstdomain"):
                raise Refused(f"the option {flag}")
            acl.no_lookup = True
        for value in values:
            self.entry(acl, value)

    def entry(self, acl, value):
        if acl.kind in ("src", "dst"):
            low, high = prefix(value)
            # What overlaps an earlier entry is thrown away: seen in 5.7.
            if not any(low <= last and first <= high for first, last in acl.entries):
                acl.entries.append((low, high))
        elif acl.kind == "port":
            found = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", value)
            low, high = (int(found.group(1)), int(found.group(2) or found.group(1))) \
                if found else (1, 0)
            if low > high or high > 65535:
                raise Refused(f"the port {value}")
            acl.entries.append((low, high))
        elif acl.kind == "method":
            acl.entries.append(value.upper())
        else:
            self.domain(acl, value.lower())

    @staticmethod
    def domain(acl, value):
        for other in acl.entries:
            if other == value:
                return
            if other.startswith(".") and (value.endswith(other) or value == other[1:]) or \
                    value.startswith(".") and (other.endswith(value) or other == value[1:]):
                # ".x" and then "a.x": the later is ignored; in every other way FATAL
                if other.startswith(".") and value != other[1:] and len(value) > len(other):
                    return
                raise Refused(f"the domains {other} and {value}")
        acl.entries.append(value)

    def rule(self, words, id_):
        if not words or words[0] not in ("allow", "deny"):
            return  # an ERROR in the log, and the rule is dropped: seen
        conditions = []
        for name in words[1:]:
            negated = name.startswith("!")
            acl = self.acls.get(name.lstrip("!").lower())
            if not acl:
                raise Refused(f"acl {name} is not defined")
            conditions.append((negated, acl))
        if conditions:  # without any it is dropped, too
            self.access.append((words[0], conditions, id_))

    def steps(self, acl):
        """(tests of which one must hold, tests that must hold besides)"""
        if acl.kind in ("src", "dst"):
            side = "source" if acl.kind == "src" else "destination"
            tests = [intervals(side, on_axis(acl.entries))] if acl.entries else []
            return tests, acl.kind == "dst" and acl.no_lookup
        if acl.kind == "port":
            return ([intervals("dport", acl.entries)] if acl.entries else []), False
        if acl.kind == "method":
            return [Test("method", ("is", entry), lambda value, entry=entry: value == entry, (entry,))
                    for entry in acl.entries], False
        if acl.kind == "manager":  # requests for squid's own pages, by another scheme
            return [], False
        tests = [domain_test(entry) for entry in acl.entries]
        if not acl.no_lookup:
            # Of a raw address the name is asked for; who answers may say any name.
            tests += [Test("? the address leads back to " + entry, ("reverse",),
                           lambda value: value, (True, False)) for entry in acl.entries]
        return tests, False

    def tests(self):
        yield NAMED
        for _, conditions, _ in self.access:
            for _, acl in conditions:
                yield from self.steps(acl)[0]


def domain_test(entry):
    """".x" is x and all below it; what cannot be the end of a host never matches"""
    if entry.startswith("."):
        return test("under", entry, lambda name: name == entry[1:] or name.endswith(entry))
    return test("is", entry, lambda name: name == entry)


class Run:
    def __init__(self, ruleset, space):
        self.space, self.allowed, self.refused = space, 0, 0
        live = space.everything
        for action, conditions, _ in ruleset.access:
            here = live
            for negated, acl in conditions:
                matched = self.matches(ruleset, acl)
                here &= ~matched if negated else matched
            live &= ~here
            if action == "allow":
                self.allowed |= here
            else:
                self.refused |= here
        if ruleset.listens:  # no part of another file: the opposite of the last line
            if ruleset.access and ruleset.access[-1][0] == "deny":
                self.allowed |= live
            else:
                self.refused |= live

    def matches(self, ruleset, acl):
        tests, addresses_only = ruleset.steps(acl)
        named, found = self.space.mask(NAMED), 0
        for one in tests:
            mask = self.space.mask(one)
            if one.axis.startswith("? the address leads back"):
                mask &= ~named
            found |= mask
        return found & ~named if addresses_only else found


ALWAYS = {"source": [0, IPV6], "destination": [0, IPV6], "dport": [80, 443], "method": METHODS,
          "name": [NO_NAME, *look_alikes("contoso.azurecr.io")]}
BOUNDS = {"source": ANYWHERE, "destination": ANYWHERE, "dport": (0, 65535)}


class Judge:
    """Says of mutants whether they still do what the original does, to governed clients

    A host must be let through where its flow is bound to an address, at every address when
    nobody knows any; at other addresses it may be.
    """

    lacks = False

    def __init__(self, text, binding):
        self.binding, self.original = binding, Ruleset(text)
        self.clients = intervals("source", binding.sources)
        self.named = [(flow_name(flow.name), intervals("destination", flow.addresses or [ANYWHERE]))
                      for flow in binding.flows]

    def judge(self, text):
        mutant = Ruleset(text)
        flows = [one for some in self.named for one in some]
        space = Space([*self.original.tests(), *mutant.tests(), self.clients, *FAMILY.values(),
                       *flows], ALWAYS, BOUNDS)
        was, now = Run(self.original, space), Run(mutant, space)
        governed = space.mask(self.clients) if self.binding.deny else space.everything
        wanted = 0
        for name, to in self.named:
            wanted |= space.mask(name) & space.mask(to)
        must = governed & was.allowed & wanted
        wrong = must & now.refused | governed & was.refused & ~now.refused
        if not self.binding.deny:
            # What is asked for is opened, and everything else is left to the lines behind.
            wrong |= must & ~now.allowed | governed & ~was.allowed & (was.refused ^ now.refused |
                                                                     now.allowed)
        return self.describe(space, pick(wrong), was, now) if wrong else None

    @staticmethod
    def describe(space, index, was, now):
        point, bit = space.point(index), 1 << index
        for axis in ("source", "destination"):
            point[axis] = address_text(point[axis])

        def said(run):
            return "denied" if run.refused & bit else "allowed" if run.allowed & bit else "undecided"

        request = " ".join(f"{axis}={value}" for axis, value in sorted(point.items()))
        return f"{request}: was {said(was)}, is {said(now)}"
