"""A lit format that leaves out tests whose tools do not exist (lit pickles it, so it is a module)."""
import re

import lit.formats
import lit.Test


class ShTestWithTools(lit.formats.ShTest):
    """ShTest; a test with a tool of `absent` in its RUN lines is unsupported, not failed."""

    def __init__(self, absent):
        super().__init__(execute_external=False)
        self.absent = absent

    def execute(self, test, lit_config):
        with open(test.getSourcePath(), encoding="utf-8", errors="replace") as file:
            runs = [line.split("RUN:", 1)[1] for line in file if "RUN:" in line]
        for tool in self.absent:
            if any(re.search(rf"(?<![\w/-]){re.escape(tool)}(?![\w-])", run) for run in runs):
                return lit.Test.UNSUPPORTED, f"{tool} is not there"
        return super().execute(test, lit_config)
