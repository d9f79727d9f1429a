"""unbound_faults - Small faults for unbound.conf"""
from .lines import change, choose, delete, duplicate, prefix_mutant, replace, swap

ATTRIBUTE = r'^\t[a-z-]+: .*$'
TYPES = ("typetransparent", "static", "redirect", "refuse", "deny", "always_nxdomain",
         "always_transparent", "always_nodata", "inform", "transparent", "Transparent", "none")


def name(text, random):
    """Another domain name: a look-alike, a label more or less"""
    found = choose(text, r'(?:: ")([a-z0-9-]+(?:\.[a-z0-9-]+)+)\.', random)
    if not found:
        return None
    old = found.group(1)
    new = random.choice(("x" + old, "x." + old, old.split(".", 1)[1], old.upper(), old + ".test",
                         old.replace(".", "-", 1), old.replace(".", "..", 1), "privatelink." + old))
    return replace(text, found, new, 1)


def address(text, random):
    found = choose(text, r'(?: A{1,4} |forward-addr: )([0-9a-f.:]+)', random)
    if not found:
        return None
    new = prefix_mutant(found.group(1), None, None, random) or "10.99.0.1"
    new = new.split("/")[0].split("-")[0] if random.random() < 0.9 else new
    return replace(text, found, new, 1)


def more(text, random):
    """One thing more in a clause"""
    found = choose(text, r'^(server|forward-zone):\n', random)
    names = [word.split('"')[1].split(" ")[0] for word in text.split(": ")[1:] if word[0] == '"']
    some = random.choice(names)
    lines = {
        "server": (f'local-data: "{some} A 10.99.0.1"', f'local-data: "{some} AAAA fd00::99"',
                   f'local-data: "{some} TXT x"', f'local-data: "x.{some} A 10.99.0.1"',
                   f'local-zone: "{some}" {random.choice(TYPES)}',
                   f'local-zone: "x.{some}" {random.choice(TYPES)}',
                   'local-zone: "io" static', 'private-address: 10.0.0.0/8',
                   f'private-domain: "{some}"'),
        "forward-zone": ("forward-addr: 10.99.0.53", "forward-first: yes", "forward-first: no",
                         f'name: "x.{some}"\nforward-zone:', "forward-addr: 10.99.0.53@5353",
                         f'name: "x.{some}" forward-addr: 10.8.0.4\nforward-zone:'),
    }
    return text[:found.end()] + "\t" + random.choice(lines[found.group(1)]) + "\n" + text[found.end():]


MUTATIONS = {
    "name": name, "address": address, "more": more, "delete": delete(ATTRIBUTE),
    "duplicate": duplicate(ATTRIBUTE), "swap": swap(ATTRIBUTE),
    "type": change(r'" ([a-z_]+)$', *TYPES, group=1),
    "record type": change(r' (AAAA|A) ', "A", "AAAA", "TXT", group=1),
    "time to live": change(r' (10) IN', "3600", "1h", "", "x", group=1),
    "port": change(r'@(53)$', "54", "0", "x", "853", group=1),
    "quotes": change(r'"', "'", ""), "comment out": change(r'^\t(?=[a-z])', "\t# "),
    "blanks": change(r'\t', "", "  ", "\t\t"),
}
