"""A second opinion: what pyHanko, strict, says of every signature in PDFs.

usage: pyhanko_verify.py [--root CERT]... [--bench N] FILE...

One line per file: "FILE accepted|refused|error DETAIL". With --bench the files are verified N times in this process after one warm round, and
one line "cpu_ms N.NNN maxrss_kb N" closes. Exit status 0 when every signature of every file was accepted.
"""
import argparse
import asyncio
import logging
import resource
import sys
import time

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)


def context(roots):
    return ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail")


async def verdict(path, roots):
    """Returns (accepted, detail) for one file."""
    with open(path, "rb") as f:
        reader = PdfFileReader(f, strict=True)
        if reader.encrypted:
            reader.decrypt("")
        accepted, details = True, []
        for s in reader.embedded_signatures:
            if s.sig_object.get("/SubFilter", "") == "/ETSI.RFC3161":
                st = await async_validate_pdf_timestamp(s, context(roots))
                ok = st.intact and st.valid and st.trusted
            else:
                st = await async_validate_pdf_signature(s, context(roots), ts_validation_context=context(roots))
                ok = st.bottom_line
            accepted = accepted and ok
            details.append("%s %s %s" % (s.field_name, "ok" if ok else "bad", st.coverage.name))
        return accepted and bool(details), "; ".join(details) or "no signature"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--root", action="append", default=[])
    p.add_argument("--bench", type=int, default=0)
    p.add_argument("files", nargs="+")
    a = p.parse_args()
    roots = [c for r in a.root for c in load_certs_from_pemder([r])]
    status = 0
    for path in a.files:
        try:
            ok, detail = asyncio.run(verdict(path, roots))
            word = "accepted" if ok else "refused"
        except Exception as e:  # the peer's refusal is a result here, not a failure of this script
            ok, word, detail = False, "error", "%s: %s" % (type(e).__name__, e)
        status = status if ok else 1
        print(path, word, detail)
    if a.bench:
        begin = time.process_time()
        for _ in range(a.bench):
            for path in a.files:
                asyncio.run(verdict(path, roots))
        per = (time.process_time() - begin) * 1000 / (a.bench * len(a.files))
        print("cpu_ms %.3f maxrss_kb %d" % (per, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    sys.exit(status)


if __name__ == "__main__":
    main()
