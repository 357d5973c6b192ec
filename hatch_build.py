"""Build step of the wheel: compile the translations and take along the data folders that lie beside the
package.

`contract/` and `protocols/` stand at the top of the repository, because the phone reads them too, and so does the
built phone app; in a wheel they go below `lianfang/`, where `lianfang.core.resources` looks second.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA_FOLDERS = ("contract", "protocols", "phone/dist")


class LianfangBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        compile_translations(root)
        if version == "editable" or self.target_name != "wheel":
            return
        for name in DATA_FOLDERS:
            if (root / name).is_dir():
                build_data["force_include"][str(root / name)] = f"lianfang/{name}"


def compile_translations(root: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sorted(root.glob("lianfang/locale/*/LC_MESSAGES/*.po")):
        with source.open("rb") as text:
            catalog = read_po(text)
        with source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalog)


if __name__ == "__main__":
    compile_translations(Path(__file__).parent)
