"""nsg_faults - Small faults for the rules of network security groups"""
import re

from .tree import (add, address, drop, edit, mutation, port, put, renamed, reorder, step,
                   swap_values, tag, walk)

PRIORITY, ACCESS = "priority", "access"
SOURCE = "sourceAddressPrefix(es)?|source_address_prefix(es)?"
DESTINATION = "destinationAddressPrefix(es)?|destination_address_prefix(es)?"
PORTS = "destinationPortRanges?|destination_port_ranges?"
SOURCE_PORTS = "sourcePortRanges?|source_port_ranges?"


def rules(document):
    """(container, key, rule, its values) of every rule"""
    for holder, key, value in walk(document):
        if isinstance(value, dict) and isinstance(value.get("properties", value), dict) and \
                ACCESS in value.get("properties", value) and key != "properties":
            yield holder, key, value, value.get("properties", value)


def one_rule(document, random):
    found = list(rules(document))
    return random.choice(found) if found else (None,) * 4


def delete(document, random):
    holder, key, rule, _ = one_rule(document, random)
    if rule is None:
        return False
    del holder[key]
    return True


def duplicate(document, random):
    """A second rule that says the same, with another priority"""
    holder, key, rule, _ = one_rule(document, random)
    if rule is None:
        return False
    again = renamed(rule, random)
    taken = {values[PRIORITY] for *_, values in rules(document)}
    free = [number for number in (100, 150, 199, 300, 999, 2001, 3000, 4000, 4095)
            if number not in taken]
    again.get("properties", again)[PRIORITY] = random.choice(free)
    if isinstance(holder, list):
        holder.append(again)
    else:
        holder[again["name"]] = again
    return True


def swap_fields(one, two):
    def change(document, random):
        *_, values = one_rule(document, random)
        if values is None:
            return False
        mine = [key for key in values if re.fullmatch(one, key)]
        other = [key for key in values if re.fullmatch(two, key)]
        if len(mine) != 1 or len(other) != 1 or values[mine[0]] == values[other[0]]:
            return False
        (a,), (b,) = mine, other
        if isinstance(values[a], list) != isinstance(values[b], list):
            return False
        values[a], values[b] = values[b], values[a]
        return True
    return mutation(change)


def everything(pattern):
    """A list or value becomes the one value '*'"""
    def change(document, random):
        *_, values = one_rule(document, random)
        found = [key for key in values or () if re.fullmatch(pattern, key)]
        if len(found) != 1 or values[found[0]] == "*":
            return False
        one = re.sub(r"(Prefix)es$|(_prefix)es$|(Range)s$|(_range)s$",
                     lambda match: next(group for group in match.groups() if group), found[0])
        del values[found[0]]
        values[one] = "*"
        return True
    return mutation(change)


def next_priority(value, random):
    return random.choice((step(value, 4096, random), 100, 4096, 4095, 99, 4097, 200, 1000))


MUTATIONS = {
    "destination port": edit(PORTS, port),
    "any port": everything(PORTS),
    "source port": edit(SOURCE_PORTS, port),
    "source": edit(SOURCE, address),
    "destination": edit(DESTINATION, address),
    "any source": everything(SOURCE),
    "any destination": everything(DESTINATION),
    "tag": edit(DESTINATION, tag),
    "source tag": put(SOURCE, "VirtualNetwork", "*", "Internet"),
    "entry gone": drop("|".join((SOURCE, DESTINATION, PORTS))),
    "entry more": add(f"{SOURCE}|{DESTINATION}", "10.0.0.0/8", "192.0.2.1", "fd00::/8", "Storage"),
    "port more": add(PORTS, "22", "80", "444-450"),
    "entries reordered": reorder(f"{SOURCE}|{DESTINATION}|{PORTS}"),
    "access": put(ACCESS, "Allow", "Deny"),
    "access unknown": put(ACCESS, "allow", "DENY", "Permit"),
    "direction": put("direction", "Inbound", "Outbound"),
    "protocol": put("protocol", "Tcp", "Udp", "*", "Icmp", "Esp", "Ah", "tcp", "Sctp"),
    "priority": edit(PRIORITY, next_priority),
    "priorities swapped": swap_values(PRIORITY),
    "accesses swapped": swap_values(ACCESS),
    "destinations swapped": swap_values(DESTINATION),
    "sources swapped": swap_values(SOURCE),
    "source, destination": swap_fields(SOURCE, DESTINATION),
    "ports swapped": swap_fields(SOURCE_PORTS, PORTS),
    "rule deleted": mutation(delete),
    "rule twice": mutation(duplicate),
    "description": put("description", "postern:other", "other", "x" * 141),
    "description gone": drop("description"),
}
