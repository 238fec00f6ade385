"""Signs PDFs through a server's CSC API with pyHanko's own CSCSigner.

usage: pyhanko_csc.py BASE CLIENT KEY LETTER OUTDIR PIN

CLIENT gets its access token by private_key_jwt with KEY (P-256, PEM). The credentials are csc-rsa (no PIN), csc-ec (PIN) and csc-doc
(whole documents). One PDF per way of signing is written into OUTDIR, and one line said about each.
"""
import asyncio
import base64
import hashlib
import io
import json
import os
import sys
import time
import uuid

import aiohttp
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationManager, CSCServiceSessionInfo, CSCSigner, PrefetchedSADAuthorizationManager, fetch_certs_in_csc_credential,
)
from pyhanko.sign.signers.pdf_signer import PdfTBSDocument

BASE, CLIENT, KEY, LETTER, OUT, PIN = sys.argv[1:7]


def b64(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()


def assertion():
    with open(KEY, "rb") as f:
        key = serialization.load_pem_private_key(f.read(), None)
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": BASE + "/oauth2/token", "exp": int(time.time()) + 60, "jti": str(uuid.uuid4())}
    signed = b64(json.dumps({"alg": "ES256", "typ": "JWT"}).encode()) + "." + b64(json.dumps(claims).encode())
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return signed + "." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


async def token(session):
    form = {
        "grant_type": "client_credentials", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion": assertion(),
    }
    async with session.post(BASE + "/oauth2/token", data=form) as res:
        answer = await res.json()
        assert res.status == 200, answer
        return answer["access_token"]


class Authorise(CSCAuthorizationManager):
    """Asks for a SAD over the very hashes, as SCAL 2 clients do."""

    def __init__(self, session, info, credential, pin):
        super().__init__(info, credential)
        self.session, self.pin = session, pin

    async def authorize_signature(self, hash_b64s):
        body = self.format_csc_auth_request(hash_b64s=hash_b64s, pin=self.pin)
        async with self.session.post(self.csc_session_info.endpoint_url("credentials/authorize"), headers=self.auth_headers, json=body) as res:
            answer = await res.json()
            assert res.status == 200, answer
            return self.parse_csc_auth_response(answer)


def meta(**more):
    return signers.PdfSignatureMetadata(field_name="CSC", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, **more)


class Run:
    def __init__(self, session, access, letter):
        self.session, self.access, self.letter = session, access, letter

    def info(self, version, credential):
        return CSCServiceSessionInfo(BASE, credential, oauth_token=self.access, api_ver=version)

    async def signer(self, version, credential, pin=None, **more):
        info = self.info(version, credential)
        found = await fetch_certs_in_csc_credential(self.session, info)
        return CSCSigner(self.session, Authorise(self.session, info, found, pin), **more)

    async def sign(self, signer, digest="sha256"):
        w = IncrementalPdfFileWriter(io.BytesIO(self.letter), strict=False)
        out = io.BytesIO()
        m = signers.PdfSignatureMetadata(field_name="CSC", md_algorithm=digest, subfilter=SigSeedSubFilter.PADES)
        await signers.PdfSigner(m, signer=signer).async_sign_pdf(w, output=out)
        return out.getvalue()

    async def prefetched(self, version, credential, count, **more):
        """Hashes first, one SAD for all of them, then one signHash."""
        info = self.info(version, credential)
        found = await fetch_certs_in_csc_credential(self.session, info)
        first = CSCSigner(self.session, Authorise(self.session, info, found, None), **more)
        waiting = []
        for _ in range(count):
            w = IncrementalPdfFileWriter(io.BytesIO(self.letter), strict=False)
            digest, _, output = await signers.PdfSigner(meta(), signer=first).async_digest_doc_for_signing(w, bytes_reserved=32768)
            attributes = await first.signed_attrs(digest.document_digest, "sha256", use_pades=True)
            waiting.append((digest, output, attributes))
        wanted = [base64.b64encode(hashlib.sha256(a.dump()).digest()).decode() for _, _, a in waiting]
        sad = await Authorise(self.session, info, found, None).authorize_signature(wanted)
        second = CSCSigner(self.session, PrefetchedSADAuthorizationManager(info, found, sad), batch_size=count, **more)
        made = await asyncio.gather(*(second.async_sign_prescribed_attributes("sha256", signed_attrs=a) for _, _, a in waiting))
        out = []
        for (digest, output, _), cms in zip(waiting, made):
            await PdfTBSDocument.async_finish_signing(output, digest, cms)
            out.append(output.getvalue())
        return out

    async def document(self, version):
        """signDoc: the server makes the whole PAdES."""
        head = {"Authorization": "Bearer " + self.access}
        ask = {"credentialID": "csc-doc", "numSignatures": 1, "hashes": [b64(hashlib.sha256(self.letter).digest())], "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1"}
        async with self.session.post(f"{BASE}/csc/{version}/credentials/authorize", headers=head, json=ask) as res:
            answer = await res.json()
            assert res.status == 200, answer
        ask = {"credentialID": "csc-doc", "SAD": answer["SAD"], "documents": [{"document": base64.b64encode(self.letter).decode(), "signature_format": "P", "conformance_level": "AdES-B-T"}]}
        async with self.session.post(f"{BASE}/csc/{version}/signatures/signDoc", headers=head, json=ask) as res:
            answer = await res.json()
            assert res.status == 200, answer
            return base64.b64decode(answer["DocumentWithSignature"][0])


async def main():
    with open(LETTER, "rb") as f:
        letter = f.read()
    made = {}
    async with aiohttp.ClientSession() as session:
        run = Run(session, await token(session), letter)
        for version in ("v1", "v2"):
            for name, credential, pin, more, digest in (
                ("rsa", "csc-rsa", None, {}, "sha256"), ("pss", "csc-rsa", None, {"prefer_pss": True}, "sha256"), ("rsa-sha512", "csc-rsa", None, {}, "sha512"),
                ("p256", "csc-ec", PIN, {}, "sha256"),
            ):
                made[f"{version}-{name}"] = await run.sign(await run.signer(version, credential, pin, **more), digest)
            for name, credential, pin, more in (("rsa", "csc-rsa", None, {}), ("pss", "csc-rsa", None, {"prefer_pss": True}), ("p256", "csc-ec", PIN, {})):
                batch = await run.signer(version, credential, pin, batch_size=5, **more)
                for i, b in enumerate(await asyncio.gather(*(run.sign(batch) for _ in range(5)))):
                    made[f"{version}-batch-{name}-{i}"] = b
            for i, b in enumerate(await run.prefetched(version, "csc-rsa", 3, prefer_pss=True)):
                made[f"{version}-prefetched-{i}"] = b
            made[f"{version}-signdoc"] = await run.document(version)
    for name, b in made.items():
        with open(os.path.join(OUT, name + ".pdf"), "wb") as f:
            f.write(b)
    print(len(made), "documents signed")


if __name__ == "__main__":
    asyncio.run(main())
