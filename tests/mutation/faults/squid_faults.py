"""squid_faults - Small faults for squid.conf"""
import re

from .lines import (change, choose, delete, duplicate, move, prefix_mutant, replace, step, swap)

ACCESS = r'^http_access .*$'
ACL = r'^acl .*$'


def domain(text, random):
    """Another host name: a look-alike, everything below it, one label more or less"""
    found = choose(text, r'^acl \S+ dstdomain (?:-n )?(?:\S+ )*?([a-z0-9.-]+\.[a-z0-9.-]+)(?= |$)', random)
    if not found:
        return None
    name = found.group(1)
    bare = name.lstrip(".")
    labels = bare.split(".")
    new = random.choice(("." + bare, bare, "x" + bare, "a." + bare, ".".join(labels[1:]),
                         "." + ".".join(labels[1:]), bare + ".test", bare + ".", bare.upper(),
                         bare.replace(".", "x", 1), "*." + bare, bare[:-1], "none",
                         name + " ." + bare, name + " a." + bare, name + " " + name,
                         name + " example.test", bare + ":443"))
    return replace(text, found, new, 1)


def value(kind, new):
    """A value of an ACL of this type: new(value, random), or None to drop it"""
    def mutation(text, random):
        found = choose(text, rf'^acl \S+ {kind} (?:-\S+ )?(?:\S+ )*?(\S+)(?= |$)', random)
        if not found:
            return None
        made = new(found.group(1), random)
        return replace(text, found, made, 1) if made is not None else None
    return mutation


def address(old, random):
    found = re.fullmatch(r'([0-9a-f.:]+)(?:/([0-9]+)|-([0-9.]+))?', old)
    if not found or random.random() < 0.1:
        return random.choice(("all", "0.0.0.0/0", "10.0.0.0/8", "::/0", "::/1", "10.0.0.0/0"))
    return prefix_mutant(*found.groups(), random) or ""


def port(old, random):
    found = re.fullmatch(r'([0-9]+)(?:-([0-9]+))?', old)
    if not found or random.random() < 0.2:
        return random.choice(("0", "65535", "65536", "1-65535", "443 80", "80"))
    ends = [int(found.group(1)), int(found.group(2) or found.group(1))]
    at = random.randrange(2)
    ends[at] = step(ends[at], 65535, random)
    return f"{ends[0]}-{ends[1]}" if ends[0] != ends[1] else str(ends[0])


def condition(text, random):
    """A condition of a line is gone, negated, another, or twice"""
    found = choose(text, r'^http_access \S+(?: \S+)*?( !?\S+)(?= |$)', random)
    if not found:
        return None
    name = found.group(1).strip()
    names = re.findall(r'^acl (\S+)', text, re.M) + ["all", "CONNECT", "localhost"]
    new = random.choice(("", " !" + name.lstrip("!"), " " + name.lstrip("!"),
                         " " + random.choice(names), f" {name} {random.choice(names)}",
                         " " + name.upper(), " nothing"))
    return replace(text, found, new, 1)


def insert(text, random):
    """A line in front of another, or behind the last"""
    line = choose(text, ACCESS, random)
    if not line:
        return None
    names = re.findall(r'^acl (\S+)', text, re.M) + ["all", "CONNECT", "localhost"]
    new = random.choice((f"http_access allow {random.choice(names)}",
                         f"http_access deny {random.choice(names)}",
                         f"http_access allow {random.choice(names)} {random.choice(names)}",
                         f"http_access deny {random.choice(names)} !{random.choice(names)}",
                         "http_access allow all", "http_access deny all", "http_access Allow all",
                         "http_access allow", "acl inside dst 10.0.0.0/8\nhttp_access deny inside",
                         "acl inside dst 10.0.0.0/8\nhttp_access allow inside",
                         "acl plain method GET POST\nhttp_access deny plain",
                         "acl other dstdomain example.test\nhttp_access allow other",
                         "acl high port 1024-65535\nhttp_access deny high",
                         "acl raw dstdomain none\nhttp_access deny raw"))
    pieces = (new, line.group()) if random.random() < 0.6 else (line.group(), new)
    return replace(text, line, "\n".join(pieces))


def again(kind, *values):
    """One more line of an ACL"""
    def mutation(text, random):
        found = choose(text, rf'^acl (\S+) {kind} .*$', random)
        if not found:
            return None
        return replace(text, found, f"{found.group()}\nacl {found.group(1)} {kind} "
                       f"{random.choice(values)}")
    return mutation


MUTATIONS = {
    "domain": domain,
    "domain more": again("dstdomain", "example.test", ".example.test", ".azurecr.io", ".io"),
    "-n gone": change(r' dstdomain( -n)', "", group=1),
    "all -n gone": lambda text, random: text.replace(" -n ", " "),
    "source": value("src", address),
    "source more": again("src", "10.0.0.0/8", "192.0.2.0/24", "fd00::/8", "all"),
    "destination": value("dst", address),
    "port": value("port", port),
    "port more": again("port", "80", "444", "1024-65535"),
    "method": value("method", lambda old, random: random.choice(("GET", "POST", "connect", "PUT"))),
    "type": change(r'^acl \S+ (src|dst|dstdomain|port|method) ', "src", "dst", "dstdomain", "port",
                   "method", "nothing", group=1),
    "acl gone": delete(ACL),
    "acl twice": duplicate(ACL),
    "acl moved": move(ACL),
    "action": change(r'^http_access (\S+)', "allow", "deny", group=1),
    "action unknown": change(r'^http_access (\S+)', "Allow", "DENY", "permit", group=1),
    "line gone": delete(ACCESS),
    "last line gone": lambda text, random: re.sub(r'(.*)\nhttp_access [^\n]*', r'\1', text, count=1,
                                                  flags=re.S),
    "line twice": duplicate(ACCESS),
    "line moved": move(ACCESS),
    "lines swapped": swap(ACCESS),
    "line added": insert,
    "condition": condition,
    "listens no more": delete(r'^https?_port .*$'),
    "listens": lambda text, random: text + "http_port 3128\n" if "http_port" not in text else None,
    "comment": change(r'^# (postern:\S+)', "postern:other", "other", group=1),
    "comment gone": delete(r'^# postern:.*$'),
    "space": change(r'^(acl|http_access) ', "acl  ", "http_access\t", group=1),
}
