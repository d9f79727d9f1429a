"""nft - What an nftables text does to packets

Written from nft(8) and from what nft 1.0.6 and the kernel do: "nft --debug=netlink" shows
which tests nft puts in front of others ("tcp dport" asks for protocol 6, "icmpv6 type" for
IPv6 and protocol 58, "reject with tcp reset" for protocol 6 at the begin of the rule), and
which texts it does not take.  The text is loaded into a kernel that has no rules but what
the text flushes.
"""
import ipaddress
import re

from .points import (ADDRESS_LAST, Either, IPV6, Refused, Space, Test, Unknown, address_text, intervals,
                     masked, pick, unknown, word)

TOKEN = re.compile(r'"[^"\n]*"|==|!=|<=|>=|[{}(),;=&|<>!\n]|[^\s{}(),;=&|<>!"#]+|#[^\n]*|[ \t]+')
PROTOCOLS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "dccp": 33, "gre": 47, "esp": 50,
             "ah": 51, "ipv6-icmp": 58, "icmpv6": 58, "sctp": 132, "udplite": 136}
PORTED = {"tcp": 6, "udp": 17, "dccp": 33, "sctp": 132, "udplite": 136, "th": None}
STATES = ["invalid", "established", "related", "new", "untracked"]
FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128}
PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50,
              "srcnat": 100}
ICMP_TYPES = {"echo-reply": 0, "destination-unreachable": 3, "echo-request": 8}
CONNTRACK = -200  # NF_IP_PRI_CONNTRACK: in front of it every packet is invalid
MAX_JUMPS = 16  # NFT_JUMP_STACK_SIZE
HOOKS = {"filter": {"prerouting", "input", "forward", "output", "postrouting"},
         "nat": {"prerouting", "input", "output", "postrouting"}, "route": {"output"}}

TCP = intervals("protocol", [(6, 6)])
NEW, RELATED = word("state", "new"), word("state", "related")
FIRST = unknown("first packet of a related connection")
FAMILIES = {4: intervals("source", [(0, IPV6 - 1)]), 6: intervals("source", [(IPV6, ADDRESS_LAST)])}
TO_FAMILIES = {4: intervals("destination", [(0, IPV6 - 1)]),
               6: intervals("destination", [(IPV6, ADDRESS_LAST)])}
OPENER = masked("flags", 18, 2)


class Words:
    """The tokens of a text, one line after the other"""

    def __init__(self, text):
        self.tokens, at = [], 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise Refused(f"'{text[at]}' is no token")
            at = found.end()
            if found.group().strip(" \t") and not found.group().startswith("#"):
                self.tokens.append(found.group())
        self.at = 0

    def now(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def take(self, *wanted):
        if self.now() in wanted:
            return self.next()
        return None

    def need(self, wanted):
        if not self.take(wanted):
            raise Refused(f"'{self.now()}' where '{wanted}' is expected")

    def skip_ends(self):
        while self.take("\n", ";"):
            pass


class Rule:
    """Steps, each a list of tests of which one must hold, or a mark that is set"""

    def __init__(self):
        self.steps, self.verdict, self.target, self.comment = [], None, None, ""
        self.family = self.protocol = self.header = None


class Chain:
    def __init__(self):
        self.kind = self.hook = self.policy = None
        self.priority, self.rules = 0, []


class Table:
    def __init__(self, family, name):
        self.family, self.name, self.sets, self.chains = family, name, {}, {}


class Set:
    """A set; leads: the name whose addresses others fill in, and whether they expire"""

    def __init__(self, kind, interval):
        self.kind, self.interval, self.ranges = kind, interval, []
        self.leads, self.emptied = None, False

    def add(self, ranges):
        ranges = sorted({*self.ranges, *ranges})  # the same twice is no conflict
        for at, (low, high) in enumerate(ranges):
            if low != high and not self.interval:
                raise Refused("an interval in a set without 'flags interval'")
            if at and low <= ranges[at - 1][1]:
                raise Refused("conflicting intervals")
        self.ranges = ranges


# -- values -----------------------------------------------------------------------------


def number(text, last, names=None):
    if names and text in names:
        return names[text]
    try:
        value = int(text, 0) if not re.fullmatch("0[0-9]+", text) else int(text)
    except ValueError:
        raise Refused(f"'{text}' is no number") from None
    if not 0 <= value <= last:
        raise Refused(f"{text} is out of range")
    return value


def split_range(text, value):
    """'a-b' or 'a'; names may have a '-' themselves"""
    try:
        return value(text), value(text)
    except Refused:
        if "-" not in text:
            raise
    low, high = (value(part) for part in text.split("-", 1))
    if high < low:
        raise Refused(f"'{text}' has no values")
    return low, high


def addresses(text, family):
    """The first and last number of an address, a prefix or a range"""
    base = IPV6 if family == 6 else 0
    kind = ipaddress.IPv6Address if family == 6 else ipaddress.IPv4Address
    network = ipaddress.IPv6Network if family == 6 else ipaddress.IPv4Network
    try:
        if "/" in text:
            prefix = network(text)  # host bits would be an Unknown: nobody makes such mutants
            return base + int(prefix[0]), base + int(prefix[-1])
        parts = [base + int(kind(part)) for part in text.split("-", 1)]
    except ValueError as error:
        if "host bits" in str(error):
            raise Unknown(str(error)) from None
        raise Refused(f"'{text}' is no address") from None
    if parts[-1] < parts[0]:
        raise Refused(f"'{text}' has no values")
    return parts[0], parts[-1]


# -- the parser -------------------------------------------------------------------------


class Parser:
    def __init__(self, text):
        self.words, self.tables, self.lacks = Words(text), {}, False
        words = self.words
        words.skip_ends()
        while words.now():
            self.command()
            words.skip_ends()

    def command(self):
        words = self.words
        if words.take("table"):
            self.table()
        elif words.take("flush"):
            self.flush()
        else:
            raise Refused(f"'{words.now()}' is no command")

    def flush(self):
        """What the text itself has not made is not there, or is somebody else's"""
        words = self.words
        kind, family, name = words.next(), words.next(), words.next()
        table = self.tables.get((family, name), Table(family, name))
        self.lacks = self.lacks or (family, name) not in self.tables
        if kind == "table":
            for chain in table.chains.values():
                chain.rules = []
        elif kind == "set":
            name = words.next()
            self.lacks = self.lacks or name not in table.sets
            if name in table.sets:
                table.sets[name].ranges, table.sets[name].emptied = [], True
        else:
            raise Refused(f"'flush {kind}'")

    def table(self):
        words, family = self.words, "ip"
        if words.now() in ("ip", "ip6", "inet", "arp", "bridge", "netdev"):
            family = words.next()
        if family not in ("ip", "ip6", "inet"):
            raise Unknown(f"family {family}")
        name = words.next()
        table = self.tables.setdefault((family, name), Table(family, name))
        words.need("{")
        words.skip_ends()
        while not words.take("}"):
            kind, name = words.next(), words.next()
            words.need("{")
            if kind == "set":
                self.set(table, name)
            elif kind == "chain":
                self.chain(table, name)
            else:
                raise Refused(f"'{kind}' in a table")
            # "}" of a chain or set, and then a new line or ";"
            if words.now() not in ("\n", ";"):
                raise Refused(f"'{words.now()}' behind '}}'")
            words.skip_ends()
        if words.now() not in ("\n", ";", ""):
            raise Refused(f"'{words.now()}' behind '}}'")

    def set(self, table, name):
        words, kind, interval, elements = self.words, None, False, None
        host, fades = None, False
        words.skip_ends()
        while not words.take("}"):
            key = words.next()
            if key == "type":
                kind = words.next()
            elif key == "flags":
                flag = words.next()
                if flag not in ("interval", "timeout"):
                    raise Unknown("flags of a set")
                interval = interval or flag == "interval"
            elif key in ("timeout", "size"):
                fades = fades or key == "timeout"
                if not re.fullmatch("([0-9]+[dhms])+" if key == "timeout" else "[0-9]+", words.next()):
                    raise Refused(f"{key} of a set")
            elif key == "comment":
                comment = words.next().strip('"')
                if comment.startswith("postern:") and len(comment) > 8:
                    host = comment[8:]
            elif key == "elements":
                words.need("=")
                elements = self.braces()
            else:
                raise Refused(f"'{key}' in a set")
            if words.now() not in ("\n", ";", "}"):
                raise Refused(f"'{words.now()}' in a set")
            words.skip_ends()
        if kind not in ("ipv4_addr", "ipv6_addr"):
            raise Unknown(f"type {kind}")
        known = table.sets.setdefault(name, Set(kind, interval))
        if known.kind != kind or known.interval != interval:
            raise Refused(f"set '{name}' is another already")
        family = 6 if kind == "ipv6_addr" else 4
        known.add([addresses(element, family) for element in elements or ()])
        if host:
            known.leads = f"{host}, {'unchecked' if fades else 'checked'}"

    def braces(self):
        """'{ a, b-c, }' as words"""
        words, values = self.words, []
        words.need("{")
        while True:  # one new line is taken between two things, no more
            words.take("\n")
            if words.take("}"):
                break
            value = words.next()
            if value in ("{", ",", ";", "\n", ""):
                raise Refused(f"'{value}' in a list")
            values.append(value)
            words.take("\n")
            if words.now() != "}":
                words.need(",")
        if not values:
            raise Refused("an empty list")
        return values

    def chain(self, table, name):
        words = self.words
        chain = table.chains.setdefault(name, Chain())
        words.skip_ends()
        while not words.take("}"):
            if words.take("type"):
                self.hook(chain)
            elif words.take("policy"):
                chain.policy = words.next()
                if chain.policy not in ("accept", "drop"):
                    raise Refused(f"policy {chain.policy}")
            else:
                chain.rules.append(RuleParser(words, table, self).rule)
            if words.now() not in ("\n", ";", "}"):
                raise Refused(f"'{words.now()}' behind a rule")
            words.skip_ends()

    def hook(self, chain):
        words = self.words
        kind = words.next()
        words.need("hook")
        hook = words.next()
        words.need("priority")
        text = words.next()
        if kind not in HOOKS or hook not in HOOKS[kind]:
            raise Refused(f"no type {kind} on hook {hook}")
        priority = PRIORITIES[text] if text in PRIORITIES else None
        if priority is None:
            if not re.fullmatch("-?[0-9]+", text):
                raise Refused(f"priority {text}")
            priority = int(text)
        if kind == "nat" and priority <= CONNTRACK:
            raise Refused("type nat in front of connection tracking")
        if chain.hook and (chain.kind, chain.hook, chain.priority) != (kind, hook, priority):
            raise Refused("the chain is another already")
        chain.kind, chain.hook, chain.priority = kind, hook, priority


class RuleParser:
    """One rule: from the first word to the end of the line"""

    def __init__(self, words, table, parser):
        self.words, self.table, self.parser, self.rule = words, table, parser, Rule()
        if table.family != "inet":
            self.rule.family = 4 if table.family == "ip" else 6
        while words.now() not in ("\n", ";", "}", ""):
            if words.take("comment"):
                self.rule.comment = words.next().strip('"')
                if len(self.rule.comment.encode()) > 128:
                    raise Refused("a comment of more than 128 bytes")
            elif self.rule.verdict:
                raise Refused("a statement behind the last")
            else:
                self.statement()

    def statement(self):
        words = self.words
        token = words.next()
        if token in ("accept", "drop", "return", "continue"):
            self.rule.verdict = token if token != "continue" else None
        elif token in ("jump", "goto"):
            self.rule.verdict, self.rule.target = token, words.next()
        elif token == "counter":
            if words.take("packets"):
                words.next(), words.need("bytes"), words.next()
        elif token == "log":
            while words.now() in ("prefix", "level", "group"):
                words.next(), words.next()
        elif token == "limit":
            self.limit()
        elif token == "reject":
            self.reject()
        elif token == "meta" and words.tokens[words.at:words.at + 2] == ["mark", "set"]:
            words.at += 2
            self.rule.steps.append(("mark", number(words.next(), 0xffffffff)))
        else:
            self.match(token)

    def limit(self):
        words, begin = self.words, self.words.at
        words.need("rate")
        words.take("over")
        if not re.fullmatch("[0-9]+/(second|minute|hour|day)", words.next()):
            raise Refused("a rate")
        if words.take("burst"):
            number(words.next(), 0xffffffff)
            words.need("packets")
        # A bucket is filled and emptied by packets that came before: not known.
        self.add([unknown("limit " + " ".join(words.tokens[begin:words.at]))])

    def reject(self):
        words, rule = self.words, self.rule
        rule.verdict = "reject"
        if not words.take("with"):
            return
        kind = words.next()
        if kind == "tcp":
            words.need("reset")
            if rule.protocol not in (None, 6) or rule.protocol is None and rule.header == "several":
                raise Refused("tcp reset with this protocol")
            rule.steps.insert(0, [TCP])
            return
        if kind not in ("icmp", "icmpv6", "icmpx"):
            raise Refused(f"reject with {kind}")
        if kind == "icmpx" and self.table.family != "inet":
            raise Refused("icmpx where there is one family")
        if kind != "icmpx":
            family = 4 if kind == "icmp" else 6
            if rule.family not in (None, family):
                raise Refused("another family")
            rule.steps.insert(0, [FAMILIES[family]])
        words.take("type")
        words.next()

    # -- tests --

    def add(self, tests, negated=False):
        self.rule.steps.append(("not", tests) if negated else tests)

    def want_family(self, family):
        if self.rule.family not in (None, family):
            raise Refused("conflicting protocols: ip and ip6")
        if self.rule.family is None:
            self.rule.steps.append([FAMILIES[family]])
        self.rule.family = family

    def want_protocol(self, protocol, header):
        if self.rule.protocol not in (None, protocol):
            raise Refused("conflicting protocols")
        if self.rule.protocol is None:
            self.rule.steps.append([intervals("protocol", [(protocol, protocol)])])
        self.rule.protocol, self.rule.header = protocol, header

    def operator(self):
        operator = self.words.take("==", "!=", "<", ">", "<=", ">=")
        if operator in ("<", ">", "<=", ">="):
            raise Unknown("an operator")
        return operator == "!="

    def values(self, value):
        """Ranges of the right side, and whether it is one value"""
        if self.words.now() == "{":
            ranges = [split_range(text, value) for text in self.parser.braces()]
            return ranges, len(ranges) == 1 and ranges[0][0] == ranges[0][1]
        text = self.words.next()
        if not text or text in "\n;{}":
            raise Refused("a value is missing")
        low, high = split_range(text, value)
        return [(low, high)], low == high

    def match(self, token):
        words = self.words
        if token == "meta":
            token = words.next()
            if token not in ("l4proto", "nfproto", "iifname", "oifname"):
                raise Refused(f"meta {token}")
        if token in ("ip", "ip6"):
            self.match_ip(token)
        elif token in PORTED:
            self.match_transport(token)
        elif token in ("icmp", "icmpv6"):
            self.match_icmp(token)
        elif token == "ct":
            self.match_state()
        elif token == "l4proto":
            self.match_protocol()
        elif token == "nfproto":
            self.match_family()
        elif token in ("iifname", "oifname"):
            self.match_interface("in" if token == "iifname" else "out")
        else:
            raise Refused(f"'{token}' is no statement")

    def match_ip(self, token):
        words, family = self.words, 6 if token == "ip6" else 4
        field = words.next()
        if field not in ("saddr", "daddr"):
            raise Unknown(f"{token} {field}")
        axis = "source" if field == "saddr" else "destination"
        self.want_family(family)
        negated = self.operator()
        if words.now().startswith("@"):
            name = words.next()[1:]
            used = self.table.sets.get(name)
            if not used or used.kind != ("ipv6_addr" if family == 6 else "ipv4_addr"):
                raise Refused(f"set '{name}'")
            # What the set holds is known when all of the text has been read.
            tests = [(axis, used)]
            if used.leads and not used.emptied:
                tests.append(unknown(f"{axis} is where {used.leads} leads"))
            self.add(tests, negated)
            return
        if words.now() == "{":
            ranges = [addresses(text, family) for text in self.parser.braces()]
        else:
            ranges = [addresses(words.next(), family)]
        self.add([intervals(axis, ranges)], negated)

    def match_transport(self, token):
        words = self.words
        field = words.next()
        if PORTED[token] is not None:
            self.want_protocol(PORTED[token], token)
        elif self.rule.header is None and self.rule.protocol is None:
            self.rule.header = token
        if field in ("dport", "sport"):
            negated = self.operator()
            ranges, _ = self.values(lambda text: number(text, 65535, {"https": 443, "http": 80,
                                                                     "domain": 53}))
            self.add([intervals(field, ranges)], negated)
        elif token == "tcp" and field == "flags":
            self.match_flags()
        else:
            raise Refused(f"{token} {field}")

    def flag_list(self):
        """'syn', '(syn | ack)', 'syn | ack'"""
        words, value = self.words, 0
        inside = words.take("(")
        while True:
            flag = words.next()
            if flag not in FLAGS:
                raise Refused(f"tcp flag '{flag}'")
            value |= FLAGS[flag]
            if not words.take("|"):
                break
        if inside:
            words.need(")")
        return value

    def match_flags(self):
        words = self.words
        if words.take("&"):
            mask = self.flag_list()
            negated = words.next()
            if negated not in ("==", "!="):
                raise Refused("tcp flags")
            self.add([masked("flags", mask, self.flag_list())], negated == "!=")
            return
        if words.now() in ("==", "!="):
            raise Unknown("tcp flags without a mask")
        value = self.flag_list()
        # One of the flags is set: a test of bits.
        self.add([masked("flags", value, 0)], True)

    def match_icmp(self, token):
        family = 6 if token == "icmpv6" else 4
        if self.words.next() != "type":
            raise Unknown(token)
        if self.rule.protocol not in (None, PROTOCOLS[token]):
            raise Refused("conflicting protocols")
        # nft asks for the family where none is known, and takes a wrong one as it is.
        if self.rule.family is None:
            self.want_family(family)
        self.want_protocol(PROTOCOLS[token], token)
        negated = self.operator()
        ranges, _ = self.values(lambda text: number(text, 255, ICMP_TYPES))
        self.add([intervals("icmp", ranges)], negated)

    def match_state(self):
        words = self.words
        if words.next() != "state":
            raise Refused("ct")
        negated = self.operator()
        states = self.parser.braces() if words.now() == "{" else [words.next()]
        while words.take(","):
            states.append(words.next())
        if negated and len(states) > 1:
            raise Unknown("ct state != with a list")
        if set(states) - set(STATES):
            raise Refused("a state")
        self.add([word("state", state) for state in states], negated)

    def match_protocol(self):
        negated = self.operator()
        ranges, single = self.values(lambda text: number(text, 255, PROTOCOLS))
        self.add([intervals("protocol", ranges)], negated)
        if len(ranges) > 1 and self.rule.protocol is None:
            self.rule.header = "several"  # to nft no protocol, and not none either
        if single and not negated:  # whatever was known before
            self.rule.protocol = ranges[0][0]

    def match_family(self):
        if self.table.family != "inet":
            raise Refused("nfproto where there is one family")
        negated = self.operator()
        family = {"ipv4": 4, "ipv6": 6}.get(self.words.next())
        if not family:
            raise Refused("nfproto")
        if negated:
            self.add([FAMILIES[10 - family]])
        else:
            self.add([FAMILIES[family]])
            self.rule.family = family

    def match_interface(self, axis):
        negated = self.operator()
        name = self.words.next().strip('"')
        if not 1 <= len(name) <= 15:
            raise Refused("an interface")
        if name.endswith("*"):
            stem = name[:-1]
            test = Test(axis, ("stem", stem), lambda value: value.startswith(stem),
                        (stem + "0", stem[:-1] + "\x7f"))
        else:
            test = word(axis, name)
        self.add([test], negated)


# -- what it does -----------------------------------------------------------------------


class Run:
    """All packets of a space on their way over one hook"""

    def __init__(self, ruleset, hook, space, mark):
        self.space, self.mark = space, mark
        nothing = 0
        self.refused = self.accepted = self.flows = self.base = self.marked = nothing
        chains = [(chain.priority, table, chain) for table in ruleset.tables.values()
                  for chain in table.chains.values() if chain.hook == hook]
        self.seen = bool(chains)
        for _, table, chain in sorted(chains, key=lambda entry: entry[0]):
            live = ruleset.valid(space, hook) & ~self.refused
            if table.family != "inet":
                live &= space.mask(FAMILIES[4 if table.family == "ip" else 6])
            nat = chain.kind == "nat"
            if nat:  # the first packet of a connection only (nf_nat_inet_fn() of Linux)
                live &= space.mask(NEW) | space.mask(RELATED) & space.mask(FIRST)
            early = chain.priority <= CONNTRACK and hook in ("output", "prerouting")
            before = self.accepted, self.flows, self.base
            left = self.walk(table, chain, live, early)
            if chain.policy == "drop":
                self.refused |= left
            if nat:  # what a nat chain accepts is left as it is; it decides nothing
                self.accepted, self.flows, self.base = before
        self.accepted &= ~self.refused
        self.flows &= ~self.refused
        self.base &= ~self.refused

    def step(self, table, step, early):
        """The packets for which one test of a step holds"""
        space, found = self.space, 0
        negated = step[0] == "not"
        for test in step[1] if negated else step:
            if isinstance(test, tuple):
                test = set_test(*test)
            if early and test.axis == "state":
                found |= space.everything if test.key == ("is", "invalid") else 0
            else:
                found |= space.mask(test)
        return space.everything & ~found if negated else found

    def walk(self, table, chain, live, early):
        """The packets that come to the end of the chain"""
        returned = 0
        for rule in chain.rules:
            here = live
            for step in rule.steps:
                if step[0] == "mark":
                    self.marked &= ~here
                    if step[1] == self.mark:
                        self.marked |= here
                else:
                    here &= self.step(table, step, early)
            if rule.verdict == "accept":
                self.accepted |= here
                if rule.comment.startswith("postern:"):
                    self.flows |= here
                else:
                    self.base |= here
            elif rule.verdict in ("drop", "reject"):
                self.refused |= here
            elif rule.verdict == "return":
                returned |= here
            elif rule.verdict in ("jump", "goto"):
                back = self.walk(table, table.chains[rule.target], here, early)
                if rule.verdict == "jump":
                    here &= ~back
                else:
                    returned |= back
            else:
                continue
            live &= ~here
        return live | returned


def set_test(axis, used):
    return intervals(axis, used.ranges)


class Ruleset:
    """A text that nft takes"""

    def __init__(self, text):
        parser = Parser(text)
        self.tables, self.lacks = parser.tables, parser.lacks
        for table in self.tables.values():
            for chain in table.chains.values():
                self.check_jumps(table, chain, 0 if chain.hook else None)

    def check_jumps(self, table, chain, depth):
        """depth: None for a chain that no base chain leads to: it may even lead to itself"""
        if depth is not None and depth > MAX_JUMPS:
            raise Refused("too many jumps, or a loop")
        for rule in chain.rules:
            # nft_reject_inet_validate() of Linux
            if chain.hook == "postrouting" and rule.verdict == "reject":
                raise Refused("reject on postrouting")
            if rule.target is None:
                continue
            target = table.chains.get(rule.target)
            if not target or target.hook:
                raise Refused(f"chain '{rule.target}'")
            if depth is not None:
                self.check_jumps(table, target, depth + 1)

    def rules(self):
        return (rule for table in self.tables.values() for chain in table.chains.values()
                for rule in chain.rules)

    def tests(self):
        if any(chain.kind == "nat" for table in self.tables.values()
               for chain in table.chains.values()):
            yield FIRST
        for rule in self.rules():
            for step in rule.steps:
                if step[0] == "mark":
                    continue
                for test in step[1] if step[0] == "not" else step:
                    yield set_test(*test) if isinstance(test, tuple) else test

    def marks(self):
        return {step[1] for rule in self.rules() for step in rule.steps if step[0] == "mark"}

    @staticmethod
    def valid(space, hook):
        """Packets that can be on the hook: one family, and interfaces that there are"""
        both = [space.mask(FAMILIES[family]) & space.mask(TO_FAMILIES[family])
                for family in (4, 6)]
        none_in, none_out = space.mask(word("in", "")), space.mask(word("out", ""))
        came = none_in if hook == "output" else space.everything & ~none_in
        return (both[0] | both[1]) & came & ~none_out


ALWAYS = {"protocol": [0, 1, 6, 17, 33, 47, 50, 51, 58, 132, 136, 255], "state": STATES,
          "flags": range(256), "in": ["", "eth0", "lo", "lo0"], "out": ["", "eth0", "lo", "lo0"],
          "dport": [0, 22, 80, 443], "sport": [0, 40000], "icmp": [0, 8, 128]}
BOUNDS = {"source": (0, ADDRESS_LAST), "destination": (0, ADDRESS_LAST), "protocol": (0, 255),
          "dport": (0, 65535), "sport": (0, 65535), "icmp": (0, 255)}
STRUCTURE = [*FAMILIES.values(), *TO_FAMILIES.values(), TCP, NEW, RELATED, OPENER,
             word("in", ""), word("out", "")]


class Judge:
    """Says of mutants whether they still do what the original does

    The original was proved, so it tells what is governed: what it refuses, and what a rule
    of a flow admits (on hook output: TCP openers and other protocols; a segment that opens
    nothing takes a flow's rule, too, but it is spared, not governed).  What other rules
    admit is the base.  Under "keep", which marks, everything is looked at.
    """

    def __init__(self, text, binding):
        self.original, self.lacks = Ruleset(text), False
        hooks = {chain.hook for table in self.original.tables.values()
                 for chain in table.chains.values() if chain.hook}
        if len(hooks) != 1:
            raise Unknown("an original with chains on several hooks")
        self.hook = hooks.pop()
        marks = self.original.marks()
        self.mark = marks.pop() if marks else None
        # Where a spec accepts tags, how far they may stand for what is bound is not said
        # here: what is opened to the others of a bound address's tags may be, or may not.
        self.room = intervals("destination", binding.tag_mates() if binding.accepts_tags else [])

    def judge(self, text):
        """None when the mutant does the same, else a packet that shows that it does not"""
        mutant = Ruleset(text)
        self.lacks = mutant.lacks
        space = Space([*self.original.tests(), *mutant.tests(), *STRUCTURE, self.room],
                      ALWAYS, BOUNDS)
        was = Run(self.original, self.hook, space, self.mark)
        now = Run(mutant, self.hook, space, self.mark)
        if self.mark is not None:
            valid = Ruleset.valid(space, self.hook)
            wrong = valid & ((was.accepted ^ now.accepted) | (was.refused ^ now.refused) |
                             (was.marked ^ now.marked))
        else:
            opens = space.everything
            if self.hook == "output":
                opens = space.mask(OPENER) | ~space.mask(TCP) & space.everything
            governed = was.refused | was.flows & space.mask(NEW) & opens
            wrong = (governed | was.base) & (was.refused ^ now.refused)
            surely = wrong & ~(space.mask(self.room) & was.refused)
            if wrong and not surely:
                raise Either(self.describe(space, pick(wrong), was, now))
            wrong = surely
        return self.describe(space, pick(wrong), was, now) if wrong else None

    @staticmethod
    def describe(space, index, was, now):
        point, bit = space.point(index), 1 << index
        for axis in ("source", "destination"):
            point[axis] = address_text(point[axis])

        def said(run):
            verdict = "refused" if run.refused & bit else \
                "accepted" if run.accepted & bit else "undecided"
            return verdict + (" marked" if run.marked & bit else "")

        packet = " ".join(f"{axis}={value}" for axis, value in sorted(point.items()))
        return f"{packet}: was {said(was)}, is {said(now)}"
