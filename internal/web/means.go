package web

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"time"

	"mohur/docket"
	"mohur/internal/signings"
)

// Means judges a certificate that somebody means to sign with.
type Means interface {
	Inspect(ctx context.Context, certificate []byte) (*signings.Means, error)
}

// maxCertificate bounds an uploaded certificate.
const maxCertificate = 64 << 10

// meansPage is the data of İmza vasitəsini yoxla (S1-35).
type meansPage struct {
	Token   bool // the page can ask a token in the browser
	Upload  bool // a certificate can be sent to be judged
	ByToken bool // the certificate came from a token
	Rows    []meansRow
	Ready   bool
}

// meansRow is a line of the check: what was looked at, how it stands, and what to do.
type meansRow struct {
	Title, Value, Do string
	Tone             string // good, warn, bad, or empty where it was not looked at
	At               *time.Time
}

// meansForm begins the check. It asks for no PIN and needs no log-in.
func (s *site) meansForm(w http.ResponseWriter, r *request) error {
	return s.showMeans(w, r, http.StatusOK, meansPage{})
}

func (s *site) showMeans(w http.ResponseWriter, r *request, code int, p meansPage) error {
	p.Token, p.Upload = s.Signings != nil, s.Means != nil
	r.view.Data = p
	return s.render(w, code, "means", r.view)
}

// means judges the certificate that the page's script read from the token, or that was sent as a file.
func (s *site) means(w http.ResponseWriter, r *request) error {
	if s.Means == nil {
		return docket.ErrNotFound
	}
	var der []byte
	form, err := readForm(r.Request, maxCertificate+maxFormBytes, func(u upload) error {
		if u.Field != "certificate_file" {
			return nil
		}
		b, err := io.ReadAll(io.LimitReader(u, maxCertificate+1))
		if err == nil && len(b) > maxCertificate {
			return docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", maxCertificate).On("certificate_file")
		}
		der = b
		return err
	})
	byToken := form["certificate"] != ""
	if byToken && err == nil {
		if der, err = base64.StdEncoding.DecodeString(form["certificate"]); err != nil {
			err = docket.Invalid("certificate", docket.KeySigningCertificate).Because(err)
		}
	}
	if err == nil && len(der) == 0 {
		err = docket.Invalid("certificate_file", docket.KeyRequired)
	}
	var m *signings.Means
	if err == nil {
		m, err = s.Means.Inspect(r.Context(), der)
	}
	if err != nil {
		if !r.view.refused(err, map[string]string{"certificate": "certificate_file"}) {
			return err
		}
		return s.showMeans(w, r, status(err), meansPage{})
	}
	p := meansPage{ByToken: byToken}
	p.judge(s, r, m)
	return s.showMeans(w, r, http.StatusOK, p)
}

// judge makes the lines: helper, module and token, the certificate's purpose, whose, for which body, what it is worth, until when, and whether it fits
// who is logged in.
func (p *meansPage) judge(s *site, r *request, m *signings.Means) {
	v := r.view
	p.Ready = true
	add := func(title, value, tone, do string) {
		if do != "" {
			do = v.T(do)
		}
		if tone == "bad" {
			p.Ready = false
		}
		p.Rows = append(p.Rows, meansRow{Title: v.T(title), Value: value, Tone: tone, Do: do})
	}
	if p.ByToken { // the certificate came through all three of them
		add("means.helper", v.T("means.works"), "good", "")
		add("means.token", v.T("means.works"), "good", "")
	} else {
		add("means.helper", v.T("means.unseen"), "", "means.unseen.do")
	}
	switch {
	case m.ForSignatures:
		add("means.purpose", v.T("means.purpose.sign"), "good", "")
	case m.ForLogIn:
		add("means.purpose", v.T("means.purpose.login"), "bad", "means.purpose.do")
	default:
		add("means.purpose", v.T("means.purpose.other"), "bad", "means.purpose.do")
	}
	p.judgePerson(s, r, m, add)
	switch {
	case m.Verdict == nil || m.Verdict.RevocationMissing:
		add("means.trust", v.T(docket.KeyCertificateUnclear), "warn", "")
	case m.Verdict.Refusal() != nil:
		add("means.trust", v.text(m.Verdict.Refusal()), "bad", "means.trust.do")
	default:
		add("means.trust", v.T("means.trust.good"), "good", "")
	}
	end := v.DateTime(m.NotAfter)
	switch {
	case m.Days < 0:
		add("means.until", end, "bad", "means.until.over")
	case m.Ends:
		add("means.until", end+" ("+v.N("period.left", m.Days)+")", "warn", "means.until.soon")
	default:
		add("means.until", end, "good", "")
	}
}

// judgePerson says whose the certificate is, and whether that is who is logged in. A personal code is shown whole to its holder only.
func (p *meansPage) judgePerson(s *site, r *request, m *signings.Means, add func(title, value, tone, do string)) {
	v, who := r.view, r.who()
	name, body := m.Holder, m.Organisation
	if m.Verdict != nil {
		g := m.Verdict.Signer
		if g.Name != "" {
			name = g.Name
		}
		if g.FIN != "" {
			fin := g.FIN
			if fin != who.FIN {
				fin = docket.MaskedFIN(fin)
			}
			name += ", FİN " + fin
		}
		if g.Organisation != "" {
			body = g.Organisation
		}
		if g.VOEN != "" {
			body += ", VÖEN " + g.VOEN
		}
	}
	add("means.holder", name, "", "")
	add("means.issuer", m.Issuer, "", "")
	if body == "" {
		add("means.body", v.T("means.body.none"), "warn", "means.body.do")
	} else {
		add("means.body", body, "good", "")
	}
	if !who.OfBody() || m.Verdict == nil {
		return
	}
	if err := s.Desk.CheckSigner(who, m.Verdict.Signer); err != nil {
		if e := docket.AsErrors(err); len(e) > 0 {
			add("means.session", v.text(e[0]), "bad", "means.session.do")
		}
		return
	}
	add("means.session", v.T("means.session.good"), "good", "")
}
