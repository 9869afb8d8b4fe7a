#!/usr/bin/python3
"""Writes runtime/case.inc: what characters become as capitals and as small letters, after the Unicode data that Python
has. Only those that become one character; a rule that depends on its neighbours is none here.

  runtime/case.py > runtime/case.inc
"""
import unicodedata


def mapping(function):
    pairs = ((c, function(chr(c))) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
    return {c: ord(text) for c, text in pairs if len(text) == 1 and ord(text) != c}


def runs(table):
    """(first, what is added, last - first, step): the longest from each character on."""
    keys, at = sorted(table), 0
    while at < len(keys):
        def end(step):
            last = at
            while (last + 1 < len(keys) and keys[last + 1] == keys[last] + step
                   and table[keys[last + 1]] - keys[last + 1] == table[keys[at]] - keys[at]):
                last += 1
            return last
        step = max((1, 2), key=end)
        last = end(step)
        yield keys[at], table[keys[at]] - keys[at], keys[last] - keys[at], step
        at = last + 1


def main():
    print(f"/* Made by runtime/case.py from Unicode {unicodedata.unidata_version}; do not edit. */")
    lower = mapping(str.lower) | {0x130: 0x69}  # the I with a dot, whose own small letter is two characters
    for name, table in (("small_letters", lower), ("capitals", mapping(str.upper))):
        print(f"static const run {name}[] = {{")
        for first, *rest in runs(table):
            print(f"    {{{first:#x}, {', '.join(map(str, rest))}}},")
        print("};")


main()
