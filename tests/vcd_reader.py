"""Values out of a VCD file, cycle by cycle."""


def variables(lines):
    """The full name, width and code of each variable, from an iterator over a VCD file's lines."""
    scope = []
    for line in lines:
        words = line.split()
        if words[:1] == ["$scope"]:
            scope.append(words[2])
        elif words[:1] == ["$upscope"]:
            scope.pop()
        elif words[:1] == ["$var"]:
            yield ".".join([*scope, words[4]]), int(words[2]), words[3]
        elif words[:1] == ["$enddefinitions"]:
            return


def at_each_cycle(path, names):
    """Variables (group.name) by the cycle that the waveform shows, as tuples.

    Time is in ns: a cycle begins at ten times its number. Undefined bits raise.
    """
    lines = iter(path.read_text().splitlines())
    head = next(lines) and next(lines)
    assert head == "$timescale 1 ns $end"
    codes = {name: code for name, _, code in variables(lines)}
    wanted = [codes[f"convolith.{name}"] for name in (*names, "loops.cycle")]
    now, cycles, time = {}, {}, None

    def keep():
        if time is not None and time % 10 == 5:  # the second half of a cycle: all is there
            *values, cycle = (int(now[code], 2) for code in wanted)
            assert cycle == time // 10
            assert now[codes["convolith.clk"]] == "0"
            cycles[cycle] = tuple(values)

    for line in lines:
        if line.startswith("#"):
            keep()
            time = int(line[1:])
        elif line[:1] == "b":
            value, code = line[1:].split()
            now[code] = value
        elif line[:1] in ("0", "1"):
            now[line[1:]] = line[0]
    return cycles
