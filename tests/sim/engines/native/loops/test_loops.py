"""Loops over arrays do what the statements did that they are made from."""

import random
import re
import subprocess

import pytest

from convolith.sim.engines.native.loops.members import Members
from convolith.sim.engines.native.loops.order import ordered, runs
from convolith.sim.engines.native.loops.roll import roll, rolled
from convolith.sim.engines.native.loops.simpler import simpler
from convolith.sim.engines.native.loops.statement import Element, Statement, read_statements
from convolith.sim.engines.native.toolchain import find_compiler

PE = "core__DOT__array__DOT__pe"
HEADER = """class Vtop___024root {{
  public:
    // DESIGN SPECIFIC STATE
    struct {{
{members}    }};
}};
"""


def header(names, type_="IData", width=31):
    return HEADER.format(members="".join(f"        {type_}/*{width}:0*/ {n};\n" for n in names))


def places(*names):
    return Members(header(names)).places


def test_members_of_one_kind():
    """In the order of their numbers; those of inner blocks make other kinds."""
    names = [f"{PE}_{r}_{c}__DOT__product_{d}" for d in (0, 1) for c in (10, 9) for r in (0, 1)]
    found = places(*names, "core__DOT__x", f"{PE}_9_9__DOT__first")
    assert {name: str(place) for name, place in found.items()} == {
        f"{PE}_{r}_{c}__DOT__product_{d}": f"state_{d}[{2 * r + (c == 10)}]"
        for d in (0, 1) for c in (10, 9) for r in (0, 1)
    }


def test_copies_of_a_name():
    names = [f"core__DOT__sum{copy}" for copy in ("", "__0247", "__02411", "__0249")]
    assert [places(*names)[name].index for name in names] == [0, 1, 3, 2]


def test_few_or_of_different_types():
    names = [f"core__DOT__x_{i}" for i in range(6)]
    members = Members(header(names[:3]) + header(names[3:], width=7))
    assert members.places == {}
    assert members.header == members.old


def test_the_header():
    names = [f"core__DOT__x_{i}" for i in range(4)]
    text = Members(header([*names, "clk"])).header
    assert "#define core__DOT__x_3 state_0[3]\n" in text
    assert "    alignas(64) IData state_0[4];\n" in text
    assert "        IData/*31:0*/ clk;\n" in text
    assert not re.search(r"IData/\*31:0\*/ core__DOT__x", text)


def test_statements_are_told_apart():
    parts = ["a = b;", 'if (a) {\n c = d; f(";}"); \n} else if (b) { c = 1U; } else {}', "VL_X(a);"]
    assert [one.strip() for one in read_statements("\n".join(parts))] == parts


def of(text, **known):
    return Statement.of(text, known)


def test_what_a_statement_reads_and_writes():
    one = of("vlSelfRef.x[3U] = (vlSelfRef.y[0x4U][1U] + (IData)(__Vz) "
             "+ vlSelfRef.x[vlSelfRef.i]);")
    assert one.writes == {Element("x", 3)}
    assert one.reads == {Element("y"), Element("__Vz"), Element("x"), Element("i")}


@pytest.mark.parametrize("text", [
    "vlSelfRef.x = f(vlSelfRef.y);", "vlSelfRef.x = vlSelfRef.y++;", "if (vlSelfRef.x) { y = 0U; }",
    "vlSelfRef.x = (vlSelfRef.y = 1U);", "VL_SHIFTL_WWI(99, vlSelfRef.x, vlSelfRef.y, 1U);",
    "vlSelfRef.x += vlSelfRef.y;",
])
def test_what_is_not_understood_writes_all_that_it_names(text):
    one = of(text)
    assert one.form is None
    assert one.reads == one.writes >= {Element("x"), Element("y")}


def test_runs_grow_by_one():
    texts = [f"vlSelfRef.x[{i}U] = vlSelfRef.y[{i * step}U];" for i, step in
             [(3, 1), (1, 1), (2, 1), (0, 1), (7, 2), (9, 1)]]
    found = [[one.indices for one in run] for run in runs(map(of, texts))]
    assert found == [[(0, 0), (1, 1), (2, 2), (3, 3)], [(7, 14)], [(9, 9)]]


def test_a_chain_keeps_its_order():
    """Each takes what the one before it had: they are no loop, and stay as they are."""
    texts = [f"vlSelfRef.x[{i + 1}U] = vlSelfRef.x[{i}U];" for i in (3, 2, 1, 0)]
    assert [[one.text for one in run] for run in ordered([*map(of, texts)])] == [[t] for t in texts]


@pytest.mark.parametrize("last", ["return;", "f(vlSelf);"])
def test_bodies_with_jumps_or_calls_stay(last):
    body = "".join(f"vlSelfRef.x[{i}U] = 0U;" for i in range(8))
    assert rolled(body, {}).count("for (") == 1
    assert rolled(body + last, {}) == body + last


def test_numbers_of_64_bits_that_are_cut():
    pair = "(((QData)((IData)(vlSelfRef.a)) \n << 0x00000020U) | (QData)((IData)(vlSelfRef.b)))"
    assert simpler(f"x = (IData)({pair});") == "x = vlSelfRef.b;"
    assert simpler(f"x = (IData)(({pair} >> 0x00000020U));") == "x = vlSelfRef.a;"
    long = "(IData)((0x00000001ffffffffULL & VL_EXTENDS_QI(33,16, (IData)(vlSelfRef.a))))"
    assert simpler(long) == "((VL_EXTENDS_II(32,16, (IData)(vlSelfRef.a))))"


ARRAY, SINGLE = [f"core__DOT__p_{i}" for i in range(12)], ["core__DOT__q", "core__DOT__r"]


def forms(rng):
    """Statements of one form: the one that sets element i."""
    other = f"vlSelfRef.{rng.choice([*ARRAY, *SINGLE])}"
    single, apart = rng.choice(SINGLE), rng.choice((0, 1, 2))
    return rng.choice((
        lambda i: f"vlSelfRef.w[{i}U] = (vlSelfRef.{ARRAY[i + apart]} + {other});",
        lambda i: f"vlSelfRef.{ARRAY[i]} = (vlSelfRef.w[{i + apart}U] ^ (IData)({other}));",
        lambda i: f"vlSelfRef.{ARRAY[i]} = vlSelfRef.{ARRAY[i + apart]};",
        lambda i: f"vlSelfRef.{ARRAY[i + apart]} = (vlSelfRef.{ARRAY[i]} + 3U);",
        lambda i: f"vlSelfRef.{single} = (vlSelfRef.{single} * 5U) + vlSelfRef.w[{i}U];",
        lambda i: f"vlSelfRef.w[((vlSelfRef.{single} + {i}U) % 12U)] = {other};",
    ))


def program(rng):
    """Statements as Verilator writes them, of a few forms, in any order; some in blocks."""
    statements = []
    for _ in range(5):
        form, first, count = forms(rng), rng.randrange(4), rng.randrange(1, 7)
        some = [form(i) for i in range(first, first + count)]
        rng.shuffle(some)
        if rng.random() < 0.2:
            some = [f"if ((1U & vlSelfRef.w[{first}U])) {{ {' '.join(some)} }} else {{ }}"]
        if rng.random() < 0.3:
            some.insert(rng.randrange(len(some) + 1), forms(rng)(first))
        statements += some
    return "\n    ".join(statements)


MAIN = """#include <cstdint>
#include <cstdio>
typedef uint32_t IData;
{header}
typedef Vtop___024root Root;
{functions}
typedef void (*Function)(Root&);
int main() {{
    static const Function all[] = {{ {names} }};
    for (Function function : all) {{
        Root root{{}};
        for (unsigned i = 0; i < 12; i++) root.w[i] = i * 2654435761u;
        {start}
        function(root);
        uint32_t sum = 0;
        {end}
        printf("%u\\n", sum);
    }}
}}
"""
PROGRAMS = 300


def test_programs_do_the_same(tmp_path):
    """Random programs, compiled as they are and with loops."""
    rng = random.Random(1)
    words = "IData w[12];\n    struct {"
    members = Members(header([*ARRAY, *SINGLE]).replace("struct {", words, 1))
    bodies = [program(rng) for _ in range(PROGRAMS)]
    names = [*ARRAY, *SINGLE]
    said = []
    for name, text, some in (
        ("plain", members.old, bodies),
        ("loops", members.header, [rolled(body, members.places) for body in bodies]),
    ):
        source = MAIN.format(
            header=text, names=", ".join(f"f{i}" for i in range(PROGRAMS)),
            functions="\n".join(
                f"void f{i}(Root& vlSelfRef) {{ {body} }}" for i, body in enumerate(some)
            ),
            start=" ".join(f"root.{name} = {7919 * i + 1}u;" for i, name in enumerate(names)),
            end=" ".join(f"sum = sum * 31 + root.{name};" for name in names)
            + " for (unsigned i = 0; i < 12; i++) sum = sum * 31 + root.w[i];",
        )
        path = tmp_path / f"{name}.cpp"
        path.write_text(source)
        made = tmp_path / name
        options = ["-w", "-O1", "-std=gnu++17", str(path), "-o", made]
        subprocess.run([*find_compiler(), *options], check=True)
        said.append(subprocess.run([made], check=True, capture_output=True).stdout)
    assert len(set(said[0].split())) > PROGRAMS / 2
    assert said[0] == said[1]
    assert sum(rolled(body, members.places).count("for (") for body in bodies) > PROGRAMS / 2


def test_a_folder(tmp_path):
    names = [f"core__DOT__x_{i}" for i in range(4)]
    (tmp_path / "Vtop___024root.h").write_text(header(names))
    body = "".join(f"    vlSelfRef.{name} = 0U;\n" for name in names)
    source = f"void f(Vtop___024root* vlSelf) {{\n    // Body\n{body}}}\n"
    for part in ("0", "0__Slow"):
        (tmp_path / f"Vtop___024root__{part}.cpp").write_text(source)
    roll(tmp_path, "Vtop___024root")
    assert "state_0[4]" in (tmp_path / "Vtop___024root.h").read_text()
    assert "vlSelfRef.state_0[0 + i] = 0U;" in (tmp_path / "Vtop___024root__0.cpp").read_text()
    assert (tmp_path / "Vtop___024root__0__Slow.cpp").read_text() == source
