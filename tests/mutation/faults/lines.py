"""lines - Mutations of lines and values that several formats share

A mutation takes a text and a random generator and returns another text, or None where the
text has no place for it.  What a mutant means is not known here; that is for the evaluator.
"""
import ipaddress
import re


def replace(text, found, new, group=0):
    return text[:found.start(group)] + new + text[found.end(group):]


def choose(text, pattern, random):
    found = list(re.finditer(pattern, text, re.M))
    return random.choice(found) if found else None


def change(pattern, *news, group=0):
    """A mutation that puts one of some texts where the pattern's group is"""
    def mutation(text, random):
        found = choose(text, pattern, random)
        if not found:
            return None
        others = [new for new in news if new != found.group(group)]
        return replace(text, found, random.choice(others), group) if others else None
    return mutation


def step(number, last, random):
    moved = number + random.choice((-1, 1))
    return moved if 0 <= moved <= last else number


def prefix_mutant(first, length, last, random):
    """A prefix or range, a little different; None: gone"""
    address = ipaddress.ip_address(first)
    width, kind = address.max_prefixlen, random.randrange(6)
    whole = type(address)

    def spell(number, bits):
        base = (number >> (width - bits) << (width - bits)) % (1 << width)
        return f"{whole(base)}/{bits}" if bits < width else str(whole(base))

    if kind == 0:
        return None
    if last:
        ends = [int(address), int(ipaddress.ip_address(last))]
        at = random.randrange(2)
        ends[at] = step(ends[at], (1 << width) - 1, random)
        return f"{whole(ends[0])}-{whole(ends[1])}"
    bits = int(length) if length else width
    if kind == 1:
        return spell(int(address), max(bits - 1, 0))
    if kind == 2:
        return spell(int(address), min(bits + 1, width))
    if kind == 3:
        return spell(int(address) + random.choice((-1, 1)) * (1 << (width - bits)), bits)
    if kind == 4:  # beside it: its own range and one address more
        low, high = int(address), int(address) + (1 << (width - bits)) - 1
        low, high = random.choice(((low - 1, high), (low, high + 1)))
        if low >= 0 and high < 1 << width:
            return f"{whole(low)}-{whole(high)}"
    return spell(0, random.choice((0, 1)))


def lines_swapped(text, one, two):
    one, two = sorted((one, two), key=lambda found: found.start())
    return (text[:one.start()] + two.group() + text[one.end():two.start()] + one.group() +
            text[two.end():])


def swap(pattern):
    def mutation(text, random):
        found = list(re.finditer(pattern, text, re.M))
        if len(found) < 2:
            return None
        at = random.randrange(len(found) - 1)
        other = at + 1 if random.random() < 0.5 else random.randrange(len(found))
        return lines_swapped(text, found[at], found[other]) if other != at else None
    return mutation


def delete(pattern):
    def mutation(text, random):
        found = choose(text, pattern, random)
        return text[:found.start()] + text[found.end():].removeprefix("\n") if found else None
    return mutation


def duplicate(pattern):
    def mutation(text, random):
        found = choose(text, pattern, random)
        return replace(text, found, found.group() + "\n" + found.group()) if found else None
    return mutation


def move(pattern):
    """A line to the place of another"""
    def mutation(text, random):
        found = list(re.finditer(pattern, text, re.M))
        if len(found) < 2:
            return None
        one, two = random.sample(found, 2)
        line = one.group() + "\n"
        without = text[:one.start()] + text[one.end() + 1:]
        at = two.start() if two.start() < one.start() else two.start() - len(line)
        return without[:at] + line + without[at:]
    return mutation
