"""dnsmasq - What a part of dnsmasq's configuration does, written from dnsmasq(8) of 2.90

Of all its options only those that mutants have; others are refused, as dnsmasq refuses what
it does not know.  host-record and cname say all of a name and family; then the longest domain
of address, local and server that has something to say of the family.
"""
import re
from ipaddress import ip_address

from .points import Refused

PLAIN = {"domain-needed", "bogus-priv", "no-resolv", "stop-dns-rebind", "rebind-localhost-ok",
         "filter-A", "filter-AAAA"}
VALUED = {"host-record", "cname", "address", "local", "server", "rebind-domain-ok", "nftset"}
NOTHING, STANDARD = "nothing", "standard"


def address_of(text):
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def unquoted(line):
    """The line without comment, and its quotes, between which "#" is no comment"""
    out, at = "", 0
    while at < len(line):
        if line[at] == '"':
            end = line.find('"', at + 1)
            if end < 0:
                raise Refused("a quote is never closed")
            out, at = out + line[at + 1:end], end + 1
            continue
        if line[at] == "#" and (not out or out[-1].isspace()):
            break
        out, at = out + line[at], at + 1
    return out.strip()


def name_of(text):
    """As names are compared; None where nobody can ask for it"""
    text = text.lower()
    if any(len(label) > 63 for label in text.split(".")) or not text.strip():
        raise Refused(f"no name: {text}")
    text = text.removesuffix(".")
    return text if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", text) else None


class Config:
    def __init__(self, text):
        self.flags, self.records, self.cnames = set(), {}, {}
        self.domains, self.exempt, self.fills = {}, set(), {}
        for line in text.split("\n"):
            line = unquoted(line)
            if line:
                self.read(*self.halves(line))
        for name in self.cnames:
            self.end_of(name)

    @staticmethod
    def halves(line):
        key, equals, value = line.partition("=")
        return key.strip(), value.strip() if equals else None

    def read(self, key, value):
        if key in PLAIN and value is None:
            self.flags.add(key)
        elif key in VALUED and value is not None:
            getattr(self, "read_" + key.replace("-", "_"))(value)
        else:
            raise Refused(f"no such option: {key}")

    def read_host_record(self, value):
        if "," not in value:
            raise Refused("a host-record of one word")
        names, found = [], {}
        for item in (x.strip() for x in value.split(",")):
            address = address_of(item)
            if address:
                found[address.version] = address
            elif not item.isdigit() and item:
                names.append(name_of(item))
        for name in names:
            self.records.setdefault(name, set()).update(found.values())

    def read_cname(self, value):
        items = [x.strip() for x in value.split(",")]
        if len(items) > 2 and items[-1].isdigit():
            items.pop()
        if len(items) < 2:
            raise Refused("a cname of one word")
        for alias in items[:-1]:
            alias = name_of(alias)
            if alias in self.cnames:
                raise Refused("a second cname")
            self.cnames[alias] = name_of(items[-1])

    def end_of(self, name):
        seen = set()
        while name in self.cnames:
            if name in seen:
                raise Refused("cnames in a circle")
            seen.add(name)
            name = self.cnames[name]
        return name

    def read_rebind_domain_ok(self, value):
        for item in value.removeprefix("/").rstrip("/").split("/"):
            if item.strip():
                self.exempt.add(name_of(item.strip()))

    @staticmethod
    def split(value):
        """([domains], the rest); no domain is every name"""
        if not value.startswith("/"):
            return ["#"], value
        *domains, rest = (x.strip() for x in value[1:].split("/"))
        return domains or [rest], rest

    def add(self, domains, what):
        for domain in domains:
            if not domain:
                continue  # names without a dot
            wildcard = domain.startswith("*")
            text = domain[1:] if wildcard else domain.lstrip(".")
            if text == "#":
                text = ""
            dot = "." if wildcard and text.startswith(".") else ""
            text = text and name_of(text[len(dot):])
            if text is not None:
                self.domains.setdefault((dot + text, wildcard and bool(text)), []).append(what)

    def read_nftset(self, value):
        """Of two lines for a domain the first counts; an asterisk means nothing here"""
        *domains, rest = ([x.strip() for x in value[1:].split("/")] if value.startswith("/")
                          else ["#", value])
        if not rest:
            raise Refused("no set")
        sets = [x.strip() for x in rest.split(",")]
        for domain in domains:
            domain = domain.lstrip(".")
            domain = "" if domain in ("", "#") else name_of(domain)
            if domain is not None:
                self.fills.setdefault(domain, sets)

    def filled(self, name, version):
        """The sets that addresses of the name enter, where a server says them"""
        if not self.fate(name, version)[1]:
            return set()
        takers = [x for x in self.fills if not x or name == x or name.endswith("." + x)]
        if not takers:
            return set()
        sets = self.fills[max(takers, key=len)]
        return {x.removeprefix(f"{version}#") for x in sets if x[:2] not in ("4#", "6#") or
                x.startswith(f"{version}#")}

    def read_address(self, value):
        domains, rest = self.split(value)
        if rest == "#":
            self.add(domains, ip_address("0.0.0.0"))
            self.add(domains, ip_address("::"))
        elif rest:
            if not address_of(rest):
                raise Refused(f"no address: {rest}")
            self.add(domains, address_of(rest))
        else:
            self.add(domains, NOTHING)

    def read_server(self, value):
        domains, rest = self.split(value)
        if rest in ("", "#"):
            self.add(domains, STANDARD if rest else NOTHING)
            return
        place, *way = rest.split("@")
        address, _, port = place.partition("#")
        for number in [port] + [x.partition("#")[2] for x in way]:
            if not re.fullmatch(r"\d{0,5}", number) or int(number or 53) > 65535:
                raise Refused(f"no port: {rest}")
        if len(way) > 1:
            raise Refused(f"two ways: {rest}")
        # A name is resolved when dnsmasq starts, and leads who knows where.
        if not address_of(address) and not name_of(address):
            raise Refused(f"no server: {rest}")
        self.add(domains, (address_of(address) or address, int(port or 53)))

    read_local = read_server

    @staticmethod
    def takes(domain, name):
        """domain: (text, is a wildcard)"""
        text, wildcard = domain
        if not text or name == text or name.endswith("." + text):
            return not wildcard or not text.startswith(".") or name.endswith(text)
        return wildcard and name.endswith(text)

    def candidates(self, name):
        """Domains that take the name, longest first; of equal ones the plain one alone"""
        found = [x for x in self.domains if self.takes(x, name)]
        return sorted((x for x in found if not x[1] or (x[0], False) not in found),
                      key=lambda x: -len(x[0]))

    def fate(self, name, version):
        """(addresses that it answers by itself, servers that it asks: None is resolv.conf's)"""
        if name in self.cnames:
            end = self.end_of(name)
            return {x for x in self.records.get(end, ()) if x.version == version}, []
        own = {x for x in self.records.get(name, ()) if x.version == version}
        if own:
            return own, []
        for domain in self.candidates(name):
            says = self.domains[domain]
            own = {x for x in says if not isinstance(x, (tuple, str)) and x.version == version}
            if len(own) > 1:
                own -= {ip_address("0.0.0.0"), ip_address("::")}
            if own:
                return own, []
            if STANDARD in says or not domain[0]:
                return self.standard()
            servers = sorted({x for x in says if isinstance(x, tuple)}, key=str)
            if servers:
                return set(), servers
            if NOTHING in says:
                return set(), []
        return self.standard()

    def standard(self):
        says = self.domains.get(("", False), [])
        servers = [x for x in says if isinstance(x, tuple)]
        if STANDARD in says:
            return set(), []
        if "no-resolv" in self.flags:
            return set(), servers
        return set(), servers + [None]

    def comes_through(self, name):
        """Do private addresses of both families come through from a server?"""
        if self.flags & {"filter-A", "filter-AAAA"}:
            return False
        return "stop-dns-rebind" not in self.flags or any(
            domain and (name == domain or name.endswith("." + domain)) for domain in self.exempt)

    def names(self):
        found = set(self.records) | set(self.cnames) | {x.lstrip(".") for x, _ in self.domains}
        found |= set(self.fills)
        return {x for x in found | self.exempt if x}


class Judge:
    """Says of mutants whether they still answer, or ask, what is asked for"""

    lacks = False

    def __init__(self, text, binding):
        self.form = binding.settings["form"]
        self.sets = Config(text)
        self.owed = {flow.name: {ip_address(first & (1 << 32) - 1) for first, _ in flow.addresses}
                     for flow in binding.flows}
        self.server = (ip_address(binding.settings["server"]), 53)

    def probes(self, config):
        names = {x.removeprefix("*.") for x in self.owed} | config.names() | {"azurecr.io"}
        return sorted({prefix + name for name in names for prefix in ("", "x.", "x")})

    def judge(self, text):
        config = Config(text)
        judges = {"local": self.judge_answers, "forward": self.judge_questions,
                  "nftset": self.judge_sets}
        return judges[self.form](config)

    def judge_sets(self, config):
        for name in sorted(set(self.probes(config)) | set(self.probes(self.sets))):
            if not any(name == x or name.endswith("." + x) for x in self.sets.fills):
                continue
            for version in (4, 6):
                have, want = config.filled(name, version), self.sets.filled(name, version)
                if have != want:
                    return f"{name}, IPv{version}: {sorted(have)}, not {sorted(want)}"
        return None

    def judge_answers(self, config):
        for name in self.probes(config):
            governed = any(name == x or name.endswith("." + x) for x in self.owed)
            if not governed:
                continue
            fates = [config.fate(name, version) for version in (4, 6)]
            have = fates[0][0] | fates[1][0]
            if have != self.owed.get(name, set()) or any(servers for _, servers in fates):
                return f"{name}: {sorted(map(str, have))}, or somebody else says"
        return None

    def judge_questions(self, config):
        for name in self.probes(config):
            if name != "azurecr.io" and not name.endswith(".azurecr.io"):
                continue
            for version in (4, 6):
                own, servers = config.fate(name, version)
                if own or servers != [self.server] or not config.comes_through(name):
                    return f"{name}, IPv{version}: {own or servers}"
        return None
