"""azure_dns - What a private DNS zone answers, written from Azure's and az's manuals

learn.microsoft.com/azure/templates/microsoft.network/privatednszones, registry.terraform.io
(azurerm_private_dns_*), learn.microsoft.com/cli/azure/network/private-dns, POSIX for shells.

A zone answers for all names at and below it, and its records are all that exist.  Of a
script only the commands that our scripts have are known: records of "a" and "aaaa".
"""
import json
import re
import shlex
from ipaddress import ip_address

from .points import Either, Refused

VERSION = {"a": 4, "aaaa": 6}
TYPE = "Microsoft.Network/privateDnsZones"


def address(text, kind):
    try:
        found = ip_address(text)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong
    if found.version != VERSION[kind] or "%" in text:
        raise Refused(f"{text} in a record of type {kind}")
    return found


def full(name, zone):
    whole = zone if name == "@" else f"{name}.{zone}"
    if not all(0 < len(label) < 64 for label in whole.split(".")) or len(whole) > 253:
        raise Refused(f"a name like {whole}")
    return whole.lower()


class Zones:
    """The zones of a text: {zone: {(type, name): {addresses}}}, and what their links say"""

    def __init__(self):
        self.zones, self.links = {}, {}

    def zone(self, name):
        return self.zones.setdefault(name.lower(), {})

    def link(self, zone, policy, registers):
        if policy not in ("Default", "NxDomainRedirect"):
            raise Refused(policy)
        self.zone(zone)
        self.links.setdefault(zone.lower(), set()).add((policy, registers))

    def put(self, zone, kind, name, values):
        name, found = full(name, zone), {address(value, kind) for value in values}
        if (kind, name) in self.zone(zone):
            raise Refused(f"{name} twice")
        self.zone(zone)[kind, name] = found

    def meaning(self):
        """What clients can tell apart: addresses, names that exist, and links"""
        wild = any(name.startswith("*") and values
                   for zone in self.zones.values() for (_, name), values in zone.items())
        answers = {}
        for zone, records in self.zones.items():
            mine = {}
            for (_, name), values in records.items():
                if values or wild:
                    mine.setdefault(name, set()).update(values)
            answers[zone] = mine
        unusual = {zone: links for zone, links in self.links.items()
                   if links != {("Default", False)}}
        return answers, unusual


def read_template(document):
    zones = Zones()
    for resource in document["resources"]:
        if not resource["type"].lower().startswith(TYPE.lower()):
            continue
        zone, _, name = resource["name"].partition("/")
        kind = resource["type"][len(TYPE):].lower().lstrip("/")
        properties = resource.get("properties", {})
        if kind == "":
            zones.zone(zone)
        elif kind == "virtualnetworklinks":
            zones.link(zone, properties.get("resolutionPolicy", "Default"),
                       properties.get("registrationEnabled", False))
        elif kind in VERSION:
            field = f"ipv{VERSION[kind]}Address"
            zones.put(zone, kind, name,
                      [record[field] for record in properties.get(kind + "Records", [])])
        else:
            raise Refused(f"type {kind}")
    return zones


def read_terraform(document):
    zones, resource = Zones(), document["resource"]
    names = {label: body["name"] for label, body in resource.get("azurerm_private_dns_zone", {}).items()}

    def named(text):
        return re.sub(r"\$\{azurerm_private_dns_zone\.([^.]*)\.name\}",
                      lambda found: names[found.group(1)], text)

    for name in names.values():
        zones.zone(name)
    for body in resource.get("azurerm_private_dns_zone_virtual_network_link", {}).values():
        zones.link(named(body["private_dns_zone_name"]), body.get("resolution_policy", "Default"),
                   body.get("registration_enabled", False))
    for kind in VERSION:
        for body in resource.get(f"azurerm_private_dns_{kind}_record", {}).values():
            zones.put(named(body["zone_name"]), kind, body["name"],
                      body.get("records", [""]))
    return zones


def commands(text):
    """Words of each command; what stands behind '||' only makes what is not there"""
    for line in re.sub(r"\\\n", " ", text).replace("||\n", "|| ").split("\n"):
        try:
            words = shlex.split(re.sub(r"> /dev/null 2>&1", "", line), comments=True)
        except ValueError as wrong:
            raise Refused(str(wrong)) from wrong
        if "||" in words:
            yield words[:words.index("||")]
            words = words[words.index("||") + 1:]
        yield words


def options(words):
    found, name = {}, None
    for word in words:
        if word.startswith("-"):
            name, equals, value = word.partition("=")
            found[name] = value
            name = None if equals else name
        elif name:
            found[name], name = word, None
        else:
            raise Refused(f"unrecognized arguments: {word}")
    return found


class Given(dict):
    """Options; one that is needed and is not there ends az"""

    def __missing__(self, name):
        raise Refused(f"no {name}")


SHORT = {"-n": "--name", "-z": "--zone-name", "--record-set-name": "--name",
         "--ipv4-address": "--address", "--ipv6-address": "--address", "-a": "--address"}


def read_script(text):
    zones = Zones()
    for words in commands(text):
        if words[:3] != ["az", "network", "private-dns"]:
            continue
        at = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
        given = Given((SHORT.get(name, name), value) for name, value in options(words[at:]).items())
        verbs = words[3:at]
        if verbs[-1] == "show":
            continue
        if "--resource-group" not in given and "-g" not in given:
            raise Refused("no --resource-group")
        if verbs[0] == "zone":
            zones.zone(given["--name"])
        if verbs[0] == "link" and verbs[2] == "create":
            zones.zone(given["--zone-name"])
        if verbs[0] != "record-set" or len(verbs) != 3 or verbs[1] not in VERSION:
            continue
        zone, kind = zones.zone(given["--zone-name"]), verbs[1]
        key = kind, full(given["--name"], given["--zone-name"])
        if verbs[2] == "delete":
            zone.pop(key, None)
        if verbs[2] in ("create", "add-record"):
            zone.setdefault(key, set())
        if verbs[2] == "add-record":
            zone[key].add(address(given["--address"], kind))
    return zones


def read(text):
    if not text.lstrip().startswith("{"):
        return read_script(text)
    try:
        document = json.loads(text)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong
    return read_template(document) if "resources" in document else read_terraform(document)


class Judge:
    """Says of mutants whether every name is answered as it was"""

    lacks = False

    def __init__(self, text, binding):
        self.wanted = read(text).meaning()
        answers = {name: {str(one) for one in found} for zone in self.wanted[0].values()
                   for name, found in zone.items()}
        for flow in binding.flows:
            inner = [name for name in answers if flow.name.partition(".")[0] == name.partition(".")[0]]
            if not inner:
                raise ValueError(f"the artifact has nothing for {flow.name}")

    def judge(self, text):
        have = read(text).meaning()
        if have == self.wanted:
            return None
        for zone in sorted(set(have[0]) | set(self.wanted[0])):
            mine, other = have[0].get(zone), self.wanted[0].get(zone)
            if mine == {} and other is None:
                # what is refused besides is nobody's need
                have[0].pop(zone)
                if have == self.wanted:
                    raise Either(f"zone {zone} besides")
                continue
            if mine != other:
                return f"{zone}: {mine}, not {other}"
        return f"links: {have[1]}, not {self.wanted[1]}"
