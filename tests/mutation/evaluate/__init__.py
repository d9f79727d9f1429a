"""evaluate - What artifacts do to packets, written apart from postern

One module a format, each written from the format's own documentation; none knows what
postern emits or how postern reads.  points.py has what they share: the points that are
tried.
"""
