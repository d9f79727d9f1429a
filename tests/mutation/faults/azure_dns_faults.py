"""azure_dns_faults - Small faults for private DNS zones, in each of their forms"""
from .lines import change, choose, delete, duplicate, prefix_mutant, replace, swap
from .tree import add, drop, edit, put, swap_values

ADDRESS = "ipv[46]Address|records"
NAME = "name"
ZONE = "privatelink.azurecr.io"
CALL = r"^az network private-dns record-set (?:.*\\\n)*.*\n"


def is_json(text):
    return text.lstrip().startswith("{")


def in_json(mutation):
    return lambda text, random: mutation(text, random) if is_json(text) else None


def in_script(mutation):
    return lambda text, random: None if is_json(text) else mutation(text, random)


def other_address(text, random):
    try:
        new = prefix_mutant(text, None, None, random) or "10.99.0.1"
    except ValueError:  # it was spoilt before
        return "10.99.0.1"
    new = new.split("/")[0].split("-")[0]
    return random.choice((new, new, new, "fd00::9", "10.1.2.300", "0" + text, "10.1.2"))


def other_name(text, random):
    """A record's name, with its zone in front in templates; whatever has no dot is a zone's link"""
    zone, slash, name = text.rpartition("/")
    if text == ZONE:
        return random.choice((ZONE, "privatelink.azurecr.us", "azurecr.io", ZONE.upper(), "x." + ZONE))
    new = random.choice(("x" + name, name[:-1], name + ".data", name.upper(), "*", "*." + name, "@",
                         name.replace(".", "..", 1), name.replace("data", "date"), "x." + name))
    return zone + slash + new if new else None


def record_of_script(text, random):
    found = choose(text, r"(?:--name|--record-set-name) ([a-z0-9.]+) ", random)
    return replace(text, found, other_name(found.group(1), random) or "x", 1) if found else None


def address_of_script(text, random):
    found = choose(text, r"--ipv[46]-address ([0-9a-f.:]+)", random)
    return replace(text, found, other_address(found.group(1), random), 1) if found else None


def delete_resource(key):
    """One entry of a list or mapping of resources"""
    def mutation(text, random):
        from .tree import json
        document = json.loads(text)
        holder = document.get(key)
        if isinstance(holder, dict):
            holder = holder.get("azurerm_private_dns_a_record")
        if not holder:
            return None
        del holder[random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))]
        return json.dumps(document, indent=2) + "\n"
    return mutation


MUTATIONS = {
    "address": in_json(edit(ADDRESS, other_address)),
    "name": in_json(edit(NAME, other_name)),
    "swap addresses": in_json(swap_values(ADDRESS)),
    "second address": in_json(add("aRecords", {"ipv4Address": "10.99.0.1"})),
    "second record": in_json(add("records", "10.99.0.1")),
    "drop": in_json(drop("aRecords|records")),
    "delete resource": in_json(delete_resource("resources")),
    "delete record": in_json(delete_resource("resource")),
    "policy": in_json(put("resolutionPolicy", "NxDomainRedirect", "Fallback", "Default")),
    "registers": in_json(put("registrationEnabled|registration_enabled", True)),
    "type": in_json(edit("type", lambda text, random: {
        "Microsoft.Network/privateDnsZones/A": "Microsoft.Network/privateDnsZones/AAAA"}.get(text))),
    "script: name": in_script(record_of_script),
    "script: address": in_script(address_of_script),
    "script: delete": in_script(delete(CALL)),
    "script: duplicate": in_script(duplicate(CALL)),
    "script: swap": in_script(swap(CALL)),
    "script: comment": in_script(change(r"^(?=az network private-dns record-set)", "# ")),
    "script: quote": in_script(change(r"--zone-name (?=p)", '--zone-name ""', "-z ", "--zone-name='' ")),
    "script: verb": in_script(change(r"add-record|create|delete --yes", "create", "add-record",
                                     "delete --yes")),
    "script: type": in_script(change(r"record-set (a) ", "aaaa", group=1)),
    "script: blank": in_script(change(r" \\\n  ", " ", "\n", "  \\\n\t")),
}
