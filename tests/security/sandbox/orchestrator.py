"""A validator in small, to be killed by a test: runs one shell script in the sandbox.

Arguments: the form's name, the workspace, the script.
"""

import asyncio
import sys
from pathlib import Path

from millstream_validator.adapters.bubblewrap import BubblewrapSandbox
from millstream_validator.adapters.bubblewrap.forms import forms_for
from millstream_validator.adapters.bubblewrap.locate import find_bwraps
from millstream_validator.core.sandbox import Job


async def main(form_name: str, workspace: str, script: str) -> None:
    form = next(form for form in forms_for(find_bwraps()) if form.privilege.name == form_name)
    sandbox = await BubblewrapSandbox.create_as(form, slots=1)
    await sandbox.run(Job(("/bin/sh", "-c", script), Path(workspace)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
