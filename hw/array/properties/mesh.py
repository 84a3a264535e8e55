"""`MacArray`: what goes down the rows comes in the right cycle, and so do the sums."""

from types import SimpleNamespace

from amaranth.hdl import *

from convolith.hw.array.mesh import MacArray
from convolith.hw.array.pe import pe_latency
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.dataflow.cycles import drain_levels
from convolith.model.options.config import ArrayConfig

__all__ = ["MeshProperty"]

BLOCK = "hw.array.mesh"


class MeshProperty(Property):
    """Weights, and beginnings and ends of sums, come in any cycle; ends R or more cycles apart.

    What the PEs compute is another property's matter: here it is only taken from them in time.
    """

    name = "mesh"
    says = ("row r's PEs have the weights, and begin sums, r cycles after row 0's; its sums leave "
            "PE latency + drain_levels(R) + r cycles after `last`, with the row's flags")
    sizes = [
        {"rows": rows, "dot": dot}
        for rows, dot in ((1, 1), (2, 1), (3, 1), (4, 1), (8, 1), (2, 2), (3, 2))
    ]
    fast = [{"rows": 2, "dot": 1}]
    method = Induction(k=18, traces=20)
    planted = (
        Planted(BLOCK, "firsts[i + latency - 2]", "firsts[latency - 2]", at={"rows": 2}),
        Planted(BLOCK, "lasts[latency - 1 : latency - 1 + per_line]",
                "lasts[latency : latency + per_line]"),
        Planted(BLOCK, "completes += lasts[:per_line]", "completes += lasts[1 : per_line + 1]"),
        Planted(BLOCK, "flags, latency + drain_levels(rows)", "flags, latency"),
        Planted(BLOCK, "(Cat(completes) & Cat(valid))", "(Cat(completes) & Cat(final))"),
        Planted(BLOCK, "Cat(pe.weights for pe in row) if chain is None", "weights if chain is None",
                at={"rows": 2}),
    )

    def build(self, m, platform):
        rows, dot = self.size["rows"], self.size["dot"]
        config = ArrayConfig(
            rows=rows, cols=2, dot=dot, act_bits=2, weight_bits=2, acc_bits=8, bias_words=0,
            sum_words=0, depthwise=False,
        )
        feeder = SimpleNamespace(
            operands=[self.free(dot * 2, f"operands_{r}") for r in range(rows)],
            valid=[self.free(1, f"valid_{r}") for r in range(rows)],
            final=[self.free(1, f"final_{r}") for r in range(rows)],
        )
        weights = SimpleNamespace(
            weights=self.free(2 * dot * 2, "weights"), first=self.free(1, "first"),
            last=self.free(1, "last"),
        )
        array = MacArray(config, rows=feeder, weights=weights)
        Opened(m, "array", array, platform)  # now it has its PEs
        latency, levels = pe_latency(config, platform), drain_levels(rows)

        lasts = [self.later(m, weights.last, r, f"last_{r}") for r in range(rows)]
        done, valid, final, sums = C(0), C(0), C(0), C(0, config.sums_bits)
        for r, (row, last) in enumerate(zip(array.pes, lasts, strict=True)):
            carried = Cat(pe.weights for pe in row)
            self.claim(f"row {r} has the weights {r} cycles after row 0",
                       carried == self.later(m, weights.weights, r + 1, f"weights_{r}"))
            begins = self.later(m, weights.first, latency - 2 + r, f"first_{r}")
            self.claim(f"row {r} begins sums {r} cycles after row 0",
                       Cat(pe.first for pe in row) == begins.replicate(config.cols))
            done, valid, final = (
                done | last, valid | (last & feeder.valid[r]), final | (last & feeder.final[r])
            )
            complete = self.later(m, last, latency, f"complete_{r}")
            sums = Mux(complete, Cat(pe.accumulator for pe in row), sums)
        flags = Cat(done, valid, final)
        self.assume("there is no reset", ~ResetSignal())
        self.assume("two tiles end R or more cycles apart",
                    ~(weights.last & Cat(self.later(m, weights.last, r, f"ended_{r}")
                                         for r in range(1, rows)).any()))
        self.claim("a row completes with its last operands",
                   array.completing.as_value() == flags)
        self.claim("a row leaves with its flags",
                   Cat(array.done, array.o_valid, array.o.last)
                   == self.later(m, flags, latency + levels, "flags"))
        self.claim("a row leaves with its sums",
                   ~array.done | (array.o.sums.as_value() == self.later(m, sums, levels, "sums")))
        self.reach("a row leaves", array.o_valid & array.o.sums.as_value().any() & ~array.o.last)
