"""binding - What the flows of an output lead to, for targets that say names or tags

A rule by name or by tag is a promise about addresses.  Which addresses a flow is bound to,
and whose packets are governed, stands in the proof of the golden case; it is data here,
not something to be judged.
"""
import json
import re

from .points import ADDRESS_LAST, IPV6, address_number

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}


def prefix_range(text):
    """The first and last number of '10.0.0.0/8', '10.0.0.1' or '10.0.0.1-10.0.0.9'"""
    first, _, last = text.partition("-")
    if last:
        return address_number(first), address_number(last)
    first, _, length = text.partition("/")
    number = address_number(first)
    width = 128 if ":" in first else 32
    host = (1 << (width - int(length or width))) - 1
    base = IPV6 if width == 128 else 0
    low = base + ((number - base) & ~host)
    return low, low | host if not base else base + ((low - base) | host)


def ranges_of(text):
    return [prefix_range(part.strip()) for part in text.split(",") if part.strip()]


class Flow:
    def __init__(self, entry):
        self.rule = entry["rule"]
        # CLIENT/GROUP/WHAT:PROTOCOL:PORTS, without ports or protocol where there are none
        what = entry["id"][len(entry["rule"]) + 1:]
        found = re.fullmatch(r"(.*?)(?::([a-z0-9]+))?(?::([0-9,-]+))?", what)
        self.name = found.group(1)
        self.protocol = PROTOCOLS.get(found.group(2))
        self.ports = [tuple(int(end) for end in (part.split("-") * 2)[:2])
                      for part in (found.group(3) or "0-65535").split(",")]
        self.addresses = ranges_of(entry.get("addresses", ""))
        self.tags = entry.get("service_tags", [])


class Binding:
    """An output's entry of proof.json, and the service tags that the spec names"""

    def __init__(self, output, spec):
        found = re.match(r"from \{([^}]*)\}", output["governed"])
        self.sources = ranges_of(found.group(1)) if found else [(0, ADDRESS_LAST)]
        self.deny = output["default"] == "deny"
        self.flows = [Flow(entry) for entry in output["flows"]]
        self.settings = output.get("environment", {})
        self.tags = self._read_tags(spec)
        self.accepts_tags = re.search(r"\bservice-tag\b", spec.read_text()) is not None

    @staticmethod
    def _read_tags(spec):
        """Tag in lower case -> ranges; None without a file"""
        found = re.search(r'\bservice_tags["\']?\s*[:>=]\s*["\']?([^\s"\'<,]+)', spec.read_text())
        if not found:
            return None
        values = json.loads((spec.parent / found.group(1)).read_text("utf-8-sig"))["values"]
        return {value["name"].lower(): [prefix_range(prefix) for prefix in
                                        value["properties"]["addressPrefixes"]]
                for value in values}

    def tag_mates(self):
        """The addresses of all tags that have an address of a named flow"""
        bound = [entry[0] for flow in self.flows if re.search("[a-z]", flow.name)
                 for entry in flow.addresses]
        return [entry for tag in (self.tags or {}).values()
                if any(low <= address <= high for address in bound for low, high in tag)
                for entry in tag]

    def addresses_of(self, name):
        """Where a host name leads: ranges, or None when nobody knows"""
        found = [flow.addresses for flow in self.flows
                 if flow.name == name.lower() and flow.addresses]
        return [entry for addresses in found for entry in addresses] or None
