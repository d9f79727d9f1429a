"""points - The packets that an artifact and its mutant are tried on

A packet is one value on each axis (source, port, state, ...).  An artifact asks questions
about single axes ("is the port in 443-444?"); a test is such a question.  Values that no
test of either artifact tells apart need be tried only once, so an axis keeps one value of
each kind, found among the values at and beside every edge that a test has.  The space is
the cartesian product of the axes: everything on it is tried, nothing is sampled.

A set of packets is a Python integer with a bit for each: "and" and "or" of such integers
decide all packets of the space at once.
"""
from bisect import bisect_right
from ipaddress import ip_address

IPV6 = 1 << 32  # IPv6 addresses stand behind the IPv4 ones on an axis of addresses
ADDRESS_LAST = IPV6 + (1 << 128) - 1


class Refused(Exception):
    """The real program does not take this text."""


class Either(Exception):
    """It does not do the same, but the spec may accept what it does."""


class Unknown(Exception):
    """The evaluator does not know what this means: it must be taught."""


class Test:
    """A question about the values of one axis; tests of equal keys are equal"""

    __slots__ = ("axis", "key", "holds", "edges")

    def __init__(self, axis, key, holds, edges=()):
        self.axis, self.key, self.holds, self.edges = axis, key, holds, edges


def merge(ranges):
    """Sorted, disjoint, not adjacent"""
    merged = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    return tuple((low, high) for low, high in merged)


def intervals(axis, ranges):
    """Is the value, a number, in one of these ranges?"""
    ranges = merge(ranges)
    starts = [low for low, high in ranges]

    def holds(value):
        at = bisect_right(starts, value) - 1
        return at >= 0 and value <= ranges[at][1]

    edges = [edge for low, high in ranges for edge in (low - 1, low, high, high + 1)]
    return Test(axis, ("in", ranges), holds, edges)


def word(axis, text):
    """Is the value this word?"""
    return Test(axis, ("is", text), lambda value: value == text, (text,))


def masked(axis, mask, wanted):
    """Has the value, a number, these bits?"""
    return Test(axis, ("mask", mask, wanted), lambda value: value & mask == wanted)


def unknown(text):
    """Something that cannot be known, but is the same wherever it is asked"""
    return Test("? " + text, ("unknown",), lambda value: value, (True, False))


def address_number(text):
    address = ip_address(text)
    return int(address) + (IPV6 if address.version == 6 else 0)


def address_text(number):
    # A plain number below 2^32 is IPv4; ip_address() of a small IPv6 number would be too.
    if number < IPV6:
        return str(ip_address(number))
    return str(ip_address((number - IPV6).to_bytes(16, "big")))


def bits(number):
    """The bits that are set, lowest first"""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


class Space:
    """The product of the axes of all tests; see above"""

    def __init__(self, tests, always=None, bounds=None):
        """always: values to try on an axis besides; bounds: its first and last number"""
        always, bounds = always or {}, bounds or {}
        by_axis = {}
        for test in tests:
            by_axis.setdefault(test.axis, {})[test.key] = test
        self.axes, self.places = [], {}
        self.tests = {axis: list(tests.values()) for axis, tests in by_axis.items()}
        size = 1
        for axis in sorted(set(by_axis) | set(always)):
            values = self._values(by_axis.get(axis, {}), always.get(axis, ()), bounds.get(axis))
            self.axes.append((axis, values, size))
            self.places[axis] = (values, size)
            size *= len(values)
        self.size, self.everything, self.masks = size, (1 << size) - 1, {}

    @staticmethod
    def _values(tests, always, bound):
        candidates = set(always)
        for test in tests.values():
            candidates.update(test.edges)
        if bound:
            first, last = bound
            candidates = {value for value in candidates | {first, last} if first <= value <= last}
        kinds = {}
        for value in sorted(candidates, key=lambda value: (value is not None, value)):
            kinds.setdefault(tuple(test.holds(value) for test in tests.values()), value)
        return list(kinds.values())

    def mask(self, test):
        """The packets for which the test holds"""
        key = (test.axis, test.key)
        if key not in self.masks:
            values, stride = self.places[test.axis]
            block, pattern = (1 << stride) - 1, 0
            for index, value in enumerate(values):
                if test.holds(value):
                    pattern |= block << (stride * index)
            self.masks[key] = self._repeat(pattern, stride * len(values))
        return self.masks[key]

    def _repeat(self, pattern, period):
        while period < self.size:
            pattern |= pattern << period
            period *= 2
        return pattern & self.everything

    def point(self, index):
        """The packet of a bit: a value for each axis"""
        return {axis: values[index // stride % len(values)]
                for axis, values, stride in self.axes}


def pick(number):
    """One bit of a set of packets"""
    return next(bits(number))
