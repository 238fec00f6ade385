"""Lets pyHanko sign, so that our verify can judge what another program made.

usage: pyhanko_sign.py KEY CERT CHAIN INPUT OUTDIR

Writes one PDF per kind of signature into OUTDIR.
"""
import asyncio
import io
import os
import sys
from datetime import datetime, timezone

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter


async def sign(signer, data, meta, spec=None, password=None):
    w = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    if password is not None:
        w.encrypt(password)
    out = io.BytesIO()
    await signers.PdfSigner(meta, signer=signer, new_field_spec=spec).async_sign_pdf(w, output=out)
    return out.getvalue()


async def main():
    key, cert, chain, source, target = sys.argv[1:6]
    with open(source, "rb") as f:
        data = f.read()
    def signer(pss=False):
        return signers.SimpleSigner.load(key, cert, ca_chain_files=(chain,), prefer_pss=pss)
    def meta(field, **more):
        more.setdefault("subfilter", SigSeedSubFilter.PADES)
        return signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", reason="Sınaq (ə)", **more)
    made = {
        "pades": await sign(signer(), data, meta("A")),
        "seal-field": await sign(signer(), data, meta("Seal")),
        "adobe": await sign(signer(), data, meta("A", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)),
        "pss": await sign(signer(True), data, meta("A")),
        "visible": await sign(signer(), data, meta("A"), SigFieldSpec("A", box=(50, 50, 250, 120))),
        "certified": await sign(signer(), data, meta("A", certify=True, docmdp_permissions=MDPPerm.FILL_FORMS)),
    }
    made["certified_then-signed"] = await sign(signer(), made["certified"], meta("B"))
    made["two"] = await sign(signer(), made["pades"], meta("B"))
    for name, b in made.items():
        with open(os.path.join(target, "pyhanko_" + name + ".pdf"), "wb") as f:
            f.write(b)


if __name__ == "__main__":
    asyncio.run(main())
