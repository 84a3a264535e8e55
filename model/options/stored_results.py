"""Results that are also written to the activation memory, as the next layer's input."""

from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Unit, WritePort

__all__ = ["StoredPatchesUnit", "StoredResultsUnit"]


class StoredResultsUnit(Unit):
    """A write port of the activation memory, which has a bank for every L lanes."""

    parameters = {
        "store_results": "results are also written to the activation memory, for the next layer",
    }

    def is_in(self, config: ArrayConfig) -> bool:
        return config.store_results

    def check(self, config: ArrayConfig) -> None:
        if config.pack_edges:
            raise ValueError("pack_edges must be False with store_results, not True")
        if not config.post_lanes:
            raise ValueError("post_lanes must be at least 1 with store_results, not 0")
        banks, rest = divmod(config.lanes, config.post_lanes)
        if rest or not banks or banks & (banks - 1):
            raise ValueError(
                f"lanes must be 1, 2, 4, ... times post_lanes = {config.post_lanes} with "
                f"store_results, not {config.lanes}"
            )

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        """Addresses are of words of L activations."""
        address = _address_bits(config)
        pixels = config.tile_bits + config.rows.bit_length() + 1
        return (
            Field(name="store", bits=1,
                  meaning="1: the results are also written to the activation memory"),
            Field(name="store_base", bits=address, wraps=True,
                  meaning="where the results begin, in words of L activations"),
            Field(name="store_words", bits=config.size_bits,
                  meaning="words of L activations that the layer gives for a pixel"),
            Field(name="store_pass", bits=config.size_bits,
                  meaning="words of L activations that a pass gives for a pixel"),
            Field(name="store_j", bits=address,
                  meaning="added to a pixel's address for the next pixel's"),
            Field(name="last_j", bits=pixels, signed=True,
                  meaning="pixels - 2; with shared words: outputs along y - 2 of an image's last "
                  "patch"),
        )

    def write_ports(self, config: ArrayConfig) -> tuple[WritePort, ...]:
        lanes = config.post_lanes
        return (
            WritePort(
                name="store", memory="act", banks=config.act_banks, bits=lanes * config.act_bits,
                meaning=(
                    f"en: a bit per {lanes} activations of a word, lowest first;",
                    f"data: {lanes} activations; reads of the next cycle see them",
                ),
            ),
        )


class StoredPatchesUnit(Unit):
    """Stored results of layers with shared words, which come patch by patch."""

    def is_in(self, config: ArrayConfig) -> bool:
        return config.store_results and config.shares_words

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        address = _address_bits(config)
        outputs = config.rows.bit_length() + 1
        counts = {
            "patch_j": "outputs along y - 2 of other patches",
            "last_i": "outputs along x - 2 of an image's last patch",
            "patch_i": "outputs along x - 2 of other patches",
        }
        addresses = {
            "store_i": "added to the address of a patch's line for the next line's",
            "store_oy": "added to a patch's address when oy goes on",
            "store_ox": "added to the address of a line's first patch when ox goes on",
            "store_n": "added to the address of an image's first patch when n goes on",
        }
        return (
            *(Field(name=name, bits=outputs, signed=True, meaning=meaning)
              for name, meaning in counts.items()),
            *(Field(name=name, bits=address, meaning=meaning)
              for name, meaning in addresses.items()),
        )


def _address_bits(config: ArrayConfig) -> int:
    """Of a word of L activations."""
    return config.addr_bits + (config.act_banks - 1).bit_length()
