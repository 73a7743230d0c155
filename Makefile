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
PYX := $(shell find acquisition dsp -name '*.pyx' -o -name '*.h')

.PHONY: build demo test lint bench wheel clean
.DELETE_ON_ERROR:

build: $(VENV)/installed $(VENV)/extensions  ## make or update .venv, the program and its extensions

$(PY):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "TwitchScope needs Python 3.11 or newer; this is " + sys.version.split()[0] + ": try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip

$(VENV)/installed: pyproject.toml setup.py | $(PY)
	$(PY) -m pip install --quiet "setuptools>=77" "Cython>=3.1"
	$(PY) -m pip install --quiet --no-build-isolation --editable .
	@touch $@

$(VENV)/extensions: $(VENV)/installed $(PYX)
	$(PY) setup.py --quiet build_ext --inplace
	@touch $@

$(VENV)/with-%: $(VENV)/installed
	$(PY) -m pip install --quiet --no-build-isolation --editable ".[$*]"
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
	$(PY) -m mypy.stubtest acquisition.link._framing dsp._kernel
	$(BIN)/cython-lint acquisition dsp

wheel: build  ## a wheel in dist/
	$(PY) -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf build dist *.egg-info $(VENV)
	find acquisition dsp -name '*.so' -delete
