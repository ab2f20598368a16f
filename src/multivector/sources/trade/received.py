"""What text a received file of trade holds: plain, gzipped or zipped, named by its hash, as columns of text."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import polars as pl

from multivector.errors import UnknownName, WrongRequest
from multivector.world.cells import LINE

LARGEST_TEXT_BYTES: Final = 4 * 2**30  # unpacked; a year of all HS6 pairs is about a tenth of it
_BLOCK: Final = 2**20
_DELIMITERS: Final = (",", ";", "\t", "|")
_TEXTS: Final = (".csv", ".txt", ".dat", ".tsv")


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it was received, and the hash of its bytes."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a received file. `member`: its name in the archive, or that of the file itself."""

    member: str
    content: bytes


def receive(paths: Sequence[Path]) -> tuple[Received, ...]:
    """The files with their hashes; one given twice, under whatever name, stands once.

    Raises:
        UnknownName: there is no such file.
        WrongRequest: no file is given, or one cannot be read.
    """
    if not paths:
        raise WrongRequest("no file is given: name the file that the provider sent")
    files = {one.sha256: one for one in (Received(path, _sha256(path)) for path in paths)}
    return tuple(files.values())


def _sha256(path: Path) -> str:
    if not path.is_file():
        siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UnknownName("file", path.name, known=siblings)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise WrongRequest(f"cannot read {path}: {error.strerror}") from error
    return digest.hexdigest()


def names(path: Path) -> tuple[str, ...]:
    """The names of the texts in a file, without their folders.

    Raises:
        WrongRequest: it is an archive of another kind, or broken.
    """
    if path.suffix == ".7z":
        raise WrongRequest(f"{path.name} is a 7z archive: unpack it first (7z x {path.name}), then give the file in it")
    if path.suffix != ".zip":
        return (path.name.removesuffix(".gz"),)
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [PurePosixPath(one).name for one in archive.namelist()]
    except (OSError, zipfile.BadZipFile) as error:
        raise WrongRequest(f"{path.name} is no zip archive that can be read: {error}") from error
    return tuple(one for one in inside if one.lower().endswith(_TEXTS))


def text(path: Path, member: str) -> Text:
    """One text of a file, unpacked.

    Raises:
        WrongRequest: it is not there, cannot be unpacked, or is larger than 4 GB.
    """
    try:
        if path.suffix == ".zip":
            return Text(member, _unzipped(path, member))
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                return Text(member, _bounded(packed.read(LARGEST_TEXT_BYTES + 1), member))
        if path.stat().st_size > LARGEST_TEXT_BYTES:
            _bounded(b"", member, size=path.stat().st_size)
        return Text(member, path.read_bytes())
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise WrongRequest(f"cannot unpack {member} of {path.name}: {error}") from error


def _unzipped(path: Path, member: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        found = [one for one in archive.infolist() if PurePosixPath(one.filename).name == member]
        if len(found) != 1:
            raise WrongRequest(f"{path.name} holds {member} {len(found)} times, not once")
        if found[0].file_size > LARGEST_TEXT_BYTES:
            _bounded(b"", member, size=found[0].file_size)
        return archive.read(found[0])


def _bounded(content: bytes, member: str, *, size: int | None = None) -> bytes:
    if (len(content) if size is None else size) > LARGEST_TEXT_BYTES:
        raise WrongRequest(f"{member} is larger than {LARGEST_TEXT_BYTES // 2**30} GB: split it")
    return content


def header(one: Text) -> tuple[str, ...]:
    """The names of the columns, as printed."""
    return tuple(cell.strip().strip('"') for cell in _first_line(one).split(delimiter(one)))


def delimiter(one: Text) -> str:
    """What stands between the cells of the first line: comma, semicolon, tab or bar, whichever is there most."""
    line = _first_line(one)
    return max(_DELIMITERS, key=line.count)


def _first_line(one: Text) -> str:
    end = one.content.find(b"\n")
    first = one.content if end < 0 else one.content[:end]
    return first.decode("utf-8-sig", errors="replace").strip("\r\n")


def columns_of_text(one: Text, wanted: Sequence[str]) -> pl.DataFrame:
    """The named columns, every cell as text without blanks around it, an empty one null, with the `line` of each row.

    Raises:
        WrongRequest: the text is no table: rows longer than its header, quotes that do not close.
    """
    try:
        cells = pl.read_csv(
            _whole_header(one),
            separator=delimiter(one),
            columns=[_raw(one, name) for name in wanted],
            infer_schema=False,
            null_values=[""],
        )
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError, pl.exceptions.ShapeError) as error:
        reason = str(error).splitlines()[0][:120]
        raise WrongRequest(f"{one.member} is no table of cells that can be read: {reason}") from error
    stripped = cells.rename(dict(zip(cells.columns, [name.strip() for name in cells.columns], strict=True)))
    return (
        stripped.select(pl.col(wanted).str.strip_chars().replace("", None))
        .with_row_index(LINE, offset=2)
        .with_columns(pl.col(LINE).cast(pl.Int64))
    )


def _raw(one: Text, name: str) -> str:
    """The column's name with the blanks that the file has around it."""
    raw = [cell.strip('"') for cell in _first_line(one).split(delimiter(one))]
    return next(cell for cell in raw if cell.strip() == name)


def _whole_header(one: Text) -> bytes:
    """The text with a name for the empty last cell that Comtrade writes at the end of every line but the first."""
    content = _as_utf8(one.content)
    first, _, rest = content.partition(b"\n")
    second = rest[: rest.find(b"\n")].rstrip(b"\r").decode("utf-8", errors="replace")
    separator = delimiter(one)
    cells = next(csv.reader([second], delimiter=separator), [])
    if len(cells) == len(header(one)) + 1 and not cells[-1]:
        return first.rstrip(b"\r") + separator.encode() + b"after the last\n" + rest
    return content


def _as_utf8(content: bytes) -> bytes:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:  # older files of these providers are written in Latin-1
        return content.decode("latin-1").encode()
    return content.removeprefix(b"\xef\xbb\xbf")
