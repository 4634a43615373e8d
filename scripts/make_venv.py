"""Make the virtual environment, or say why not: `python scripts/make_venv.py .venv`."""

import subprocess
import sys
import venv

OLDEST = (3, 11)


def main() -> None:
    if sys.version_info < OLDEST:
        have, need = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST))
        sys.exit(
            f"{sys.executable} is Python {have}; xdrec needs {need} or later.\n"
            f"Name another one: make PYTHON=python{need} ..."
        )
    try:
        venv.create(sys.argv[1], with_pip=True, symlinks=True)
    except subprocess.CalledProcessError:
        sys.exit(
            f"{sys.executable} cannot put pip into a virtual environment.\n"
            "Debian and Ubuntu keep that in a package of its own: apt-get install python3-venv"
        )


if __name__ == "__main__":
    main()
