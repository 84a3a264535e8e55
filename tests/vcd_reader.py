"""Values out of a VCD file, cycle by cycle."""


def variables(lines):
    """The full name, width and code of each variable, from an iterator over a VCD file's lines."""
    scope = []
    for line in lines:
        words = line.split()
        if words[:2] == ["$scope", "module"]:
            scope.append(words[2])
        elif words[:1] == ["$upscope"]:
            scope.pop()
        elif words[:1] == ["$var"]:
            yield ".".join([*scope, words[4]]), int(words[2]), words[3]
        elif words[:1] == ["$enddefinitions"]:
            return


def at_each_cycle(path, top, names):
    """``names`` (below the scope ``top``) by the cycle that the observer shows, as tuples.

    A cycle's values are those just before the clock edge that ends it; undefined bits raise.
    """
    wanted = [f"{top}.{name}" for name in [*names, "core.observer.cycle", "clk"]]
    now, cycles = {}, {}
    lines = iter(path.read_text().splitlines())

    def keep():
        values = [int(now[codes[name]], 2) for name in wanted]
        if values[-1] == 0:  # the second half of the cycle: all is settled
            cycles[values[-2]] = tuple(values[:-2])

    codes = {name.replace("\\", ""): code for name, _, code in variables(lines)}
    missing = [name for name in wanted if name not in codes]
    assert not missing, missing
    started = False
    for line in lines:
        if line.startswith("#"):
            if started:
                keep()
            started = True
        elif line[:1] == "b":
            value, code = line[1:].split()
            now[code] = value
        elif line[:1] in ("0", "1"):
            now[line[1:]] = line[0]
    keep()
    cycles.pop(0, None)  # before the layer
    return cycles
