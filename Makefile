# The commands of this project. ARGS goes to JupyterLab, to pytest, or to figures/all.py:
#   make lab ARGS="--no-browser --port 8899"        make test ARGS="-k eprop"        make figures ARGS="tau"
PYTHON ?= python3

.PHONY: lab test figures
lab test figures:
	@$(PYTHON) run.py $@ $(ARGS)
