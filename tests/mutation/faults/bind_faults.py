"""bind_faults - Small faults for zone files, and for forwarders in named.conf"""
from .lines import change, choose, delete, duplicate, prefix_mutant, replace, swap

RECORD = r'^\S+ IN (?:A|AAAA) .*$'
LINE = r'^[^;/\n].*$'


def name(text, random):
    """Another owner: a look-alike, a label more or less, one that the zone is not for"""
    found = choose(text, r'^([a-z0-9][^\s]*) IN A', random)
    if not found:
        return None
    old = found.group(1)
    new = random.choice(("x" + old, old[1:], "*." + old, old + ".", old.upper(), old[:-1], "*",
                         old.split(".", 1)[-1], old.replace(".", "x", 1), "@", "", "a_b", "",
                         old + ".privatelink.azurecr.io.", old + "..x", old.replace(".", "..")))
    return replace(text, found, new, 1)


def address(text, random):
    found = choose(text, r'(?: A|^\t\t) ?([0-9a-f.:]+)', random)
    if not found:
        return None
    new = prefix_mutant(found.group(1), None, None, random) or "10.99.0.1"
    new = new.split("/")[0].split("-")[0]
    if random.random() < 0.2:
        new = random.choice(("fd00::1", "10.0.0.300", "10.0.0", "0" + found.group(1), "x"))
    return replace(text, found, new, 1)


def more(text, random):
    """One more record or server"""
    found = choose(text, r'^(\S+) IN A', random)
    if not found:
        found = choose(text, r'^\tforwarders \{\n', random)
        return replace(text, found, found.group(0) + "\t\t10.99.0.1;\n") if found else None
    return text + random.choice((f"{found.group(1)} IN A 10.99.0.1\n", "x A 10.99.0.1\n",
                                 f"{found.group(1)} AAAA fd00::99\n", "* A 10.99.0.1\n",
                                 f"{found.group(1)} CNAME x\n", "y CNAME myregistry\n",
                                 "z NS ns.o.net.\n", "t TXT x\n", "other.net. A 10.99.0.1\n"))


MUTATIONS = {
    "name": name, "address": address, "more": more, "delete": delete(LINE),
    "delete record": delete(RECORD), "duplicate": duplicate(LINE), "swap": swap(RECORD),
    "comment out": change(r'^(?=[^;/\n])', ";", "//", "#"),
    "type": change(r' IN (A) ', "AAAA", "CNAME", "TXT", "a", "AA", "NS", group=1),
    "class": change(r' (IN) A', "", "CH", "10", "10 IN", "IN 10", group=1),
    "origin": change(r'^\$ORIGIN (\S+)', "azurecr.io.", "privatelink", "privatelink.azurecr.io",
                     ".", group=1),
    "blank": change(r' ', "\t", "  "), "join lines": change(r'\n', " "),
    "how": change(r'forward (only);', "first", "Only", "all", group=1),
    "port": change(r'port (53)', "5353", "53", "70000", "x", group=1),
    "domain": change(r'"(azurecr\.io)"', "azurecr.io.", "AZURECR.io", "zurecr.io", "io",
                     "x.azurecr.io", "privatelink.azurecr.io", group=1),
    "zone type": change(r'type (forward)', "hint", "forwards", group=1),
    "punctuation": change(r'[{};]', "", ";", "}"),
}
