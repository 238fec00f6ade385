package report

import (
	"time"

	"mohur/verify"
	"mohur/verify/etsi"
)

// DetailedDocument is the verdict with its whole way: every building block of EN 319 102-1 that ran, each with its conclusion and its
// constraints. Later versions add keys, never change these.
type DetailedDocument struct {
	File          string              `json:"file"`
	Format        verify.Format       `json:"format"`
	Indication    etsi.Indication     `json:"indication"`
	SubIndication etsi.SubIndication  `json:"subIndication"`
	Policy        DetailedPolicy      `json:"policy"`
	Time          *time.Time          `json:"validationTime"`
	Signatures    []DetailedSignature `json:"signatures"`
	Timestamps    []DetailedTimestamp `json:"timestamps"` // every token once, those of signatures too
}

// DetailedPolicy names the policy with the hash of its content.
type DetailedPolicy struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	SHA256      string `json:"sha256"`
}

// DetailedSignature is the way of one signature.
type DetailedSignature struct {
	ID                string             `json:"id"`
	Field             string             `json:"field,omitempty"`
	Indication        etsi.Indication    `json:"indication"`
	SubIndication     etsi.SubIndication `json:"subIndication"`
	BestSignatureTime *time.Time         `json:"bestSignatureTime"`
	TimeProven        bool               `json:"timeProven"`
	SigningCert       string             `json:"signingCertificate,omitempty"`
	Chain             []string           `json:"chain"`
	Timestamps        []string           `json:"timestamps"` // ids of those over this signature
	Blocks            []DetailedBlock    `json:"blocks"`
}

// DetailedTimestamp is the way of one token.
type DetailedTimestamp struct {
	ID            string               `json:"id"`
	Type          verify.TimestampType `json:"type"`
	Indication    etsi.Indication      `json:"indication"`
	SubIndication etsi.SubIndication   `json:"subIndication"`
	Time          *time.Time           `json:"time"`
	SigningCert   string               `json:"signingCertificate,omitempty"`
	Chain         []string             `json:"chain"`
	Blocks        []DetailedBlock      `json:"blocks"`
}

// DetailedBlock is one building block or process.
type DetailedBlock struct {
	Name          string               `json:"name"` // FC, ISC, VCI, XCV, RFC, CV, SAV, BASIC, TST, TIME, PCV, VTS, PSV, LTA
	Title         string               `json:"title"`
	Clause        string               `json:"clause"`
	Certificate   string               `json:"certificate,omitempty"` // that the block is about, where it is about one
	Indication    etsi.Indication      `json:"indication"`
	SubIndication etsi.SubIndication   `json:"subIndication"`
	Constraints   []DetailedConstraint `json:"constraints"`
	Parts         []DetailedBlock      `json:"parts,omitempty"` // XCV: one per certificate of the path; PCV: its VTS
}

// DetailedConstraint is one check as the policy weighed it. Text says what is the matter; it is empty for a check that was met.
type DetailedConstraint struct {
	Key    string        `json:"key"`
	Clause string        `json:"clause"`
	Status verify.Status `json:"status"`
	Text   string        `json:"text,omitempty"`
}

// Detailed makes the detailed report; lang picks the language of its texts.
func Detailed(r *verify.Report, lang string) DetailedDocument {
	d := DetailedDocument{
		File: r.Name, Format: r.Format, Indication: r.Indication, SubIndication: r.SubIndication, Time: moment(r.Time),
		Policy:     DetailedPolicy{Name: r.Policy.Name, Description: r.Policy.Description, SHA256: r.Policy.SHA256},
		Signatures: make([]DetailedSignature, 0, len(r.Signatures)), Timestamps: []DetailedTimestamp{},
	}
	seen := map[string]bool{}
	stamp := func(t *verify.TimestampReport) {
		if !seen[t.ID] {
			seen[t.ID] = true
			d.Timestamps = append(d.Timestamps, detailedTimestamp(t, lang))
		}
	}
	for _, s := range r.Signatures {
		out := DetailedSignature{
			ID: s.ID, Field: s.Name, Indication: s.Indication, SubIndication: s.SubIndication, BestSignatureTime: moment(s.BestSignatureTime),
			TimeProven: s.TimeProven, SigningCert: s.Certificate, Chain: orEmpty(s.Chain), Timestamps: []string{}, Blocks: blocks(s.Blocks, lang),
		}
		for _, t := range s.Timestamps {
			out.Timestamps = append(out.Timestamps, t.ID)
			stamp(t)
		}
		d.Signatures = append(d.Signatures, out)
	}
	for _, t := range r.Timestamps {
		stamp(t)
	}
	return d
}

func detailedTimestamp(t *verify.TimestampReport, lang string) DetailedTimestamp {
	return DetailedTimestamp{
		ID: t.ID, Type: t.Type, Indication: t.Indication, SubIndication: t.SubIndication, Time: moment(t.Time), SigningCert: t.Certificate,
		Chain: orEmpty(t.Chain), Blocks: blocks(t.Blocks, lang),
	}
}

func blocks(list []verify.Block, lang string) []DetailedBlock {
	out := make([]DetailedBlock, 0, len(list))
	for _, b := range list {
		d := DetailedBlock{
			Name: b.Name, Title: Text(lang, "BLOCK_"+b.Name, nil), Clause: b.Clause, Certificate: b.Certificate,
			Indication: b.Indication, SubIndication: b.SubIndication, Constraints: make([]DetailedConstraint, 0, len(b.Constraints)),
		}
		for _, c := range b.Constraints {
			e := DetailedConstraint{Key: c.Key, Clause: c.Clause, Status: c.Status}
			if c.Status != verify.StatusOK {
				e.Text = Text(lang, c.Key, c.Args)
			}
			d.Constraints = append(d.Constraints, e)
		}
		if len(b.Parts) > 0 {
			d.Parts = blocks(b.Parts, lang)
		}
		out = append(out, d)
	}
	return out
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
