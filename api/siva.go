package api

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"mohur/verify"
	"mohur/verify/etsi"
)

// sivaAnswer is the simple report of SiVa 3.
type sivaAnswer struct {
	ValidationReport sivaReport `json:"validationReport"`
}

type sivaReport struct {
	Conclusion sivaConclusion `json:"validationConclusion"`
	Process    *dssDetailed   `json:"validationProcess,omitempty"` // of report type Detailed, with DSS's own keys
	Diagnostic *dssDiagnostic `json:"diagnosticData,omitempty"`    // of report type Diagnostic, likewise
}

type sivaConclusion struct {
	Policy               sivaPolicy      `json:"policy"`
	ValidationTime       string          `json:"validationTime"`
	SignatureForm        string          `json:"signatureForm,omitempty"`
	ValidationLevel      string          `json:"validationLevel"`
	ValidatedDocument    *sivaDocument   `json:"validatedDocument,omitempty"`
	Signatures           []sivaSignature `json:"signatures"`
	ValidSignaturesCount int             `json:"validSignaturesCount"`
	SignaturesCount      int             `json:"signaturesCount"`
}

type sivaPolicy struct {
	Description string `json:"policyDescription"`
	Name        string `json:"policyName"`
}

type sivaDocument struct {
	Filename string `json:"filename"`
}

type sivaSignature struct {
	ID              string            `json:"id"`
	SignatureFormat string            `json:"signatureFormat"`
	SignatureMethod string            `json:"signatureMethod"`
	SignatureLevel  string            `json:"signatureLevel"`
	SignedBy        string            `json:"signedBy"`
	SubjectName     sivaSubject       `json:"subjectDistinguishedName"`
	Indication      string            `json:"indication"`
	SubIndication   string            `json:"subIndication"`
	Errors          []sivaMessage     `json:"errors"`
	Warnings        []sivaMessage     `json:"warnings"`
	Scopes          []sivaScope       `json:"signatureScopes"`
	ClaimedTime     string            `json:"claimedSigningTime"`
	Info            sivaInfo          `json:"info"`
	Certificates    []sivaCertificate `json:"certificates"`
}

type sivaSubject struct {
	SerialNumber string `json:"serialNumber"`
	CommonName   string `json:"commonName"`
}

type sivaMessage struct {
	Content string `json:"content"`
}

type sivaScope struct {
	Name    string `json:"name"`
	Scope   string `json:"scope"`
	Content string `json:"content"`
}

type sivaInfo struct {
	BestSignatureTime string `json:"bestSignatureTime"`
}

type sivaCertificate struct {
	CommonName string `json:"commonName"`
	Type       string `json:"type"`
	Content    []byte `json:"content"`
}

// sivaFiles is the answer of getDataFiles.
type sivaFiles struct {
	DataFiles []sivaFile `json:"dataFiles"`
}

type sivaFile struct {
	Filename string `json:"filename"`
	MimeType string `json:"mimeType"`
	Base64   []byte `json:"base64"`
	Size     int64  `json:"size"`
}

// sivaRequest is what SiVa's routes are asked.
type sivaRequest struct {
	file   *spooled
	name   string
	policy string
	kind   string // of the report
	hashed []sivaHashed
	taken  []*spooled
}

// sivaHashed is a detached signature with the digests of its files.
type sivaHashed struct {
	signature *spooled
	files     []verify.Data
}

// sivaRequest reads a request; what it returns is never nil. `files` says that signatures come with digests (validateHashcode).
func (s *server) sivaRequest(w http.ResponseWriter, r *http.Request, files bool) (*sivaRequest, error) {
	q, u := &sivaRequest{policy: s.Policy}, s.newUpload(w, r)
	err := u.j.object("#", func(key, at string) (err error) {
		switch {
		case key == "document" && !files:
			q.file, err = u.file(at)
		case key == "filename" && !files:
			err = u.j.scalar(at, &q.name)
		case key == "signatureFiles" && files:
			err = u.j.array(at, func(at string) error {
				h, err := u.hashed(at)
				q.hashed = append(q.hashed, h)
				return err
			})
		case key == "signaturePolicy":
			q.policy, err = u.sivaPolicy(at)
		case key == "reportType":
			if err = u.j.scalar(at, &q.kind); err == nil && !slices.Contains([]string{"", "Simple", "Detailed", "Diagnostic"}, q.kind) {
				err = &jsonError{at, faultNotTaken}
			}
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	q.taken = u.taken
	if err == nil {
		err = u.j.end()
	}
	if err == nil && (!files && (q.file == nil || q.file.size == 0) || files && len(q.hashed) == 0) {
		at := "#/document"
		if files {
			at = "#/signatureFiles"
		}
		err = &jsonError{at, faultMissing}
	}
	return q, err
}

// sivaPolicy is a policy's name; SiVa's own names, POLv3 and POLv4, mean Estonian and European trust that this program does not have.
func (u *upload) sivaPolicy(at string) (string, error) {
	name := ""
	if err := u.j.scalar(at, &name); err != nil {
		return "", err
	}
	if name == "" {
		return u.s.Policy, nil
	}
	if !slices.Contains(u.s.Policies, name) {
		return "", &jsonError{at, faultNotTaken}
	}
	return name, nil
}

// hashed reads one signature with its files' digests.
func (u *upload) hashed(at string) (out sivaHashed, err error) {
	err = u.j.object(at, func(key, at string) (err error) {
		switch key {
		case "signature":
			out.signature, err = u.file(at)
		case "datafiles":
			err = u.j.array(at, func(at string) error {
				d, err := u.hash(at)
				out.files = append(out.files, d)
				return err
			})
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	if err == nil && (out.signature == nil || len(out.files) == 0) {
		err = &jsonError{at, faultMissing}
	}
	return out, err
}

// hash reads the digest of one file.
func (u *upload) hash(at string) (out verify.Data, err error) {
	var value string
	err = u.j.object(at, func(key, at string) error {
		switch key {
		case "filename":
			return u.j.scalar(at, &out.Name)
		case "hashAlgo":
			return u.j.scalar(at, &out.DigestAlgorithm)
		case "hash":
			return u.j.scalar(at, &value)
		}
		return &jsonError{at, faultKey}
	})
	if err != nil {
		return out, err
	}
	if !strings.HasPrefix(out.DigestAlgorithm, "SHA3") {
		out.DigestAlgorithm = strings.ReplaceAll(out.DigestAlgorithm, "-", "")
	}
	if out.Digest, err = base64.StdEncoding.DecodeString(value); err != nil || !digestLength(out.DigestAlgorithm, int64(len(out.Digest))) {
		return out, &jsonError{at + "/hash", faultDigestLength}
	}
	return out, nil
}

// siva takes a request and works on it when there is room.
func (s *server) siva(w http.ResponseWriter, r *http.Request, files bool, weight int64, work func(http.ResponseWriter, *sivaRequest)) {
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	q, err := s.sivaRequest(w, r, files)
	done()
	docs := &received{taken: q.taken}
	defer docs.remove()
	if err != nil {
		s.refuseJSON(w, r, err)
		return
	}
	s.admitted(w, r, weight*docs.size(), func(w http.ResponseWriter) {
		defer docs.remove()
		work(w, q)
	})
}

// postSiVa is SiVa's validate.
func (s *server) postSiVa(w http.ResponseWriter, r *http.Request) {
	s.siva(w, r, false, 1, func(w http.ResponseWriter, q *sivaRequest) {
		rep, ok := s.judge(w, r, verify.Input{Name: q.name, Content: q.file.f, Size: q.file.size, Now: s.Now}, q.policy)
		if ok {
			s.writeJSON(w, r, sivaReportOf(rep, string(language(r)), q.kind))
		}
	})
}

// postSiVaHashcode is SiVa's validateHashcode: all signatures in one answer, the same policy and time for each, and one time limit for all.
func (s *server) postSiVaHashcode(w http.ResponseWriter, r *http.Request) {
	s.siva(w, r, true, 1, func(w http.ResponseWriter, q *sivaRequest) {
		ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
		defer cancel()
		all, at := &verify.Report{}, s.Now()
		for _, h := range q.hashed {
			rep, ok := s.judge(w, r.WithContext(ctx), verify.Input{Content: h.signature.f, Size: h.signature.size, Detached: h.files, Time: at, Now: s.Now}, q.policy)
			if !ok {
				return
			}
			all.Policy, all.Time, all.Format = rep.Policy, rep.Time, rep.Format
			all.Signatures = append(all.Signatures, rep.Signatures...)
			all.Timestamps = append(all.Timestamps, rep.Timestamps...)
			all.Certificates = append(all.Certificates, rep.Certificates...)
			all.Evidence = append(all.Evidence, rep.Evidence...)
		}
		all.Certificates = slices.CompactFunc(slices.SortedFunc(slices.Values(all.Certificates), func(a, b verify.CertificateReport) int { return strings.Compare(a.ID, b.ID) }),
			func(a, b verify.CertificateReport) bool { return a.ID == b.ID })
		s.writeJSON(w, r, sivaReportOf(all, string(language(r)), q.kind))
	})
}

// postSiVaFiles is SiVa's getDataFiles: the content of the first signature.
func (s *server) postSiVaFiles(w http.ResponseWriter, r *http.Request) {
	s.siva(w, r, false, answerWeight, func(w http.ResponseWriter, q *sivaRequest) {
		found, ok := s.originals(w, r, verify.Input{Name: q.name, Content: q.file.f, Size: q.file.size, Now: s.Now}, "")
		if !ok {
			return
		}
		out := sivaFiles{DataFiles: []sivaFile{}}
		for _, o := range found {
			b, err := io.ReadAll(io.LimitReader(o.Content, s.MaxBytes))
			if err != nil {
				s.refuse(w, r, problemInternal())
				return
			}
			out.DataFiles = append(out.DataFiles, sivaFile{Filename: o.Name, MimeType: http.DetectContentType(b), Base64: b, Size: int64(len(b))})
		}
		s.writeJSON(w, r, out)
	})
}

// sivaReportOf makes SiVa's answer; kind is Simple, Detailed or Diagnostic.
func sivaReportOf(r *verify.Report, lang, kind string) sivaAnswer {
	c := sivaConclusion{
		Policy: sivaPolicy{r.Policy.Description, r.Policy.Name}, ValidationTime: r.Time.UTC().Format(time.RFC3339), ValidationLevel: "ARCHIVAL_DATA",
		SignaturesCount: len(r.Signatures), Signatures: []sivaSignature{},
	}
	if r.Name != "" {
		c.ValidatedDocument = &sivaDocument{r.Name}
	}
	w := newDSSWriter(r, lang, "")
	for _, s := range r.Signatures {
		if s.Indication == etsi.TotalPassed {
			c.ValidSignaturesCount++
		}
		c.Signatures = append(c.Signatures, w.siva(s))
	}
	out := sivaReport{Conclusion: c}
	if kind == "Detailed" {
		out.Process = w.detailed()
	}
	if kind == "Diagnostic" {
		out.Diagnostic = w.diagnostic()
	}
	return sivaAnswer{out}
}

func (w *dssWriter) siva(s *verify.SignatureReport) sivaSignature {
	words := func(severity verify.Severity) []sivaMessage {
		return every(w.messages(s.Reasons, severity), func(m dssMessage) sivaMessage { return sivaMessage{m.Value} })
	}
	out := sivaSignature{
		ID: s.ID, SignatureFormat: strings.ReplaceAll(signatureFormat(s), "-", "_"), SignatureMethod: s.Technical.SignatureURI, SignatureLevel: "NA",
		SignedBy: s.Signer.DisplayName(), SubjectName: sivaSubject{s.Signer.PersonalCode, s.Signer.CommonName}, Indication: string(s.Indication),
		SubIndication: string(s.SubIndication), Errors: words(verify.SeverityError), Warnings: words(verify.SeverityWarning), Scopes: []sivaScope{},
		Info: sivaInfo{s.BestSignatureTime.UTC().Format(time.RFC3339)}, Certificates: []sivaCertificate{},
	}
	if s.ClaimedSigningTime != nil {
		out.ClaimedTime = s.ClaimedSigningTime.UTC().Format(time.RFC3339)
	}
	if scopeID(s) != "" {
		name, text, scope := w.scope(s)
		out.Scopes = append(out.Scopes, sivaScope{name, scope, text})
	}
	if c, ok := w.certs[s.Certificate]; ok {
		out.Certificates = append(out.Certificates, sivaCertificate{w.name(c.ID), "SIGNING", c.DER})
	}
	return out
}

// digestSizes are the digests that a file can be known by.
var digestSizes = map[string]int{
	"SHA1": 20, "SHA224": 28, "SHA256": 32, "SHA384": 48, "SHA512": 64, "SHA3-224": 28, "SHA3-256": 32, "SHA3-384": 48, "SHA3-512": 64,
}

// digestSize is the number of bytes of an algorithm's digest, 0 for an unknown one.
func digestSize(algorithm string) int { return digestSizes[algorithm] }

// digestLength says whether a digest of that algorithm has that many bytes.
func digestLength(algorithm string, n int64) bool {
	want := digestSize(algorithm)
	return want > 0 && int64(want) == n
}
