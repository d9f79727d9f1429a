"""hosts - What a hosts file answers, written from hosts(5) and nss/nss_files of glibc

All lines that have a name give their addresses; the first '#' of a line ends it; names have
no case; a line without an address in front is no line.
"""
from ipaddress import ip_address


def answers(text, name):
    """The addresses of a name; an empty set: the file has nothing about it"""
    found = set()
    for line in text.split("\n"):
        words = line.split("#", 1)[0].split()
        if len(words) < 2 or name.lower() not in (word.lower() for word in words[1:]):
            continue
        try:
            address = ip_address(words[0])
        except ValueError:
            continue
        if "%" in words[0]:
            continue
        mapped = getattr(address, "ipv4_mapped", None)
        found.add(mapped or address)
    return found


class Judge:
    """Says of mutants whether they still answer what is asked for, and whose line does"""

    lacks = False

    def __init__(self, text, binding):
        self.names = sorted({flow.name for flow in binding.flows})
        self.wanted = {name: answers(text, name) for name in self.names}

    def judge(self, text):
        for name in self.names:
            have = answers(text, name)
            if have != self.wanted[name]:
                return (f"{name}: {', '.join(map(str, sorted(have, key=str))) or 'nothing'}, not "
                        f"{', '.join(map(str, sorted(self.wanted[name], key=str)))}")
        return None
