"""names - Host names to try, and what patterns say of them

Besides every name that is written somewhere, its look-alikes: the name below it, its apex,
the name glued to another word, the name as a part of somebody else's.
"""
from .points import Test

NO_NAME = ""  # the packet or request names an address, or nothing


def look_alikes(name):
    name = name.lower().rstrip(".").lstrip("*.") or "name.test"
    labels = name.split(".")
    yield from (name, "a." + name, "a.b." + name, "x" + name, "x-" + name, name + ".test",
                name.replace(".", "x", 1), ".".join(labels[1:]) or name, "a." + ".".join(labels[1:]),
                "other.test")


def below(domain):
    return lambda name: name.endswith("." + domain) and len(name) > len(domain) + 1


def test(kind, domain, holds):
    """A test of the name axis; holds is never asked about "no name\""""
    return Test("name", (kind, domain), lambda name: name != NO_NAME and holds(name),
                list(look_alikes(domain)))


def exactly(domain):
    return test("is", domain, lambda name: name == domain)


def flow_name(name):
    """The names of a flow: one, or all below a domain"""
    if name.startswith("*."):
        return test("below", name[2:], below(name[2:]))
    return exactly(name)
