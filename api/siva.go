package api

import (
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
	hashed []sivaHashed
	taken  []*spooled
}

// sivaHashed is a detached signature with the digests of its files.
type sivaHashed struct {
	signature *spooled
	files     []verify.Data
}

func (q *sivaRequest) remove() { (&received{detached: q.taken}).remove() }

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
			var kind string
			if err = u.j.scalar(at, &kind); err == nil && kind != "" && kind != "Simple" {
				err = &jsonError{at, "not taken"}
			}
		default:
			err = &jsonError{at, "unknown key"}
		}
		return err
	})
	q.taken = u.taken
	if err == nil {
		err = u.j.end()
	}
	if err == nil && (!files && (q.file == nil || q.file.size == 0) || files && len(q.hashed) == 0) {
		err = &jsonError{"#/document", "no document"}
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
		return "", &jsonError{at, "not taken"}
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
			err = &jsonError{at, "unknown key"}
		}
		return err
	})
	if err == nil && (out.signature == nil || len(out.files) == 0) {
		err = &jsonError{at, "no signature or no file"}
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
		return &jsonError{at, "unknown key"}
	})
	if err != nil {
		return out, err
	}
	out.DigestAlgorithm = strings.ReplaceAll(out.DigestAlgorithm, "-", "")
	if out.Digest, err = base64.StdEncoding.DecodeString(value); err != nil || !digestLength(out.DigestAlgorithm, int64(len(out.Digest))) {
		return out, &jsonError{at + "/hash", "not a digest of this length"}
	}
	return out, nil
}

// postSiVa is SiVa's validate.
func (s *server) postSiVa(w http.ResponseWriter, r *http.Request) {
	s.admitted(w, r, func() {
		q, err := s.sivaRequest(w, r, false)
		defer q.remove()
		if err != nil {
			s.refuseJSON(w, r, err)
			return
		}
		rep, ok := s.judge(w, r, verify.Input{Name: q.name, Content: q.file.f, Size: q.file.size, Now: s.Now}, q.policy)
		if ok {
			s.writeJSON(w, r, sivaReportOf(rep, string(language(r))))
		}
	})
}

// postSiVaHashcode is SiVa's validateHashcode: all signatures in one answer, the same policy and time for each.
func (s *server) postSiVaHashcode(w http.ResponseWriter, r *http.Request) {
	s.admitted(w, r, func() {
		q, err := s.sivaRequest(w, r, true)
		defer q.remove()
		if err != nil {
			s.refuseJSON(w, r, err)
			return
		}
		all, at := &verify.Report{}, s.Now()
		for _, h := range q.hashed {
			rep, ok := s.judge(w, r, verify.Input{Content: h.signature.f, Size: h.signature.size, Detached: h.files, Time: at, Now: s.Now}, q.policy)
			if !ok {
				return
			}
			all.Policy, all.Time, all.Format = rep.Policy, rep.Time, rep.Format
			all.Signatures = append(all.Signatures, rep.Signatures...)
			all.Certificates = append(all.Certificates, rep.Certificates...)
		}
		s.writeJSON(w, r, sivaReportOf(all, string(language(r))))
	})
}

// postSiVaFiles is SiVa's getDataFiles: the content of the first signature.
func (s *server) postSiVaFiles(w http.ResponseWriter, r *http.Request) {
	s.admitted(w, r, func() {
		q, err := s.sivaRequest(w, r, false)
		defer q.remove()
		if err != nil {
			s.refuseJSON(w, r, err)
			return
		}
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

func sivaReportOf(r *verify.Report, lang string) sivaAnswer {
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
	return sivaAnswer{sivaReport{c}}
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

// digestLength says whether a digest of that algorithm has that many bytes.
func digestLength(algorithm string, n int64) bool {
	want, known := map[string]int64{"SHA1": 20, "SHA224": 28, "SHA256": 32, "SHA384": 48, "SHA512": 64}[algorithm]
	return known && want == n
}
