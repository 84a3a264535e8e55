"""The shape of one convolution, with PyTorch's names and rules."""

from dataclasses import dataclass
from typing import Any

from convolith.model.checks import check_int, pair
from convolith.model.padding import padding_sides, per_side

__all__ = ["ConvLayer"]


@dataclass(frozen=True, kw_only=True)
class ConvLayer:
    """The shape of a ``Conv1d`` or ``Conv2d``, without its values.

    Extents are pairs (x, y). As in the tutorial, x is the axis of the height (PyTorch's H) and y
    that of the width (W): IX, KX and OX count lines. A 1D layer lies along y, and its extent along
    x is 1. Reports and waveforms still call its axis x, as the tutorial does.

    Parameters
    ----------
    N : int
        Batch size. A layer with 0 has no outputs.
    IC, OC : int
        Input and output channels, of all groups together.
    IX, IY : int
        Height and width of the input; ``IX`` is 1 for a 1D layer.
    KX, KY : int
        Height and width of the kernel.
    stride, padding, dilation : tuple of int
        One number per axis, (x, y). ``padding`` is the padding before the input.
    padding_after : tuple of int, optional
        The padding after the input, if it differs from ``padding``. If it is negative, that much of
        the input's end is left out.
    groups : int
        Divides IC and OC.
    dims : int
        1 or 2.

    Raises
    ------
    TypeError, ValueError
        For anything that PyTorch refuses, and for tensors that are empty along an axis other than
        the batch.
    """

    N: int = 1
    IC: int
    OC: int
    IX: int = 1
    IY: int
    KX: int = 1
    KY: int
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    padding_after: tuple[int, int] | None = None
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    dims: int = 2

    def __post_init__(self) -> None:
        for name, what in _EXTENTS:
            number = check_int(f"{what} ({name})", getattr(self, name), 0 if name == "N" else 1)
            object.__setattr__(self, name, number)
        object.__setattr__(self, "groups", check_int("groups", self.groups, 1))
        check_int("dims", self.dims, 1, 2)
        for name, low in (("stride", 1), ("padding", 0), ("dilation", 1)):
            object.__setattr__(self, name, pair(name, getattr(self, name), 2, low))
        if self.padding_after == self.padding:
            object.__setattr__(self, "padding_after", None)
        for name in ("IC", "OC"):
            if getattr(self, name) % self.groups:
                raise ValueError(
                    f"groups must divide the {dict(_EXTENTS)[name]}, "
                    f"not {self.groups} with {name} = {getattr(self, name)}"
                )
        for kernel, padded in zip(self.kernel_extent, self.padded_extent, strict=True):
            if kernel > padded:
                raise ValueError(
                    f"the kernel must fit the padded input, not extend over {kernel} "
                    f"where the input with its padding has {padded}"
                )

    @classmethod
    def from_shapes(
        cls,
        x_shape: tuple[int, ...],
        w_shape: tuple[int, ...],
        *,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> "ConvLayer":
        """The layer of an input (N, C, L) or (N, C, H, W) and a weight, in PyTorch's shapes.

        ``stride``, ``padding`` and ``dilation`` are one number, or one per axis. ``padding`` may
        also be two numbers per axis (`model.padding.is_per_side`), ``"same"`` or ``"valid"``.
        """
        if len(x_shape) not in (3, 4):
            raise ValueError(
                f"the input must have 3 axes (N, C, L) or 4 (N, C, H, W), not {len(x_shape)}: "
                f"its shape is {tuple(x_shape)}"
            )
        if len(w_shape) != len(x_shape):
            raise ValueError(
                f"the weight must have as many axes as the input, {len(x_shape)}, "
                f"not {len(w_shape)}: its shape is {tuple(w_shape)}"
            )
        for what, shape, extents in (("input", x_shape, x_shape[1:]), ("weight", w_shape, w_shape)):
            if 0 in extents:
                raise ValueError(f"the {what} must not be empty, but its shape is {tuple(shape)}")
        check_int("groups", groups, 1)
        if x_shape[1] != w_shape[1] * groups:
            raise ValueError(
                f"the input's channels must be the weight's times groups, "
                f"{w_shape[1]} * {groups} = {w_shape[1] * groups}, not {x_shape[1]}"
            )
        axes = len(x_shape) - 2
        (IX, IY), (KX, KY) = ((1,) * (2 - axes) + tuple(s[2:]) for s in (x_shape, w_shape))
        strides, dilations = pair("stride", stride, axes, 1), pair("dilation", dilation, axes, 1)
        before, after = padding_sides(
            padding, axes, kernel=(KX, KY), stride=strides, dilation=dilations
        )
        return cls(
            N=x_shape[0], IC=x_shape[1], OC=w_shape[0], IX=IX, IY=IY, KX=KX, KY=KY,
            stride=strides, padding=before, padding_after=after, dilation=dilations,
            groups=groups, dims=axes,
        )

    @property
    def kernel_extent(self) -> tuple[int, int]:
        """The extent of the dilated kernel, (x, y)."""
        (dx, dy) = self.dilation
        return dx * (self.KX - 1) + 1, dy * (self.KY - 1) + 1

    @property
    def padded_extent(self) -> tuple[int, int]:
        """The extent of the input with its padding, (x, y)."""
        (px, py), (ax, ay) = self.padding, self.padding_after or self.padding
        return self.IX + px + ax, self.IY + py + ay

    @property
    def OX(self) -> int:
        """Output height, along x (``torch.nn.Conv2d``'s formula for H_out)."""
        return (self.padded_extent[0] - self.kernel_extent[0]) // self.stride[0] + 1

    @property
    def OY(self) -> int:
        """Output width, along y (``torch.nn.Conv2d``'s formula for W_out)."""
        return (self.padded_extent[1] - self.kernel_extent[1]) // self.stride[1] + 1

    @property
    def P(self) -> int:
        """Output pixels, over the whole batch."""
        return self.N * self.OX * self.OY

    @property
    def group_IC(self) -> int:
        """Input channels of one group."""
        return self.IC // self.groups

    @property
    def group_OC(self) -> int:
        """Output channels of one group."""
        return self.OC // self.groups

    @property
    def macs(self) -> int:
        """Multiply-accumulates by PyTorch's definition, those with padding included."""
        return self.P * self.OC * self.group_IC * self.KX * self.KY

    @property
    def x_shape(self) -> tuple[int, ...]:
        """PyTorch's shape of the input."""
        return (self.N, self.IC, *(self.IX, self.IY)[2 - self.dims :])

    @property
    def w_shape(self) -> tuple[int, ...]:
        """PyTorch's shape of the weight."""
        return (self.OC, self.group_IC, *(self.KX, self.KY)[2 - self.dims :])

    @property
    def y_shape(self) -> tuple[int, ...]:
        """PyTorch's shape of the output."""
        return (self.N, self.OC, *(self.OX, self.OY)[2 - self.dims :])

    def from_shapes_arguments(self) -> dict[str, Any]:
        """``stride``, ``padding``, ``dilation`` and ``groups``, as `from_shapes` takes them.

        The padding has two numbers per axis if it differs between the sides.
        """
        values = self.arguments()
        if values.pop("padding_after", None):
            values["padding"] = self.padding_per_side
        return values

    @property
    def padding_per_side(self) -> tuple[int, ...]:
        """(left, right, top, bottom) or (left, right): the order of ``torch.nn.functional.pad``."""
        return per_side(self.padding, self.padding_after or self.padding, self.dims)

    def torch_arguments(self) -> dict[str, Any]:
        """``stride``, ``padding``, ``dilation`` and ``groups`` for ``F.conv1d`` or ``F.conv2d``.

        Raises
        ------
        ValueError
            If the padding differs between the sides: these functions do not support that.
        """
        if self.padding_after is not None:
            raise ValueError(
                f"PyTorch's padding is the same on both sides, not {self.padding} before "
                f"and {self.padding_after} after"
            )
        return self.arguments()

    def arguments(self) -> dict[str, Any]:
        """The same for reports, with ``padding_after`` if it differs from ``padding``."""
        axes = slice(2 - self.dims, None)
        values: dict[str, Any] = {"stride": self.stride[axes], "padding": self.padding[axes]}
        if self.padding_after is not None:
            values["padding_after"] = self.padding_after[axes]
        return values | {"dilation": self.dilation[axes], "groups": self.groups}

    def __str__(self) -> str:
        """The shape in a line: ``2x3x5x5 * 2x3x3x3``, and all values that are not defaults."""
        text = f"{'x'.join(map(str, self.x_shape))} * {'x'.join(map(str, self.w_shape))}"
        plain = {"stride": 1, "padding": 0, "padding_after": None, "dilation": 1}
        for name, numbers in self.arguments().items():
            if name in plain and any(number != plain[name] for number in numbers):
                sign = ":" if name == "padding_after" else f" {name[0]}"
                text += sign + ",".join(map(str, numbers))
        return text + (f" g{self.groups}" if self.groups > 1 else "")


_EXTENTS = (
    ("N", "batch"),
    ("IC", "input channels"),
    ("OC", "output channels"),
    ("IX", "input height"),
    ("IY", "input width"),
    ("KX", "kernel height"),
    ("KY", "kernel width"),
)
