"""bind - What BIND's files make named answer, written from the BIND 9.18 manual (chapters 3.1
"zone file" and 8 "configuration reference") and RFC 1035, section 5

Only what mutants of our own files can hold is read; of everything else Refused is raised
where named refuses it.
"""
import re
from ipaddress import IPv4Address, IPv6Address

from .points import Refused

TYPES = {"A", "AAAA", "CNAME", "NS", "SOA", "TXT", "MX"}
HOST = re.compile(r"(\*\.|\*$)?([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.|$))*$")


# -- zone files

def lines_of(text):
    """(words, does the owner of the line before count) of each line, those in () joined"""
    lines, words, depth, blank = [], [], 0, False
    for line in re.split(r"[\r\n]", text):
        tokens = re.findall(r"[()]|[^\s();]+", line.split(";", 1)[0])
        if not depth:
            blank = line[:1] in (" ", "\t")
        for token in tokens:
            depth += (token == "(") - (token == ")")
            if depth < 0:
                raise Refused("')' alone")
            if token not in "()":
                words.append(token)
        if not depth and words:
            lines.append((words, blank))
            words = []
    if depth:
        raise Refused("'(' alone")
    return lines


def name_of(word, origin):
    if word == "@":
        return origin
    if any(not label for label in word.rstrip(".").split(".")) or word.endswith(".."):
        raise Refused(f"an empty label in {word}")
    name = (word[:-1] if word.endswith(".") else f"{word}.{origin}").lower()
    if any(len(label) > 63 for label in name.split(".")):
        raise Refused("a long label")
    return name


def is_ttl(word):
    return re.fullmatch(r"\d+|(\d+[wdhmsWDHMS])+", word) is not None


def records_of(text, origin):
    owner, has_ttl = None, False
    for words, blank in lines_of(text):
        if words[0].upper() in ("$ORIGIN", "$TTL") and not blank:
            if len(words) != 2:
                raise Refused("a directive")
            if words[0].upper() == "$TTL":
                if not is_ttl(words[1]):
                    raise Refused("$TTL")
                has_ttl = True
            else:
                origin = name_of(words[1], origin)
            continue
        if words[0].startswith("$") and not blank:
            raise Refused("a directive")
        if not blank:
            owner = name_of(words.pop(0), origin)
        if owner is None:
            raise Refused("no owner")
        for _ in range(2):
            if words and words[0].upper() == "IN":
                words.pop(0)
            elif words and is_ttl(words[0]):
                words.pop(0)
                has_ttl = True
        if not words or words[0].upper() not in TYPES:
            raise Refused(f"a type: {words}")
        kind = words.pop(0).upper()
        if not has_ttl and kind != "SOA":
            raise Refused("no time to live")
        has_ttl = True
        yield owner, kind, data_of(kind, words, origin)


def data_of(kind, words, origin):
    if len(words) != {"SOA": 7, "MX": 2, "TXT": len(words) or 1}.get(kind, 1):
        raise Refused(f"the data of {kind}")
    try:
        if kind in ("A", "AAAA"):
            return IPv4Address(words[0]) if kind == "A" else IPv6Address(words[0])
    except ValueError as error:
        raise Refused(str(error)) from error
    if kind == "SOA":
        if not all(is_ttl(word) for word in words[2:]):
            raise Refused("a number of the SOA")
        return tuple(words)
    if kind == "TXT":
        return tuple(words)
    target = name_of(words[-1], origin)
    if kind in ("NS", "MX") and not HOST.match(target):
        raise Refused("no host")
    return target


def read_zone(text, origin):
    """{name: {(type, data)}} of a zone; its name"""
    zone, found, soas = None, {}, set()
    for owner, kind, data in records_of(text, origin):
        if kind in ("A", "AAAA", "MX") and not HOST.match(owner):
            raise Refused(f"'{owner}' is no host")
        if kind == "NS" and owner.startswith("*"):
            raise Refused("a wildcard with servers")
        if kind == "SOA":
            zone = zone or owner
            soas.add((owner, data))
        found.setdefault(owner, set()).add((kind, data))
    if len(soas) != 1:
        raise Refused("the SOA")
    inside = {name: data for name, data in found.items() if name == zone or
              name.endswith("." + zone)}
    servers = {data for kind, data in inside.get(zone, ()) if kind == "NS"}
    if not servers:
        raise Refused("no NS")
    for data in inside.values():
        aliases = [one for kind, one in data if kind == "CNAME"]
        if len(aliases) > 1 or (aliases and len(data) > 1):
            raise Refused("a CNAME beside others")
    for server in servers:
        if server == zone or server.endswith("." + zone):
            if not {kind for kind, _ in inside.get(server, ())} & {"A", "AAAA"}:
                raise Refused("a server without address")
    return zone, inside


def answers_of(text):
    """What a zone file says of addresses: the zone, and {name: addresses, or None where the
    name is others' to answer}"""
    # Of which zone a file is that does not say so, is not known.
    zone, records = read_zone(text, "nowhere.invalid")
    said = {}
    for name, data in records.items():
        kinds = {kind for kind, _ in data}
        if name != zone and "NS" in kinds:
            said[name] = None
        elif "CNAME" in kinds:
            (_, target), = data
            inside = target == zone or target.endswith("." + zone)
            there = records.get(target, set())
            said[name] = frozenset(str(one) for kind, one in there if kind in ("A", "AAAA")) \
                if inside else None
        else:
            said[name] = frozenset(str(one) for kind, one in data if kind in ("A", "AAAA"))
    return zone, {name: addresses for name, addresses in said.items() if addresses != frozenset()}


# -- forwarders

def statements_of(text):
    """Nested lists of words"""
    text = re.sub(r"/\*.*?\*/|(//|#)[^\n]*", " ", text, flags=re.S)
    if "/*" in text:
        raise Refused("an open comment")
    stack, statement = [[]], []
    for token in re.findall(r'"[^"]*"|[{};]|[^\s{};"]+', text):
        if token == ";":
            if not statement:
                raise Refused("';' alone")
            stack[-1].append(statement)
            statement = []
        elif token == "{":
            stack.append(statement)
            stack.append([])
            statement = []
        elif token == "}":
            if statement or len(stack) < 3:
                raise Refused("'}'")
            block = stack.pop()
            statement = stack.pop() + [block]
        else:
            statement.append(token)
    if statement or len(stack) > 1:
        raise Refused("no end")
    return stack[0]


def server_of(words, port):
    try:
        address = IPv6Address(words[0]) if ":" in words[0] else IPv4Address(words[0])
    except ValueError as error:
        raise Refused(str(error)) from error
    if len(words) == 3 and words[1] == "port" and words[2].isdigit() and int(words[2]) < 65536:
        port = int(words[2])
    elif len(words) != 1:
        raise Refused("a forwarder")
    return str(address), port


def forwarding_of(text):
    """{domain: (only, servers)}"""
    found = {}
    for statement in statements_of(text):
        if str(statement[0]).lower() != "zone" or len(statement) != 3 or not isinstance(statement[2], list):
            raise Refused(f"a statement: {statement}")
        domain = name_of(statement[1].strip('"').removesuffix(".") + ".", "")
        values = {}
        for part in statement[2]:
            part = [word.lower() if isinstance(word, str) else word for word in part]
            if part[0] in values or part[0] not in ("type", "forward", "forwarders"):
                raise Refused(f"a statement: {part}")
            values[part[0]] = part[1:]
        if values.get("type") != ["forward"] or domain in found or \
                values.get("forward", ["only"]) not in (["only"], ["first"]) or \
                ("forward" in values and "forwarders" not in values):
            raise Refused("a zone")
        servers = values.get("forwarders", [[]])
        if len(servers) != 1:
            raise Refused("forwarders")
        found[domain] = (values.get("forward") == ["only"],
                         frozenset(server_of(words, 53) for words in servers[0]))
    return found


def asked_of(text, domain="azurecr.io"):
    """What holds for names of the domain; of others nothing is asked"""
    found = forwarding_of(text)
    above = [zone for zone in found if f".{domain}".endswith("." + zone)]
    below = {zone: value for zone, value in found.items() if zone.endswith("." + domain)}
    return found[max(above, key=len)] if above else None, below


class Judge:
    """Says of mutants whether they still answer, or ask, as the artifact does"""

    lacks = False

    def __init__(self, text, _):
        self.read = answers_of if re.search(r"^@ IN SOA", text, re.M) else asked_of
        self.wanted = self.read(text)

    def judge(self, text):
        have = self.read(text)
        return None if have == self.wanted else f"{have}, not {self.wanted}"
