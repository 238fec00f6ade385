package pdf

import (
	"strings"
	"time"
)

// DSS is the document security store (ETSI EN 319 142-1, 5.4.2.2), decoded. References that lead nowhere are left out.
type DSS struct {
	Certs, OCSPs, CRLs [][]byte
	VRI                map[string]VRI // by the upper-case hexadecimal SHA-1 of a signature's /Contents
	Problems           []Problem
}

// VRI is the validation data that a DSS ties to one signature.
type VRI struct {
	Certs, OCSPs, CRLs [][]byte
	Timestamp          []byte    // /TS, decoded
	Time               time.Time // /TU
}

// DSS reads the document security store of this state of the document, nil when there is none.
func (d *Document) DSS() (*DSS, error) {
	root, ok := d.Resolve(d.Catalog()["DSS"]).(Dict)
	if !ok {
		return nil, nil
	}
	out := &DSS{VRI: map[string]VRI{}}
	r := dssReader{d: d, out: out, seen: map[Ref][]byte{}}
	out.Certs, out.OCSPs, out.CRLs = r.all(root, "Certs", "Cert"), r.all(root, "OCSPs", "OCSP"), r.all(root, "CRLs", "CRL")
	for name, o := range d.dict(root["VRI"]) {
		if name == "Type" {
			continue
		}
		if len(out.VRI) >= maxVRI {
			return out, &LimitError{"VRI entries"}
		}
		v := d.dict(o)
		e := VRI{Certs: r.all(v, "Cert", "Certs"), OCSPs: r.all(v, "OCSP", "OCSPs"), CRLs: r.all(v, "CRL", "CRLs"), Timestamp: r.one(v["TS"])}
		if t, ok := d.Resolve(v["TU"]).(String); ok {
			e.Time, _ = ParseDate(t)
		}
		out.VRI[strings.ToUpper(string(name))] = e
	}
	return out, d.file.src.err
}

const maxVRI = 10_000

// dssReader decodes each stream once, however many arrays name it.
type dssReader struct {
	d    *Document
	out  *DSS
	seen map[Ref][]byte
}

// all reads the streams of an array, under the key the standard names or the one that some writers confuse with it.
func (r *dssReader) all(dict Dict, key, alias Name) [][]byte {
	o, ok := dict[key]
	if !ok {
		o = dict[alias]
	}
	list := r.d.list(orNull(o))
	if len(list) == 0 {
		return nil
	}
	out := make([][]byte, 0, len(list))
	for _, e := range list {
		if b := r.one(e); b != nil {
			out = append(out, b)
		}
	}
	return out
}

// one decodes a stream; what leads nowhere is noted and left out.
func (r *dssReader) one(o Object) []byte {
	if o == nil {
		return nil
	}
	ref, indirect := o.(Ref)
	if b, ok := r.seen[ref]; ok && indirect {
		return b
	}
	s, ok := r.d.Resolve(o).(*Stream)
	if !ok {
		r.out.Problems = append(r.out.Problems, Problem{Key: "PDF_DSS_DANGLING", Args: []string{ref.String()}})
		return nil
	}
	b, err := r.decode(s)
	if err != nil {
		r.out.Problems = append(r.out.Problems, Problem{Key: "PDF_DSS_UNREADABLE", Args: []string{ref.String(), err.Error()}})
		return nil
	}
	if indirect {
		r.seen[ref] = b
	}
	return b
}

// decode undoes the filters of a stream once for all revisions that have it.
func (r *dssReader) decode(s *Stream) ([]byte, error) {
	f := r.d.file
	at := body{s.offset, r.d.bodyEnd(s)}
	if b, ok := f.evidence[at]; ok && s.inFile {
		return b, nil
	}
	left := minEvidence + 2*f.src.size - f.evidenceSize
	if left <= 0 {
		return nil, &LimitError{"bytes of validation data"}
	}
	before := f.inflated
	b, err := r.d.decode(s, min(left, r.d.budget()))
	if f.evidenceSize += f.inflated - before; err == nil {
		f.evidence[at] = b
	}
	return b, err
}

// minEvidence is how many bytes of decoded validation data any file may have, and two more for each of its own: certificates, CRLs and answers
// hardly shrink when they are deflated.
const minEvidence = 16_000_000
