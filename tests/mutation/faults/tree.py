"""tree - Mutations of JSON, whatever names ARM and Terraform have for the same thing

A mutation gets the document and changes it in place; it returns False where the document
has no place for it.
"""
import copy
import json
import re

from .lines import prefix_mutant, step


def mutation(changes):
    """A mutation of text from one of a document"""
    def mutate(text, random):
        document = json.loads(text)
        if changes(document, random) is False:
            return None
        return json.dumps(document, indent=2) + "\n"
    return mutate


def walk(value, path=()):
    """Every (container, key, value) of the document"""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key, inner
        if isinstance(inner, (dict, list)):
            yield from walk(inner, path + (key,))


def places(document, pattern):
    """(mapping, key) of every key that the pattern matches, with something in it"""
    return [(holder, key) for holder, key, value in walk(document)
            if isinstance(key, str) and re.fullmatch(pattern, key) and value not in (None, [], "")]


def lists(document, pattern):
    return [holder[key] for holder, key in places(document, pattern)
            if isinstance(holder[key], list)]


def place(document, pattern, random):
    found = places(document, pattern)
    return random.choice(found) if found else (None, None)


def scalar(document, pattern, random):
    """(container, key) of one value: alone, or in a list"""
    found = []
    for holder, key in places(document, pattern):
        if isinstance(holder[key], list):
            found += [(holder[key], index) for index in range(len(holder[key]))]
        else:
            found.append((holder, key))
    found = [(holder, key) for holder, key in found if not isinstance(holder[key], dict)]
    return random.choice(found) if found else (None, None)


def put(pattern, *news):
    """One of some values instead of the one that is there"""
    def change(document, random):
        holder, key = scalar(document, pattern, random)
        others = [new for new in news if holder is not None and new != holder[key]]
        if not others:
            return False
        holder[key] = random.choice(others)
        return True
    return mutation(change)


def edit(pattern, function):
    """function(value, random) makes the new value; None: there is none"""
    def change(document, random):
        holder, key = scalar(document, pattern, random)
        new = function(holder[key], random) if holder is not None else None
        if new is None or new == holder[key]:
            return False
        holder[key] = new
        return True
    return mutation(change)


def toggle(pattern, one, two):
    """One of two values becomes the other"""
    return edit(pattern, lambda value, random: {one: two, two: one}.get(value))


def drop(pattern):
    """A key, or one value of a list"""
    def change(document, random):
        holder, key = place(document, pattern, random)
        if holder is None:
            return False
        if isinstance(holder[key], list) and random.random() < 0.8:
            holder[key].pop(random.randrange(len(holder[key])))
        else:
            del holder[key]
        return True
    return mutation(change)


def add(pattern, *news):
    """One more value in a list"""
    def change(document, random):
        found = lists(document, pattern)
        if not found:
            return False
        random.choice(found).append(copy.deepcopy(random.choice(news)))
        return True
    return mutation(change)


def swap_values(pattern, other=None):
    """Two values of such keys change places"""
    def change(document, random):
        one = scalar(document, pattern, random)
        two = scalar(document, other or pattern, random)
        if None in (one[0], two[0]) or one[0][one[1]] == two[0][two[1]]:
            return False
        one[0][one[1]], two[0][two[1]] = two[0][two[1]], one[0][one[1]]
        return True
    return mutation(change)


def port(value, random):
    """Another number, or a range"""
    text = str(value)
    found = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", text)
    if not found:
        return random.choice(("443", "1-65535")) if text == "*" else None
    ends = [int(found.group(1)), int(found.group(2) or found.group(1))]
    kind = random.randrange(5)
    if kind == 0:
        return random.choice(("*", "0", "65535", "65536", "1-65535", "0-65535", "x"))
    at = random.randrange(2)
    ends[at] = step(ends[at], 65535, random)
    if kind == 1 and not found.group(2):
        ends = [ends[at], ends[at]]
    return f"{ends[0]}-{ends[1]}" if ends[0] != ends[1] else str(ends[0])


def address(value, random):
    """Another prefix, or everything"""
    found = re.fullmatch(r"([0-9a-fA-F.:]+)(?:/([0-9]+)|-([0-9.]+))?", str(value))
    if not found:
        return random.choice(("10.0.0.0/8", "0.0.0.0/0")) if random.random() < 0.3 else None
    if random.random() < 0.1:
        return "*"
    return prefix_mutant(*found.groups(), random)


def tag(value, random):
    """Another service tag"""
    if not re.match(r"[A-Za-z]+(\.|$)", str(value)):
        return None
    name, _, region = str(value).partition(".")
    return random.choice((name, name + ".WestEurope", name + ".EastUS", name + ".NorthEurope",
                          "Storage." + region if region else "Storage", "AzureCloud", "Internet",
                          "AzureContainerRegistry", "MicrosoftContainerRegistry", "*",
                          value.lower(), value.upper()))


def reorder(pattern):
    """The entries of a list in another order"""
    def change(document, random):
        found = [some for some in lists(document, pattern) if len(some) > 1]
        if not found:
            return False
        random.shuffle(random.choice(found))
        return True
    return mutation(change)


def renamed(thing, random):
    """A copy with a name of its own"""
    thing = copy.deepcopy(thing)
    if "name" in thing:
        name, dot, rest = thing["name"].partition("')]")
        thing["name"] = f"{name}x{random.randrange(10000)}{dot}{rest}"
    return thing
