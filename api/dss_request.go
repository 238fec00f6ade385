package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"mohur/verify"
)

// remoteDocument is DSS's RemoteDocument: a file, or its digest when digestAlgorithm is set.
type remoteDocument struct {
	file      *spooled // nil without bytes
	name      string
	algorithm string // "SHA256", empty for a file
}

// dssRequest is DSS's DataToValidateDTO.
type dssRequest struct {
	signed    *remoteDocument
	originals []*remoteDocument
	policy    string
	time      time.Time
	tokens    string // TokenExtractionStrategy
	signature string // id, for getOriginalDocuments
	taken     []*spooled
}

// errTooLarge is a request whose documents are together more than is taken.
var errTooLarge = &http.MaxBytesError{}

// upload reads one kind of JSON request and counts what its documents are worth.
type upload struct {
	s     *server
	j     *jsonStream
	left  int64
	taken []*spooled
}

func (s *server) newUpload(w http.ResponseWriter, r *http.Request) *upload {
	body := http.MaxBytesReader(w, r.Body, s.MaxBytes/3*4+formBytes) // base64 takes four bytes for three
	return &upload{s: s, j: newJSONStream(body), left: s.MaxBytes}
}

// file streams one text in base64 into a temporary file; nil for null.
func (u *upload) file(at string) (*spooled, error) {
	var sp *spooled
	_, err := u.j.base64(at, func(r io.Reader) (err error) {
		if sp, err = u.s.spool(io.LimitReader(r, u.left+1), ""); err != nil {
			return err
		}
		u.taken = append(u.taken, sp)
		if u.left -= sp.size; u.left < 0 {
			return errTooLarge
		}
		return nil
	})
	return sp, err
}

// document reads a RemoteDocument; nil for null.
func (u *upload) document(at string) (*remoteDocument, error) {
	if absent, err := u.j.null(); absent || err != nil {
		return nil, err
	}
	d := &remoteDocument{name: "RemoteDocument"} // DSS's own default
	err := u.j.object(at, func(key, at string) (err error) {
		switch key {
		case "bytes":
			d.file, err = u.file(at)
		case "name":
			err = u.j.scalar(at, &d.name)
		case "digestAlgorithm":
			err = u.j.scalar(at, &d.algorithm)
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	return d, err
}

// documents reads a list of them.
func (u *upload) documents(at string) (out []*remoteDocument, err error) {
	err = u.j.array(at, func(at string) error {
		d, err := u.document(at)
		if d != nil {
			out = append(out, d)
		}
		return err
	})
	return out, err
}

// policyDocument takes DSS's `policy`: without bytes its name picks one of our policies. DSS's own constraint files, and cryptographic suites,
// are refused rather than left out of the verdict (a lenient answer under a strict request would be a false one).
func (u *upload) policyDocument(at string) (string, error) {
	d, err := u.document(at)
	if err != nil || d == nil {
		return "", err
	}
	if d.file != nil && d.file.size > 0 || !slices.Contains(u.s.Policies, d.name) {
		return "", &jsonError{at, faultNotTaken}
	}
	return d.name, nil
}

// absent reads a value that only null or an empty list may have.
func (u *upload) absent(at string) error {
	b, err := u.j.next()
	if err != nil {
		return err
	}
	if b == '[' {
		return u.j.array(at, func(at string) error { return &jsonError{at, faultNotTaken} })
	}
	if none, err := u.j.null(); err != nil || none {
		return err
	}
	return &jsonError{at, faultNotTaken}
}

// moment reads a time: milliseconds since 1970, as DSS's clients send it, or RFC 3339; null is none.
func (u *upload) moment(at string) (time.Time, error) {
	var raw json.RawMessage
	if err := u.j.scalar(at, &raw); err != nil || string(raw) == "null" {
		return time.Time{}, err
	}
	var ms int64
	if json.Unmarshal(raw, &ms) == nil && ms > -62135596800000 && ms < 253402300800000 {
		return time.UnixMilli(ms).UTC(), nil
	}
	var t time.Time
	if json.Unmarshal(raw, &t) != nil {
		return t, &jsonError{at, faultMoment}
	}
	return t, nil
}

// dssRequest reads a DataToValidateDTO. What it returns is never nil, so that it can be removed.
func (s *server) dssRequest(w http.ResponseWriter, r *http.Request) (*dssRequest, error) {
	q, u := &dssRequest{policy: s.Policy}, s.newUpload(w, r)
	err := u.j.object("#", func(key, at string) (err error) {
		switch key {
		case "signedDocument":
			q.signed, err = u.document(at)
		case "originalDocuments":
			q.originals, err = u.documents(at)
		case "policy":
			var name string
			if name, err = u.policyDocument(at); name != "" {
				q.policy = name
			}
		case "cryptographicSuite", "evidenceRecords":
			err = u.absent(at)
		case "validationTime":
			q.time, err = u.moment(at)
		case "tokenExtractionStrategy":
			q.tokens, err = u.tokens(at)
		case "signatureId":
			err = u.j.scalar(at, &q.signature)
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	q.taken = u.taken
	if err == nil {
		err = u.j.end()
	}
	if err == nil && (q.signed == nil || q.signed.file == nil || q.signed.file.size == 0 || q.signed.algorithm != "") {
		err = &jsonError{"#/signedDocument", faultMissing}
	}
	return q, err
}

// tokens reads TokenExtractionStrategy: which binaries the diagnostic data hold. There are no evidence records in it, so that one that asks for
// those too is met by the others.
func (u *upload) tokens(at string) (string, error) {
	var s string
	if err := u.j.scalar(at, &s); err != nil || s == "" || s == "NONE" || s == "EXTRACT_ALL" {
		return s, err
	}
	kinds, extract := strings.CutPrefix(strings.TrimSuffix(s, "_ONLY"), "EXTRACT_")
	for kind := range strings.SplitSeq(kinds, "_AND_") {
		if !extract || !slices.Contains([]string{"CERTIFICATES", "TIMESTAMPS", "REVOCATION_DATA", "EVIDENCE_RECORDS"}, kind) {
			return "", &jsonError{at, faultNotTaken}
		}
	}
	return s, nil
}

// input is the request as the verifier takes it.
func (q *dssRequest) input(now func() time.Time) (verify.Input, error) {
	in := verify.Input{Name: q.signed.name, Content: q.signed.file.f, Size: q.signed.file.size, Time: q.time, Now: now}
	for i, d := range q.originals {
		at := fmt.Sprintf("#/originalDocuments/%d", i)
		data, err := d.data(at)
		if err != nil {
			return in, err
		}
		in.Detached = append(in.Detached, data)
	}
	return in, nil
}

// data is the document as a file beside a signature, or its digest.
func (d *remoteDocument) data(at string) (verify.Data, error) {
	if d.file == nil {
		return verify.Data{}, &jsonError{at, faultMissing}
	}
	if d.algorithm == "" {
		return verify.Data{Name: d.name, Content: d.file.f, Size: d.file.size}, nil
	}
	digest := make([]byte, min(d.file.size, 128))
	if _, err := io.ReadFull(io.NewSectionReader(d.file.f, 0, d.file.size), digest); err != nil {
		return verify.Data{}, err
	}
	algorithm := strings.ReplaceAll(d.algorithm, "-", "")
	if !digestLength(algorithm, d.file.size) {
		return verify.Data{}, &jsonError{at + "/digestAlgorithm", faultDigestLength}
	}
	return verify.Data{Name: d.name, DigestAlgorithm: algorithm, Digest: digest}, nil
}
