"""Asks PyPI's advisory service about the pinned packages, by pip-audit. Without the service it says so, loudly."""

import json
import subprocess
import sys

SETS = ("requirements.txt", "requirements-dev.txt", "requirements-scale.txt")
SECONDS = 180


def main() -> int:
    """Return 1 when a package has a known weakness; 0 else, also where nobody could be asked."""
    found, asked = audit()
    weak = [each for each in found if each.get("vulns")]
    for each in weak:
        for weakness in each["vulns"]:
            cure = ", ".join(weakness["fix_versions"]) or "no version yet"
            print(f"{each['name']} {each['version']}: {weakness['id']}, cured in {cure}")
    answered = [each for each in found if "vulns" in each]
    if not asked or not answered:
        print("\n  NOT AUDITED: PyPI's advisory service cannot be reached, so known weaknesses were not looked for.\n")
    else:
        print(f"{len(answered)} of {len(found)} packages audited, {len(weak)} with a known weakness.")
    return 1 if weak else 0


def audit() -> tuple[list[dict], bool]:
    """Return what is known of each package, and whether anybody answered."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    command += ["--progress-spinner", "off", "--timeout", "10", *(f"--requirement={each}" for each in SETS)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        return json.loads(result.stdout)["dependencies"], True
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return [], False


if __name__ == "__main__":
    sys.exit(main())
