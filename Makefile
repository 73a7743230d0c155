# The commands of this project. Needs Python 3.11 or newer, a C compiler and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
DEMO_ARGS ?=
TEST_ARGS ?=
RELIABILITY_ARGS ?=
PYX := $(shell find acquisition dsp -name '*.pyx' -o -name '*.pxd' -o -name '*.h')

.PHONY: build demo test lint test-checked test-wheel reliability bench wheel clean
.DELETE_ON_ERROR:

build: $(VENV)/installed $(VENV)/extensions  ## make or update .venv, the program and its extensions

$(PY):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "TwitchScope needs Python 3.11 or newer; this is " + sys.version.split()[0] + ": try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip

$(VENV)/installed: pyproject.toml setup.py | $(PY)
	$(PY) -m pip install --quiet "setuptools>=77" "Cython>=3.1"
	PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --no-build-isolation --editable .
	@touch $@

$(VENV)/extensions: $(VENV)/installed $(PYX)
	$(PY) setup.py --quiet build_ext --inplace
	@touch $@

$(VENV)/with-%: $(VENV)/installed
	PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --no-build-isolation --editable ".[$*]"
	@touch $@

demo: build  ## a session on the simulated patient; DEMO_ARGS="--headless --seconds 30"
	$(BIN)/twitchscope demo $(DEMO_ARGS)

test: build $(VENV)/with-test  ## every test; TEST_ARGS="-k framing"
	$(PY) -m pytest $(TEST_ARGS)

lint: build $(VENV)/with-test $(VENV)/with-lint  ## ruff, mypy, import-linter, stubtest, cython-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PY) -m mypy.stubtest --mypy-config-file pyproject.toml acquisition.link._framing $(addprefix dsp.compiled.,_kernel _alike _burst _channels _contact _line _pulses _shape _trees)
	PATH="$(abspath $(BIN)):$$PATH" cython-lint acquisition dsp

# The program is copied and built with bounds checks beside the ordinary build, which stays unchanged. Tests that add no
# coverage of the extensions are left out: the firmware is separate C; the readers, writers and the simulated patient are
# Python; the windows and the board under simavr only pass signal to the detector and the framing.
NOT_CHECKED := firmware hil recording simulated view
test-checked: build $(VENV)/with-test  ## the tests of the extensions, built so that they check every index, without vectors
	rm -rf build/checked && mkdir -p build/checked
	git ls-files -z | xargs -0 cp --parents -t build/checked
	cd build/checked && TWITCHSCOPE_CHECKED=1 TWITCHSCOPE_SCALAR=1 $(abspath $(PY)) setup.py --quiet build_ext --inplace
	cd build/checked && TWITCHSCOPE_CHECKED=1 $(abspath $(PY)) -m pytest $(NOT_CHECKED:%=--ignore=tests/%) $(TEST_ARGS)

test-wheel: wheel  ## the built wheel in an environment of its own, outside the source tree
	rm -rf build/wheel-test && $(PYTHON) -m venv build/wheel-test/venv
	build/wheel-test/venv/bin/python -m pip install --quiet dist/*.whl
	cd build/wheel-test && venv/bin/twitchscope --version \
		&& venv/bin/twitchscope demo --headless --seconds 3 --out demo

reliability: build $(VENV)/with-test  ## injects every fault, writes hardware_docs/reliability.md; RELIABILITY_ARGS="--only kill --kills 20"
	-$(MAKE) $(VENV)/with-fuzz  # where it cannot be installed, the table says so
	$(PY) -m bench.reliability $(RELIABILITY_ARGS)

bench: build  ## costs, as ratios
	$(PY) -m bench.framing
	$(PY) -m bench.chain
	$(PY) -m bench.hour

wheel: build  ## a wheel in dist/
	rm -rf dist && $(PY) -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf build dist *.egg-info $(VENV)
	find acquisition dsp -name '*.so' -delete
