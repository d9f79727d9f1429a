"""azfw_faults - Small faults for the rule collection groups of Azure Firewall"""
import copy

from .tree import (add, address, drop, edit, mutation, places, port, put, renamed, reorder, step,
                   swap_values, tag, toggle, walk)

SOURCES = "sourceAddresses|source_addresses"
DESTINATIONS = "destinationAddresses|destination_addresses"
PORTS = "destinationPorts|destination_ports"
NAMES = "targetFqdns|destination_fqdns|destinationFqdns"
IP_PROTOCOLS = "ipProtocols"
GROUP_ENTRIES = "ipAddresses|cidrs"
COLLECTIONS = "ruleCollections|network_rule_collection|application_rule_collection"


def name(value, random):
    """Another host name: a look-alike, a wild card, one label more or less"""
    if not isinstance(value, str):
        return None
    bare = value.lstrip("*.")
    labels = bare.split(".")
    return random.choice((
        "*." + bare, "*" + bare, "*", bare, "x" + bare, "a." + bare, ".".join(labels[1:]),
        "*." + ".".join(labels[1:]), bare + ".test", bare + ".", bare.upper(), bare.replace(".", "x", 1),
        "www.*." + bare, bare[:-1], "*." + value))


def drop_of(pattern):
    """An entry of such a list: a rule, a collection"""
    def change(document, random):
        found = [holder[key] for holder, key in places(document, pattern)
                 if isinstance(holder[key], list)]
        if not found:
            return False
        some = random.choice(found)
        some.pop(random.randrange(len(some)))
        return True
    return mutation(change)


def duplicate(document, random):
    found = [holder[key] for holder, key in places(document, "rules|rule")
             if isinstance(holder[key], list)]
    if not found:
        return False
    some = random.choice(found)
    some.insert(random.randrange(len(some) + 1), renamed(random.choice(some), random))
    return True


def collections(document):
    return [entry for holder, key in places(document, COLLECTIONS) for entry in holder[key]]


def deny_in_front(document, random):
    """A network collection that denies"""
    holder, key = random.choice(places(document, COLLECTIONS) or [(None, None)])
    if holder is None:
        return False
    arm = key == "ruleCollections"
    rule = {"name": "in-front", ("destinationPorts" if arm else "destination_ports"):
            [random.choice(("443", "80", "53", "*"))],
            ("sourceAddresses" if arm else "source_addresses"): [random.choice(("*", "10.240.0.0/16"))],
            ("destinationAddresses" if arm else "destination_addresses"):
            [random.choice(("*", "10.1.2.4", "192.0.2.0/24", "AzureContainerRegistry"))]}
    protocols = [random.choice(("TCP", "UDP", "Any"))]
    action = random.choice(("Deny", "Allow"))
    if arm:
        rule = {"ruleType": "NetworkRule", "ipProtocols": protocols, **rule}
        holder[key].append({"ruleCollectionType": "FirewallPolicyFilterRuleCollection",
                            "name": "in-front", "priority": random.choice((101, 150, 5000)),
                            "action": {"type": action}, "rules": [rule]})
    else:
        rule["protocols"] = protocols
        holder.setdefault("network_rule_collection", []).append(
            {"name": "in-front", "priority": random.choice((101, 150, 5000)), "action": action,
             "rule": [rule]})
    return True


def application_protocol(document, random):
    found = [value for _, _, value in walk(document)
             if isinstance(value, dict) and isinstance(value.get("port"), int)]
    if not found:
        return False
    one = random.choice(found)
    if random.random() < 0.5:
        one["port"] = random.choice((442, 444, 80, 8443, 0, 65536))
    else:
        key = "protocolType" if "protocolType" in one else "type"
        one[key] = random.choice(("Http", "Mssql", "https", "Tcp"))
    return True


def protocol_more(document, random):
    found = [holder[key] for holder, key, value in walk(document)
             if isinstance(value, list) and value and isinstance(value[0], dict) and "port" in value[0]]
    if not found:
        return False
    some = random.choice(found)
    key = "protocolType" if "protocolType" in some[0] else "type"
    some.append({key: random.choice(("Http", "Https", "Mssql")), "port": random.choice((80, 443, 1433))})
    return True


def restrict_application(document, random):
    """An application rule gets destinations besides"""
    found = [value for _, _, value in walk(document)
             if isinstance(value, dict) and ("targetFqdns" in value or
                                             "destination_fqdns" in value and "ipProtocols" not in value)]
    if not found:
        return False
    one = random.choice(found)
    key = "destinationAddresses" if "targetFqdns" in one else "destination_addresses"
    one[key] = [random.choice(("*", "10.0.0.0/8", "10.1.2.4", "0.0.0.0/0", "192.0.2.1"))]
    return True


def merged(document, random):
    """All rules of one collection go to another of the same kind"""
    found = [entry for entry in collections(document) if entry.get("rules") or entry.get("rule")]
    if len(found) < 2:
        return False
    one, two = random.sample(found, 2)
    key = "rules" if "rules" in one else "rule"
    two[key] = two[key] + copy.deepcopy(one[key])
    one[key] = []
    return True


def next_priority(value, random):
    return random.choice((step(value, 65000, random), 100, 99, 65000, 65001, 150, 250, 350))


MUTATIONS = {
    "destination port": edit(PORTS, port),
    "port more": add(PORTS, "22", "80", "444-450"),
    "source": edit(SOURCES, address),
    "destination": edit(DESTINATIONS, address),
    "tag": edit(DESTINATIONS, tag),
    "entry gone": drop("|".join((SOURCES, DESTINATIONS, PORTS, NAMES))),
    "source more": add(SOURCES, "10.0.0.0/8", "*", "10.240.0.0/15"),
    "destination more": add(DESTINATIONS, "10.0.0.0/8", "*", "192.0.2.1", "Storage", "AzureCloud"),
    "IP group entry": edit(GROUP_ENTRIES, address),
    "IP group entry gone": drop(GROUP_ENTRIES),
    "IP group entry more": add(GROUP_ENTRIES, "10.0.0.0/8", "192.0.2.1", "0.0.0.0/1"),
    "entries reordered": reorder("|".join((SOURCES, DESTINATIONS, PORTS, NAMES, COLLECTIONS))),
    "name": edit(NAMES, name),
    "name more": add(NAMES, "*", "example.test", "*.azurecr.io", "azurecr.io"),
    "names swapped": swap_values(NAMES),
    "sources swapped": swap_values(SOURCES),
    "destinations swapped": swap_values(DESTINATIONS),
    "protocol": put(IP_PROTOCOLS, "TCP", "UDP", "Any", "ICMP", "tcp", "SCTP"),
    "protocol gone": drop(IP_PROTOCOLS),
    "application protocol": mutation(application_protocol),
    "application protocol more": mutation(protocol_more),
    "application destinations": mutation(restrict_application),
    "action": toggle("type|action", "Allow", "Deny"),
    "priority": edit("priority", next_priority),
    "priorities swapped": swap_values("priority"),
    "rule deleted": drop_of("rules|rule"),
    "rule twice": mutation(duplicate),
    "collection deleted": drop_of(COLLECTIONS),
    "collections merged": mutation(merged),
    "collection in front": mutation(deny_in_front),
    "description": put("description", "postern:other", "other"),
    "description gone": drop("description"),
}
