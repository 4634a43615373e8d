"""Write corridor.html, the drawing of the welcome page, in a wide and a tall form.

    python book/figures/corridor.py

The rooms' colours and the ink come from the page's style sheet, so that it follows the theme.
"""

from pathlib import Path

ROOMS = [
    ("", "tables", "items, events"),
    ("f", "encode", "titles"),
    ("g", "fuse", "weights α"),
    ("h", "interest", "Σ w d / m"),
    ("k", "recommend", "top k"),
    ("", "a list", "for one person"),
]
TITLE = (
    "The corridor: tables are encoded (f), fused (g), turned into a person's interest (h), and "
    "ranked into a list (k). Beneath, L ties the target's parameters to the source's."
)
TIE = "L ties θ target to θ source, as tightly as λ says"


def room(x: int, y: int, width: int, height: int, letter: str, name: str, note: str) -> str:
    kind = "room" if letter else "end"
    middle, top = x + width // 2, y + height // 2
    head = letter or name
    lines = [(head, "letter" if letter else "word", -8)]
    lines += [(name, "name", 14)] if letter else []
    lines += [(note, "note", 32 if letter else 14)]
    texts = "".join(
        f'<text class="{style}" x="{middle}" y="{top + dy}">{text}</text>'
        for text, style, dy in lines
    )
    box = f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="12"/>'
    return box + texts


def arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<path class="way" d="M{x1} {y1} L{x2} {y2}"/>' + head(x2, y2, down=x1 == x2)


def head(x: int, y: int, down: bool) -> str:
    points = [(x - 5, y - 6), (x + 5, y - 6), (x, y + 2)]
    if not down:
        points = [(x - 6, y - 5), (x - 6, y + 5), (x + 2, y)]
    return '<path class="head" d="M' + " L".join(f"{a} {b}" for a, b in points) + ' Z"/>'


def svg(kind: str, width: int, height: int, parts: list[str]) -> str:
    return (
        f'<svg class="xdrec-corridor xdrec-corridor-{kind}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{TITLE}">{"".join(parts)}</svg>'
    )


def wide() -> str:
    size, step, high = 102, 119, 104
    parts = [room(4 + i * step, 8, size, high, *texts) for i, texts in enumerate(ROOMS)]
    parts += [arrow(4 + i * step + size + 2, 60, 4 + (i + 1) * step - 4, 60) for i in range(5)]
    left, right = 4 + step + size // 2, 4 + 4 * step + size // 2
    parts.append(f'<path class="tie" d="M{left} 116 V150 H{right} V116"/>')
    parts.append(f'<text class="tied" x="{(left + right) // 2}" y="174">{TIE}</text>')
    return svg("wide", 705, 186, parts)


def tall() -> str:
    high, step, x, size = 92, 112, 56, 236
    parts = [room(x, 4 + i * step, size, high, *texts) for i, texts in enumerate(ROOMS)]
    middle = x + size // 2
    parts += [arrow(middle, 4 + i * step + high + 2, middle, (i + 1) * step) for i in range(5)]
    top, bottom = 4 + step + high // 2, 4 + 4 * step + high // 2
    parts.append(f'<path class="tie" d="M{x - 4} {top} H28 V{bottom} H{x - 4}"/>')
    turn = f'transform="rotate(-90 18 {(top + bottom) // 2})"'
    parts.append(f'<text class="tied" x="18" y="{(top + bottom) // 2}" {turn}>{TIE}</text>')
    return svg("tall", 300, 5 * step + high + 8, parts)


if __name__ == "__main__":
    text = f'<div class="xdrec-corridors">\n{wide()}\n{tall()}\n</div>\n'
    Path(__file__).with_suffix(".html").write_text(text, encoding="utf-8")
