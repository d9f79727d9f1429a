"""hosts_faults - Small faults for hosts files"""
from .lines import change, choose, delete, duplicate, prefix_mutant, replace, swap

LINE = r'^[0-9a-f][0-9a-f.:]+ \S+ .*$'


def name(text, random):
    """Another host name: a look-alike, a label more or less"""
    found = choose(text, r'^[0-9a-f.:]+ (\S+)', random)
    if not found:
        return None
    old = found.group(1)
    new = random.choice(("x" + old, old[1:], "*." + old, old + ".", old.upper(), old[:-1],
                         old.split(".", 1)[1], old + " other.example", "other.example " + old,
                         old.replace(".", "x", 1), "#" + old))
    return replace(text, found, new, 1)


def address(text, random):
    found = choose(text, r'^([0-9a-f.:]+) \S+', random)
    if not found:
        return None
    new = prefix_mutant(found.group(1), None, None, random) or "10.99.0.1"
    new = new.split("/")[0].split("-")[0] if random.random() < 0.8 else new
    if random.random() < 0.1:
        new = "::ffff:" + found.group(1) if "." in found.group(1) else "0" + found.group(1)
    return replace(text, found, new, 1)


def second(text, random):
    """One more address of a name"""
    found = choose(text, r'^[0-9a-f.:]+ (\S+)', random)
    if not found:
        return None
    return text + f"{random.choice(('10.99.0.1', 'fd00::99'))} {found.group(1)}\n"


MUTATIONS = {
    "name": name, "address": address, "second address": second, "delete": delete(LINE),
    "duplicate": duplicate(LINE), "swap": swap(LINE),
    "comment out": change(r'^(?=[0-9a-f][0-9a-f.:]+ )', "#"),
    "blank": change(r' ', "\t", "  "), "join lines": change(r'\n', " "),
}
