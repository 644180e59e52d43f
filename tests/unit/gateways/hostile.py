"""Files as somebody with bad intent, or a bad line, would send them; made here, kept nowhere."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject

SECRET = "金丝雀 lives at 29.9N"


def picture(form: str = "JPEG", *, size: tuple[int, int] = (40, 30), said: bool = True) -> bytes:
    """Give a picture that says in its metadata where and by whom it was taken."""
    image = Image.effect_noise(size, 40).convert("RGB")
    exif = Image.Exif()
    out = io.BytesIO()
    if not said:
        image.save(out, form)
        return out.getvalue()
    exif[0x010E] = SECRET
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    if form == "JPEG":
        image.save(out, form, exif=exif, comment=SECRET.encode(), icc_profile=SECRET.encode())
    else:
        image.save(out, form, exif=exif, icc_profile=SECRET.encode())
    return out.getvalue()


def bomb(side: int = 40_000) -> bytes:
    """Give a PNG of some kilobytes that unpacks to 1,600 million pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(2_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zipped(*, before: bytes = b"", comment: bytes = b"") -> bytes:
    """Give a ZIP archive behind some bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.bat", "format c:")
        archive.comment = comment
    return before + out.getvalue()


def pdf(**catalog: object) -> bytes:
    """Give a PDF of one page; the catalogue may be given more."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for name, value in catalog.items():
        writer.root_object[NameObject(f"/{name}")] = value
    return _written(writer)


def pdf_with_action(kind: str, *, key: str = "OpenAction") -> bytes:
    """Give a PDF that does something when it is opened."""
    action = DictionaryObject({NameObject("/S"): NameObject(f"/{kind}")})
    return pdf(**{key: action})


def pdf_with_leftover_script() -> bytes:
    """Give a PDF in which a script stands that no table names, as an older revision leaves it."""
    before, _, table = pdf().rpartition(b"xref\n0")
    left = b"9 0 obj\n<< /S /JavaScript /JS (app.alert) >>\nendobj\n"
    moved = str(len(before) + len(left)).encode()
    table = table.replace(str(len(before)).encode() + b"\n%%EOF", moved + b"\n%%EOF")
    return before + left + b"xref\n0" + table


def pdf_with_file() -> bytes:
    """Give a PDF with another file within it."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("run.bat", b"format c:")
    return _written(writer)


def pdf_locked() -> bytes:
    """Give a PDF that opens with a password."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    return _written(writer)


def pdf_with_hidden_script(name: bytes = b"JavaScript") -> bytes:
    """Give a PDF whose script stands in a packed stream, where no search of bytes finds it."""
    packed = b"<< /S /%s /URI (app.alert\\(1\\)) >>" % name
    inner = zlib.compress(b"4 0 " + packed)
    parts = {
        1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
        5: b"<< /Type /ObjStm /N 1 /First 4 " + _stream(inner),
    }
    body, starts = b"%PDF-1.7\n", {}
    for number, part in parts.items():
        starts[number] = len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    starts[6] = len(body)
    rows = b"\x00\x00\x00\xff"
    for number in range(1, 7):
        rows += (
            b"\x02\x00\x05\x00"
            if number == 4
            else b"\x01%s\x00" % struct.pack(">H", starts[number])
        )
    table = b"<< /Type /XRef /Size 7 /W [1 2 1] /Root 1 0 R " + _stream(zlib.compress(rows))
    return body + b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, starts[6])


def _stream(packed: bytes) -> bytes:
    head = b"/Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    return head + packed + b"\nendstream"


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
