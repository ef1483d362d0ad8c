"""The imports of ccdyn point one way, and `import ccdyn` stays light."""

from __future__ import annotations

import ast
from pathlib import Path

# Left to right: a module imports what stands before it. A name without a file is allowed: it holds a place.
ORDER = ("checks", "rng", "data", "tasks", "cortex", "cerebellum", "feedback", "readout", "record", "loss",
         "network", "decode", "dynamics", "plasticity", "linear", "microscope", "granule", "history", "train_state",
         "training", "experiments", "decoupling", "phase", "rhythm", "dissection", "presets", "storage", "results",
         "plots", "panels", "exercises", "__init__", "__main__")
# Even inside a function:
ONLY = {"matplotlib": "plots", "IPython": "panels", "ipywidgets": "panels", "anywidget": "panels"}
PACKAGE = Path(__file__).parents[1] / "ccdyn"


def imports(tree: ast.AST, inside: str):
    """Dotted names that a file imports anywhere, but for annotations (``if TYPE_CHECKING``)."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = inside.rsplit(".", node.level)[0] + "." if node.level else ""
            yield from (f"{base}{node.module or ''}.{alias.name}".replace("..", ".") for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            yield from imports(node, inside)


def test_imports_point_one_way():
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).with_suffix("")
        layer = place.parts[0]
        assert layer in ORDER, f"ccdyn/{place}.py has no place in ORDER: put {layer!r} where it belongs"
        for name in imports(ast.parse(path.read_text(encoding="utf-8")), ".".join(("ccdyn", *place.parts))):
            top, *rest = name.split(".")
            if ONLY.get(top, layer) != layer:
                wrong.append(f"ccdyn/{place}.py imports {top}, which only {ONLY[top]} may")
            elif top == "ccdyn" and rest:
                target = rest[0] if rest[0] in ORDER else "__init__"
                if target != layer and ORDER.index(target) > ORDER.index(layer):
                    wrong.append(f"ccdyn/{place}.py imports {name}, which stands to its right")
    assert not wrong, "\n".join(wrong)
