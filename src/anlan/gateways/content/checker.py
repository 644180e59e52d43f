"""What an uploaded file really is, and whether it may be kept. Runs as a child process.

Its name and its declared type are never looked at. A file comes in by standard input; one line of
JSON goes out, then the bytes to be kept. The process has little memory and time, no secret and no
network, so that a decoder's fault or a bomb ends here. Trap that the process of its own also
avoids: WeasyPrint lets Pillow accept cut-off images for the whole process that imports it.

What is taken, and why not more: PDF, JPEG, PNG and plain text are what a phone, a scanner and a
desk produce. Office files bring macros and embedded objects, SVG and HTML bring scripts, and a
phone turns HEIC into JPEG when asked for JPEG; each more kind is one more decoder to be attacked.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import sys
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from anlan.gateways.content.cut_off import cut_off

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdf import PdfReader

MOST_PIXELS = 64_000_000  # a phone's picture of 50 megapixels, and no bomb
MOST_OBJECTS = 200_000
DEEPEST = 60
MEMORY_BYTES = 1_500_000_000
SECONDS = 20
JPEG_QUALITY = 90

# Names that give a PDF something to do, or carry another file within it.
ACTIVE_NAMES = frozenset(
    {
        *("/JavaScript", "/JS", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR"),
        *("/EmbeddedFile", "/EmbeddedFiles", "/FileAttachment"),
        *("/RichMedia", "/XFA", "/Rendition", "/Movie", "/Sound"),
    }
)
# The same in raw bytes, where older revisions lie; only names too long to stand there by chance.
_ACTIVE_RAW = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|FileAttachment|RichMedia|SubmitForm|ImportData)"
    rb"(?![A-Za-z0-9])"
)
_ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")
_MARKUP = re.compile(rb"<(script|html|svg|\?php)[\s>/]", re.IGNORECASE)
_PNG_END = b"IEND\xaeB`\x82"
_PROGRAMMES = (b"{\\rtf", b"%!", b"#!", b"MZ")


class Fault(Exception):
    """A file that is not taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check(data: bytes) -> tuple[str, bytes]:
    """Give the media type that the content shows and the bytes to keep, or raise Fault."""
    if not data:
        raise Fault("empty")
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _clean_image(data, "JPEG")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", _clean_image(data, "PNG")
    if data.startswith(b"%PDF-"):
        _check_pdf(data)
        return "application/pdf", data
    return "text/plain", _clean_text(data)


# --- images --------------------------------------------------------------------------------------


def _clean_image(data: bytes, form: str) -> bytes:
    """Decode an image and write its pixels anew: where and by whom it was taken is gone."""
    from PIL import Image, ImageFile, ImageOps

    _refuse_two_faced(data)
    if form == "PNG" and _PNG_END not in data:  # Pillow is content with all rows
        raise Fault("damaged")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is looked at below
    try:
        with Image.open(io.BytesIO(data), formats=(form,)) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise Fault("too_many_pixels")
            opened.load()
            turned = ImageOps.exif_transpose(opened)
            return _encode(turned, form)
    except Image.DecompressionBombError as error:
        raise Fault("too_many_pixels") from error
    except MemoryError as error:
        raise Fault("too_much") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # how Pillow says “damaged”
        raise Fault("damaged") from error


def _encode(image: Image, form: str) -> bytes:
    plain = _plain_mode(image, form)
    plain.info = {}  # Pillow would carry comments and colour profiles over
    out = io.BytesIO()
    if form == "JPEG":
        plain.save(out, "JPEG", quality=JPEG_QUALITY)
    else:
        plain.save(out, "PNG")
    return out.getvalue()


def _plain_mode(image: Image, form: str) -> Image:
    if form == "JPEG":
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("1", "L", "RGB", "I;16") else image.convert("RGB")


def _refuse_two_faced(data: bytes) -> None:
    """Refuse a picture that is an archive, a PDF or a page as well."""
    if zipfile.is_zipfile(io.BytesIO(data)) or b"%PDF-" in data[:1024] or _MARKUP.search(data):
        raise Fault("two_faced")


# --- PDF -----------------------------------------------------------------------------------------


def _check_pdf(data: bytes) -> None:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    if zipfile.is_zipfile(io.BytesIO(data)):
        raise Fault("two_faced")
    if not data.rstrip(b" \t\r\n\0").endswith(b"%%EOF"):
        raise Fault("damaged")
    if _ACTIVE_RAW.search(_ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), data)):
        raise Fault("active")
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Fault("encrypted")
        for each in _objects(reader):
            _refuse_active(each)
        if not reader.pages:
            raise Fault("damaged")
    except Fault:
        raise
    except (RecursionError, MemoryError) as error:
        raise Fault("too_much") from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Fault("damaged") from error


def _objects(reader: PdfReader) -> Iterator[object]:
    """Give every object that the file's tables name, those in object streams too."""
    from pypdf.generic import IndirectObject

    numbers = {
        (number, generation) for generation, table in reader.xref.items() for number in table
    }
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MOST_OBJECTS:
        raise Fault("too_much")
    yield reader.trailer
    for number, generation in sorted(numbers):
        yield reader.get_object(IndirectObject(number, generation, reader))


def _refuse_active(found: Any, depth: int = 0) -> None:
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

    if depth > DEEPEST:
        raise Fault("too_much")
    if isinstance(found, NameObject) and found in ACTIVE_NAMES:
        raise Fault("active")
    if isinstance(found, StreamObject) and "/F" in found:
        raise Fault("active")  # its bytes lie in another file
    if isinstance(found, DictionaryObject):
        for name in found:
            _refuse_active(name, depth + 1)
            _refuse_active(found.raw_get(name), depth + 1)
    elif isinstance(found, ArrayObject):
        for member in list.__iter__(found):
            _refuse_active(member, depth + 1)


# --- text ----------------------------------------------------------------------------------------


def _clean_text(data: bytes) -> bytes:
    """Take UTF-8 without control signs; markup and whatever else begins like a programme is none.

    A file of another kind that is named .png or .txt ends here too, so the code says `unknown`.
    """
    head = data.lstrip()[:16]
    if head.startswith((b"<", *_PROGRAMMES)):
        raise Fault("unknown")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fault("unknown") from error
    if not text.strip():
        raise Fault("empty")
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\n\r\f" for sign in set(text)):
        raise Fault("unknown")
    return text.encode()


# --- the child process ----------------------------------------------------------------------------


def main() -> int:
    """Read a file, say what it is, give it back cleaned."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    answer: dict[str, object] = {"cut_off": cut_off()}
    try:
        media_type, body = check(sys.stdin.buffer.read())
        answer["media_type"] = media_type
    except Fault as fault:
        answer["fault"], body = fault.code, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + body)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
