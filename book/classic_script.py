"""A widget's module as a classic script, since browsers refuse modules in a page opened from disk.

In the lab the same file stays the ES module that anywidget wants.
"""

from __future__ import annotations

import re
import sys

# A static import or an export, where a statement may begin.
STATEMENT = re.compile(r"(?:^|[;}])[ \t]*(import|export)\b", re.MULTILINE)
# `import("...")` and `import.meta`, wherever they stand.
WITHIN = re.compile(r"\bimport\s*[.(]")
END = re.compile(r"^export default (\{[^{}]*\});?\s*\Z", re.MULTILINE)


def classic_script(name: str, text: str) -> str:
    """The module's text, made to leave its widget in `xdrecWidgets` under its name.

    Ends the build if the module imports anything, or exports anything but one object at its end.
    """
    end = END.search(text)
    statements = STATEMENT.findall(text)
    if end is None or statements != ["export"] or WITHIN.search(text):
        found = ", ".join([*statements, *WITHIN.findall(text)]) or "neither import nor export"
        sys.exit(
            f"{name}: the book needs a widget whose module imports nothing and ends with "
            f"its one `export default {{...}};` (found: {found}); please rewrite it so"
        )
    # Modules are strict, and keep their names to themselves.
    return (
        f'(() => {{\n"use strict";\n{text[: end.start()]}'
        f"(globalThis.xdrecWidgets ??= {{}}).{name} = {end.group(1)};\n}})();\n"
    )
