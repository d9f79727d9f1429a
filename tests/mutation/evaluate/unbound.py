"""unbound - What an unbound.conf answers and whom it asks, written from unbound.conf(5) 1.17

Only what mutants of our own files have in them: local-zone, local-data, private-address,
private-domain and forward-zone.  A name's local zone is the nearest one above it; of two
zones of a name the later one counts.
"""
import re
from ipaddress import ip_address

from .points import Refused

TOKEN = re.compile(r'[ \t\r\n]+|#[^\n]*|"([^"\n]*)"|\'([^\'\n]*)\'|([^\s"\']+)')
CLAUSES = {"server", "forward-zone"}
VALUES = {"local-zone": 2, "local-data": 1, "private-address": 1, "private-domain": 1,
          "name": 1, "forward-addr": 1, "forward-first": 1}
OF_SERVER = {"local-zone", "local-data", "private-address", "private-domain"}
TYPES = {"transparent": "name", "typetransparent": "type", "static": "zone", "refuse": "zone",
         "deny": "zone", "inform": "name", "redirect": "whole", "always_nxdomain": "never",
         "always_transparent": "past", "always_nodata": "never"}
ASKED, NOTHING = "asked", frozenset()


def words(text):
    """(keyword or None, value) in turn"""
    at, wanted = 0, 0
    while at < len(text):
        if not wanted and (key := re.compile(r'([^\s:"\'#][^\s:"\']*):').match(text, at)):
            wanted, at = VALUES.get(key.group(1), 0), key.end()
            yield key.group(1), None
            continue
        found = TOKEN.match(text, at)
        if not found:
            raise Refused("a quote is not closed")
        at = found.end()
        value = next((group for group in found.groups() if group is not None), None)
        if value is None:
            continue
        if not wanted:
            raise Refused(f"'{value}' stands where a keyword should")
        wanted -= 1
        yield None, value
    if wanted:
        raise Refused("a value is missing")


def labels(name):
    """The labels of a name, the last one first"""
    name = name.lower()
    if name == ".":
        return ()
    parts = name.removesuffix(".").split(".")
    if not all(0 < len(part) < 64 for part in parts):
        raise Refused(f"'{name}' is no name")
    return tuple(reversed(parts))


def nearest(name, things):
    """Of a mapping by name, the one at or nearest above it"""
    for length in range(len(name), -1, -1):
        if name[:length] in things:
            return things[name[:length]]
    return None


class Configuration:
    def __init__(self, text):
        self.zones, self.records, self.forwards = {}, {}, {}
        self.guarded, self.exempt = False, {}
        clause, key, values = None, None, []
        self.forward = None
        for word, value in words(text):
            if value is not None:
                values.append(value)
                if len(values) == VALUES[key]:
                    self.attribute(key, values)
                continue
            key, values = word, []
            if word in CLAUSES:
                self.end_clause()
                clause = word
                self.forward = {"name": None, "to": set(), "first": False} \
                    if word == "forward-zone" else None
            elif word not in VALUES or (word in OF_SERVER) != (clause == "server"):
                raise Refused(f"'{word}' does not stand in its clause")
        self.end_clause()
        for name in self.records:
            kind = nearest(name, self.zones)
            if kind and kind[1] == "redirect" and kind[0] != name:
                raise Refused("a record below a redirect")

    def end_clause(self):
        if self.forward is not None:
            if self.forward["name"] is None:
                raise Refused("a forward-zone without a name")
            self.forwards[self.forward["name"]] = self.forward

    def attribute(self, key, values):
        if key == "local-zone":
            if values[1] not in TYPES:
                raise Refused(f"type '{values[1]}'")
            self.zones[labels(values[0])] = (labels(values[0]), values[1])
        elif key == "local-data":
            self.record(values[0])
        elif key == "private-address":
            self.guarded = True
        elif key == "private-domain":
            self.exempt[labels(values[0])] = True
        elif key == "name":
            if self.forward["name"] is not None:
                raise Refused("two names")
            self.forward["name"] = labels(values[0])
        elif key == "forward-first":
            if values[0] not in ("yes", "no"):
                raise Refused(values[0])
            self.forward["first"] = values[0] == "yes"
        else:
            self.server(values[0])

    def server(self, text):
        address, _, port = text.partition("@")
        try:
            self.forward["to"].add((ip_address(address), int(port or 53)))
        except ValueError as error:
            raise Refused(str(error)) from error

    def record(self, text):
        found = re.fullmatch(r'(\S+)\s+(?:[0-9]\S*\s+)?(?:(?:IN|in)\s+)?(A|AAAA|TXT)\s+(\S+).*', text)
        if not found:
            raise Refused(f"'{text}' is no record")
        name, kind, data = found.groups()
        if kind != "TXT":
            try:
                data = ip_address(data)
            except ValueError as error:
                raise Refused(str(error)) from error
            if data.version != (4 if kind == "A" else 6):
                raise Refused(f"'{text}' is of another family")
        self.records.setdefault(labels(name), {}).setdefault(kind, set()).add(data)

    def answer(self, name, kind):
        """The addresses of an answer, or ASKED"""
        name = labels(name)
        zone, zone_type = nearest(name, self.zones) or (None, "transparent")
        how = TYPES[zone_type]
        if how == "never":
            return NOTHING
        if how == "past":
            return ASKED
        have = self.records.get(zone if how == "whole" else name, {})
        if kind in have:
            return frozenset(have[kind])
        return NOTHING if how in ("zone", "whole") or (how == "name" and have) else ASKED

    def asked(self, name):
        """Which servers are asked for a name, and with what reservations"""
        answers = {self.answer(name, kind) for kind in ("A", "AAAA")}
        if answers != {ASKED}:
            return "nobody" if ASKED not in answers else "for one type only"
        forward = nearest(labels(name), self.forwards)
        if not forward:
            return "as always"
        below = forward["name"]
        guard = self.guarded and nearest(below, self.exempt) is None and \
            nearest(labels(name), self.exempt) is None
        return frozenset(forward["to"]), forward["first"], guard


class Judge:
    """Says of mutants whether they still lead the spec's names where the artifact does"""

    lacks = False

    def __init__(self, text, binding):
        self.forward = binding.settings.get("form") == "forward"
        self.names = sorted({flow.name for flow in binding.flows})
        self.domain = ".".join(self.names[0].split(".")[-2:])
        self.wanted = Configuration(text)

    def names_of(self, configuration):
        """Forwarded is a whole domain: what the mutant mentions there, and what is beside it"""
        names = {self.domain, "x." + self.domain, "x.y." + self.domain, *self.names}
        for mentioned in (*configuration.zones, *configuration.records, *configuration.forwards,
                          *configuration.exempt):
            name = ".".join(reversed(mentioned))
            if name == self.domain or name.endswith("." + self.domain):
                names |= {name, "x." + name}
        return sorted(names)

    def judge(self, text):
        have = Configuration(text)
        if self.forward:
            for name in self.names_of(have):
                if have.asked(name) != self.wanted.asked(self.domain):
                    return f"for {name} is asked: {have.asked(name)}"
            return None
        for name in self.names:
            for kind in ("A", "AAAA"):
                if have.answer(name, kind) != self.wanted.answer(name, kind):
                    return f"{name} {kind}: {have.answer(name, kind)}"
        return None
