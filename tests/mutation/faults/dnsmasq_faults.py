"""dnsmasq_faults - Small faults for files of /etc/dnsmasq.d"""
from .lines import change, choose, delete, duplicate, prefix_mutant, replace, swap

LINE = r'^[a-z-]+=.*$'
NAME = r'(?<=[=/])([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)(?=[/,]|$)'
ADDRESS = r'(?<=[,/])([0-9a-f]+[.:][0-9a-f.:]*)(?=,|$)'


def name(text, random):
    """Another host name or domain: a look-alike, a label more or less, an asterisk"""
    found = choose(text, NAME, random)
    if not found:
        return None
    old = found.group(1)
    new = random.choice(("x" + old, old[1:], "*." + old, "*" + old, "." + old, old + ".",
                         old.upper(), old[:-1], old.split(".", 1)[1], "x." + old,
                         old.replace(".", "x", 1), f'"{old}"', "#", "privatelink." + old,
                         old + "..", ""))
    return replace(text, found, new, 1)


def address(text, random):
    found = choose(text, ADDRESS, random)
    if not found:
        return None
    new = prefix_mutant(found.group(1), None, None, random) or "10.99.0.1"
    new = new.split("/")[0].split("-")[0] if random.random() < 0.8 else new
    if random.random() < 0.1:
        new = "::ffff:" + found.group(1) if "." in found.group(1) else "0" + found.group(1)
    return replace(text, found, new, 1)


def more(text, random):
    """One more line, at the end"""
    found = choose(text, NAME, random)
    if not found:
        return None
    old = found.group(1)
    return text + random.choice((
        f"host-record={old},10.99.0.1", f"host-record={old},fd00::99", f"host-record=x.{old},10.0.0.1",
        f"address=/{old}/10.99.0.1", f"address=/{old}/fd00::99", f"address=/x.{old}/10.0.0.1",
        f"address=/{old}/#", f"local=/{old}/", f"local=/x.{old}/", f"server=/{old}/#",
        f"server=/x.{old}/10.0.0.53", f"server=/{old}/10.0.0.53", f"server=/*{old}/10.0.0.53",
        f"cname={old},other.example", f"cname=x.{old},{old}", f"cname=other.example,{old}",
        "address=/#/10.99.0.1", "local=/#/", "server=10.0.0.53", "server=/#/#", "no-resolv",
        "stop-dns-rebind", "filter-A", "filter-AAAA", "domain-needed", "nonsense",
        f"nftset=/{old}/4#inet#t#s", f"nftset=/x.{old}/4#inet#t#s", "nftset=/#/4#inet#t#s",
        f"rebind-domain-ok=/x.{old}/", f"rebind-domain-ok={old}", "stop-dns-rebind\nno-resolv",
        "host-record=other.example,10.0.0.1", f"host-record={old}")) + "\n"


MUTATIONS = {
    "name": name, "address": address, "more": more, "delete": delete(LINE),
    "duplicate": duplicate(LINE), "swap": swap(LINE),
    "comment out": change(r'^(?=[a-z-]+=)', "#", "# ", "x#"),
    "comment behind": change(r'(?<=[a-z0-9/])$', " # why", "#53", "# no comment", " "),
    "keyword": change(r'^([a-z-]+)(?==)', "local", "server", "address", "host-record", "cname",
                      "Local", "domain-needed", group=1),
    "set": change(r'([46]#)?inet#postern_\w+#\S+?_([46])(?=,|$)', "4#", "6#", "x#", "",
                  group=1),
    "another set": change(r'(?<=[46]#)(inet#\w+#d_)', "inet#postern_output#d_", "ip#t#d_",
                          "inet#postern_forward#w_", group=1),
    "port": change(r'(?<=[0-9])$', "#53", "#54", "#65536", "#x", "@lo", "@lo#4000"),
    "lifetime": change(r',(\d+)$', "20", "", "x", "10,fd00::9", group=1),
    "blank": change(r'=', " = ", "= ", "==", " "),
    "join lines": change(r'\n', " ", "\r\n"),
}
