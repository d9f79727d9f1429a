"""nft_faults - Small faults for nftables texts"""
import re

from .lines import (change, choose, delete, duplicate, lines_swapped, move, prefix_mutant,
                     replace, step, swap)

RULE = r'^\t\t(?!type |flags |elements |\t|}).*$'
TESTS = [r'ip6? [sd]addr (?:!= )?(?:@\S+|[0-9a-f.:/]+)', r'meta l4proto (?:!= )?(?:\{[^}]*\}|\S+)',
         r'(?:tcp|udp|th) [ds]port (?:!= )?(?:\{[^}]*\}|\S+)', r'ct state \S+',
         r'tcp flags & \([^)]*\) == \S+', r'[io]ifname "[^"]*"', r'meta nfproto \S+',
         r'icmpv6 type \S+', r'meta mark set \S+', r'limit rate \S+ burst \S+ packets',
         r'counter', r'log prefix "[^"]*"']
TEST = re.compile("|".join(TESTS))
ADDRESS = r'^(\t{3})([0-9a-f.:]+)(?:/([0-9]+)|-([0-9a-f.:]+))?,$'


def nft_port(text, random):
    """Another number, one of a range's ends moved, or one port becomes a range"""
    found = choose(text, r'[ds]port (?:!= )?(?:\{[^}]*?)?\b([0-9]+)(?:-([0-9]+))?\b', random)
    if not found:
        return None
    ends = [int(found.group(1)), int(found.group(2) or found.group(1))]
    kind = random.randrange(4)
    if kind == 0:
        return replace(text, found, random.choice(("0", "65535", "65536", "1-65535")), 1)
    at = random.randrange(2)
    ends[at] = step(ends[at], 65535, random)
    if kind == 1 and not found.group(2):
        ends = [ends[at], ends[at]]
    new = f"{ends[0]}-{ends[1]}" if ends[0] != ends[1] else str(ends[0])
    return text[:found.start(1)] + new + text[found.end():]


def nft_list(text, random):
    """One value of '{ a, b }' less, or one more"""
    found = choose(text, r'(?:port|l4proto) \{ ([^}]*) \}', random)
    if not found:
        return None
    values = found.group(1).split(", ")
    if random.random() < 0.7:
        values.remove(random.choice(values))
    else:
        values.append(random.choice(("22", "icmp" if "l4proto" in found.group() else "53", "17")))
    return replace(text, found, ", ".join(values), 1)


def nft_element(text, random):
    found = choose(text, ADDRESS, random)
    if not found:
        return None
    new = prefix_mutant(*found.group(2, 3, 4), random)
    if not new:
        return replace(text, found, "").replace("\n\n\t\t", "\n\t\t", 1)
    return replace(text, found, f"\t\t\t{new},")


def nft_element_again(text, random):
    found = choose(text, ADDRESS, random)
    return replace(text, found, found.group() + "\n" + found.group()) if found else None


def nft_element_elsewhere(text, random):
    """An element moves to another set"""
    found, other = choose(text, ADDRESS, random), choose(text, ADDRESS, random)
    if not found or found.group() == other.group():
        return None
    both = replace(text, other, other.group() + "\n" + found.group())
    return both.replace(found.group() + "\n", "", 1)


def nft_test(text, random, new=None):
    """A test or statement of a rule is gone, or is another"""
    rules = [found for found in re.finditer(RULE, text, re.M) if TEST.search(found.group())]
    if not rules:
        return None
    rule = random.choice(rules)
    found = random.choice(list(TEST.finditer(rule.group())))
    inner = new(found.group(), random) if new else ""
    if inner is None:
        return None
    line = rule.group()[:found.start()] + inner + rule.group()[found.end():]
    return replace(text, rule, "\t\t" + " ".join(line.split()))


def negate(test, random):
    if " != " in test:
        return test.replace(" != ", " ")
    found = re.match(r'(ip6? [sd]addr|meta l4proto|(?:tcp|udp|th) [ds]port|ct state|[io]ifname|'
                     r'icmpv6 type) ', test)
    if not found or "," in test and "ct state" in test:
        return None
    return found.group() + "!= " + test[found.end():]


def reorder(text, random):
    """Two tests or statements of one rule change places"""
    rules = [found for found in re.finditer(RULE, text, re.M) if len(TEST.findall(found.group())) > 1]
    if not rules:
        return None
    rule = random.choice(rules)
    one, two = sorted(random.sample(list(TEST.finditer(rule.group())), 2),
                      key=lambda found: found.start())
    return replace(text, rule, lines_swapped(rule.group(), one, two))


def nft_limit(text, random):
    rule = choose(text, RULE, random)
    at = rule.group().find(" counter") if rule else -1
    if at < 0:
        return None
    line = rule.group()
    return replace(text, rule, line[:at] + " limit rate 5/second burst 5 packets" + line[at:])


def nft_set_of_other(text, random):
    found = choose(text, r'@(\S+)', random)
    names = re.findall(r'^\tset (\S+)', text, re.M)
    family = found.group(1)[-2:] if found else ""
    same = [name for name in names if name.endswith(family) or random.random() < 0.1]
    same = [name for name in same if found and name != found.group(1)]
    return replace(text, found, random.choice(same), 1) if same else None


def nft_insert(text, random):
    """A rule in front of another, or behind the last"""
    rule = choose(text, RULE, random)
    new = random.choice((
        "accept", "drop", "ct state invalid drop", "ct state new accept", "ct state new return",
        "meta l4proto udp accept", "tcp dport 22 accept", "ip daddr 8.8.8.8 udp dport 53 accept",
        "ip6 daddr ::/0 accept", "ip daddr 0.0.0.0/0 drop", "ct state established drop",
        "meta l4proto icmp accept", "icmpv6 type 128 accept", "tcp flags & (syn | ack) == ack drop",
        "ct state untracked accept", "limit rate 1/second burst 5 packets accept",
        'oifname "lo" drop', 'iifname "eth0" accept', "udp sport 53 accept", "counter",
        "tcp dport 443 return", "meta mark set 0x1", "ip saddr 10.0.0.0/8 accept"))
    if random.random() < 0.5:
        return replace(text, rule, f"\t\t{new}\n{rule.group()}")
    return replace(text, rule, f"{rule.group()}\n\t\t{new}")


def nft_jump(text, random):
    """Rules move to a chain of their own"""
    rules = list(re.finditer(RULE, text, re.M))
    first = random.randrange(len(rules))
    last = min(first + random.randrange(4), len(rules) - 1)
    moved = text[rules[first].start():rules[last].end()]
    guard = random.choice(("", "ct state new ", "meta l4proto tcp ", "ip daddr 10.0.0.0/8 "))
    call = f"\t\t{guard}{random.choice(('jump', 'goto'))} other"
    text = text[:rules[first].start()] + call + text[rules[last].end():]
    at = text.rindex("\tchain ")
    return text[:at] + f"\tchain other {{\n{moved}\n\t}}\n\n" + text[at:]


def nft_flush_last(text, random):
    found = choose(text, r'^flush .*$', random)
    return delete(re.escape(found.group()))(text, random) + found.group() + "\n" if found else None


MUTATIONS = {
    "port": nft_port,
    "value of a list": nft_list,
    "element": nft_element,
    "element twice": nft_element_again,
    "element elsewhere": nft_element_elsewhere,
    "set emptied": delete(r'\t\telements = \{[^}]*\}'),
    "rules swapped": swap(RULE),
    "rule deleted": delete(RULE),
    "rule twice": duplicate(RULE),
    "rule moved": move(RULE),
    "rule added": nft_insert,
    "rules in a chain": nft_jump,
    "verdict": change(r'\b(accept|reject with tcp reset|reject with icmpx admin-prohibited)\b(?= comment)',
                      "accept", "drop", "reject", "reject with tcp reset", "return", "continue",
                      "reject with icmpx admin-prohibited", "reject with icmp host-prohibited"),
    "verdict gone": delete(r' (accept|reject with tcp reset)(?= comment)'),
    "policy": change(r'policy (accept)', "drop", group=1),
    "test gone": nft_test,
    "test negated": lambda text, random: nft_test(text, random, negate),
    "tests reordered": reorder,
    "saddr, daddr": change(r'ip6? ([sd]addr)', "saddr", "daddr", group=1),
    "dport, sport": change(r' ([sd]port)', "sport", "dport", group=1),
    "set": nft_set_of_other,
    "protocol": change(r'(?<=\t| )(tcp|udp)(?= [ds]port)', "tcp", "udp", "th", "sctp"),
    "protocol number": change(r'l4proto (?:!= |\{[^}]*?)?\b(icmp|tcp|udp|ipv6-icmp|[0-9]+)\b', "tcp",
                              "udp", "icmp", "ipv6-icmp", "1", "58", "47", "256", "0-255", group=1),
    "state": change(r'ct state (\S+)', "new", "established", "related", "invalid", "untracked",
                    "new,established", "established,related,new", "established,related",
                    "{ new, invalid }", "{ established, related }", group=1),
    "hook": change(r'hook (forward|output)', "forward", "output", "input", "prerouting",
                   "postrouting", group=1),
    "type": change(r'type (filter) hook', "nat", "route", group=1),
    "priority": change(r'priority (\S+);', "0", "-10", "100", "-199", "-300", "raw", "filter",
                       "-150", "ten", group=1),
    "interface": change(r'[io]ifname ("[^"]*")', '"lo0"', '"l*"', '"lo*"', '"eth0"', '"LO"', group=1),
    "interface side": change(r'(oifname|iifname)', "iifname", "oifname"),
    "icmp type": change(r'icmpv6 type ([0-9-]+)', "128", "132", "133", "134", "135", "136", "143",
                        "130-132", "131-132", "135-136", "133-136", "0-255", "144", "256", group=1),
    "nfproto": change(r'nfproto (ipv[46])', "ipv4", "ipv6", group=1),
    "family of a test": change(r'(?<=\t| )(ip6?)(?= [sd]addr)', "ip", "ip6"),
    "comment": change(r'comment "(?:postern:)?([^"]*)"', "x", "postern:other", "other", group=1),
    "limit": nft_limit,
    "mark": change(r'mark set (\S+)', "0", "0x20", "0x21", "33", "0x1", "0x100000000", group=1),
    "flags": change(r'tcp flags & \(([^)]*)\) == (?:syn)', "syn", "syn | ack | rst", "ack", "fin | syn",
                    group=1),
    "wanted flags": change(r'tcp flags & \([^)]*\) == (syn)', "ack", "fin", group=1),
    "flush gone": delete(r'^flush .*$'),
    "flush at the end": nft_flush_last,
    "declaration gone": delete(r'^\t(set|chain) .*\}$'),
    "type of a set": change(r'type (ipv[46]_addr)', "ipv4_addr", "ipv6_addr", group=1),
    "interval flag": delete(r'(?<=addr); flags interval(?=;)|^\t\tflags interval$'),
    "family of the table": lambda text, random: text.replace(
        " inet ", random.choice((" ip ", " ip6 "))),
}
