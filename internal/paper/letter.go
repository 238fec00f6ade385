package paper

import (
	"fmt"
	"strings"
	"time"
)

// Letter is an official letter of the agency: an opinion, a refusal, a deficiency notice, a return (requirements 8, 18). Its number stands
// on the page where it is known when the page is made. An opinion's text is approved before its number is taken: its page is made without
// one, and the number stands on the visible seal, so that the text sealed is byte for byte the text approved (requirements 8, 19).
type Letter struct {
	Labels    Labels
	Agency    Agency
	Number    string    // "9/14-05"; empty: it stands on the seal
	Date      time.Time // in the agency's time zone; also the time written in the file
	InReplyTo Reference // the incoming letter; zero when there is none
	Addressee []string  // one line each
	Subject   string
	Body      []string // paragraphs
	Annexes   []string // one line each; may be empty
	Signatory Signatory
	Verify    Verification
}

// Reference names an incoming letter.
type Reference struct {
	Number string
	Date   time.Time
}

// Signatory is who answers for a letter.
type Signatory struct {
	Position, Name string
}

// MakeLetter lays an official letter out as PDF/A-2b with room for the visible seal. Errors: ErrIncomplete, *TextError.
func MakeLetter(l Letter) (*Document, error) {
	switch {
	case l.Agency.Name == "":
		return nil, incomplete("agency")
	case l.Date.IsZero():
		return nil, incomplete("date")
	case len(l.Addressee) == 0:
		return nil, incomplete("addressee")
	case len(l.Body) == 0:
		return nil, incomplete("body")
	case l.Signatory.Name == "":
		return nil, incomplete("signatory")
	}
	labels := l.Labels.orDefault()
	s, err := newSheet(labels, l.Date, true)
	if err != nil {
		return nil, err
	}
	s.head(l.Agency)
	s.letterTop(l)
	s.letterText(l)
	seal := s.signatory(l.Signatory)
	s.verification(l.Verify)
	title, footer := l.Subject, labels.NumberOnSeal
	if l.Number != "" {
		title = strings.TrimSpace(labels.Number + " " + l.Number + " " + l.Subject)
		footer = fmt.Sprintf("%s %s, %s", labels.Number, l.Number, day(l.Date))
	}
	return s.finish(about{part: 2, title: title, author: l.Agency.Name, made: l.Date}, footer, seal)
}

// letterTop writes number, date and reference on the left, the addressee on the right.
func (s *sheet) letterTop(l Letter) {
	const column = 78.0
	y := s.pdf.GetY()
	s.font("", 10.5)
	if l.Number == "" {
		s.block("number", s.labels.NumberOnSeal, "L", left, column, 5.5)
	} else {
		s.numberAndDate(l, column)
	}
	s.reference(l, column)
	after := s.pdf.GetY()
	s.pdf.SetY(y)
	s.font("B", 10.5)
	for _, line := range l.Addressee {
		s.block("addressee", line, "L", left+column+7, textWidth-column-7, 5.5)
	}
	s.pdf.SetY(max(after, s.pdf.GetY()))
	s.gap(8)
}

// numberAndDate writes the letter's own number.
func (s *sheet) numberAndDate(l Letter, column float64) {
	s.block("number", fmt.Sprintf("%s %s", s.labels.Number, l.Number), "L", left, column, 5.5)
	s.block("date", fmt.Sprintf("%s: %s", s.labels.Date, day(l.Date)), "L", left, column, 5.5)
}

// reference writes the number and date of the letter that is answered.
func (s *sheet) reference(l Letter, column float64) {
	if l.InReplyTo.Number != "" {
		s.gap(2)
		s.font("", 9)
		s.block("reference", fmt.Sprintf(s.labels.InReplyTo, day(l.InReplyTo.Date), l.InReplyTo.Number), "L", left, column, 4.6)
	}
}

func (s *sheet) letterText(l Letter) {
	if l.Subject != "" {
		s.font("B", 11)
		s.block("subject", l.Subject, "L", left, textWidth, 5.8)
		s.gap(4)
	}
	s.font("", 11)
	for _, p := range l.Body {
		s.block("body", p, "J", left, textWidth, 6)
		s.gap(2.5)
	}
	if len(l.Annexes) > 0 {
		s.gap(2)
		s.font("", 9.5)
		for i, a := range l.Annexes {
			s.block("annex", fmt.Sprintf("%d. %s", i+1, a), "L", left, textWidth, 5)
		}
	}
}

// signatory keeps name and seal together on one page.
func (s *sheet) signatory(who Signatory) Place {
	s.gap(8)
	s.need(48)
	y := s.pdf.GetY()
	s.font("", 11)
	s.block("position", who.Position, "L", left, 90, 5.8)
	after := s.pdf.GetY()
	s.pdf.SetY(y)
	s.font("B", 11)
	s.block("signatory", who.Name, "R", left+92, textWidth-92, 5.8)
	s.pdf.SetY(max(after, s.pdf.GetY()))
	s.gap(5)
	return s.sealPlace(left)
}

// Application is a body's registration letter (S1-05), used by the demo and by tests.
type Application struct {
	Labels    Labels
	Body      string // the state body
	BodyID    string // its VÖEN line, such as "VÖEN 1234567891"; may be empty
	Number    string
	Date      time.Time
	Addressee []string
	Subject   string
	Text      []string
	Signatory Signatory
}

// MakeApplication lays out a registration letter as PDF/A-2b with room for the visible signature.
func MakeApplication(a Application) (*Document, error) {
	if a.Body == "" || a.Date.IsZero() || len(a.Addressee) == 0 || len(a.Text) == 0 || a.Signatory.Name == "" {
		return nil, incomplete("application letter")
	}
	s, err := newSheet(a.Labels.orDefault(), a.Date, true)
	if err != nil {
		return nil, err
	}
	s.head(Agency{Name: a.Body, Contact: a.BodyID})
	s.letterTop(Letter{Number: a.Number, Date: a.Date, Addressee: a.Addressee})
	s.title(s.labels.ApplicationTitle)
	s.letterText(Letter{Subject: a.Subject, Body: a.Text})
	seal := s.signatory(a.Signatory)
	return s.finish(about{part: 2, title: a.Subject, author: a.Body, made: a.Date}, fmt.Sprintf("%s %s, %s", s.labels.Number, a.Number, day(a.Date)), seal)
}
