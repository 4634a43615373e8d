"""Draw card.png, the picture that stands beside a shared link.

    CHROMIUM=/path/to/chromium python book/figures/card.py

The picture is committed, since its letters depend on the fonts of the machine that draws it.
"""

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

ASSETS = Path(__file__).resolve().parents[1] / "_assets" / "xdrec"
WIDE, HIGH = 1200, 630
PAGE = """<!doctype html>
<meta charset="utf-8">
<style>
  body {{ margin: 0; width: {wide}px; height: {high}px; background: #fbfcfd; color: #1d2733;
    font-family: "DejaVu Sans", system-ui, sans-serif; display: grid;
    grid-template-columns: 500px 1fr; align-items: center;
    box-sizing: border-box; border-bottom: 18px solid #14507f; }}
  svg {{ width: 440px; margin-left: 50px; }}
  h1 {{ font-size: 96px; letter-spacing: -3px; margin: 0 0 18px; color: #14507f; }}
  p {{ font-size: 34px; line-height: 1.35; margin: 0 60px 0 0; }}
</style>
<div>{logo}</div>
<div><h1>xdrec</h1><p>A lab for recommendation across domains: every formula a small file,
every chapter a notebook that runs.</p></div>
"""


def main() -> None:
    logo = (ASSETS / "logo.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": WIDE, "height": HIGH})
        page.set_content(PAGE.format(wide=WIDE, high=HIGH, logo=logo))
        page.screenshot(path=ASSETS / "card.png")
        browser.close()


if __name__ == "__main__":
    main()
