package paper

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// Tone is how good an answer is. It only colours what the words say.
type Tone uint8

// The values of [Tone]; the zero value is the one that promises nothing.
const (
	ToneUnclear Tone = iota
	ToneGood
	ToneBad
)

// Verdict is the report on the signatures of one document, for the file of a case: everything in words, in the order in which a clerk reads.
type Verdict struct {
	Labels     Labels // Language, Page and Of are used
	Title      string
	Headline   string // the verdict in a sentence
	Code       string // the same as the standard names it
	Tone       Tone
	MadeAt     time.Time // written into the file; the same input gives the same bytes
	Facts      []Field   // the document, its SHA-256, policy, time
	Signatures []VerdictSignature
	Timestamps VerdictList // that stand on their own
	Note       string      // what the report is and is not; may be empty
	Footer     string      // one line on every page
}

// VerdictSignature is one signature of a Verdict.
type VerdictSignature struct {
	Title, Code string
	Tone        Tone
	StagesTitle string
	Stages      []VerdictStage // the three stages of the Azerbaijani rules come first
	Facts       []Field
	Lists       []VerdictList // changes, reasons, remarks; an empty one is not printed
}

// VerdictStage is one of the three stages with its answer.
type VerdictStage struct {
	Label, Answer, Text string
	Tone                Tone
}

// VerdictList is a list under a heading.
type VerdictList struct {
	Title string
	Items []VerdictItem
}

// VerdictItem is a sentence, and in small print what an engineer follows up: the stable key and the clause.
type VerdictItem struct {
	Text, Note string
}

// Bounds of what one report prints: names and changes come from foreign documents.
const (
	maxVerdictText  = 1500 // characters of one value
	maxVerdictItems = 300  // of one list
)

// VerdictReport lays a verdict out as PDF/A-2b. Text that the font lacks is replaced: it comes from the document, which can't be sent back for
// it. Errors: ErrIncomplete.
func VerdictReport(v Verdict) (*Document, error) {
	if v.Title == "" || v.Headline == "" || v.MadeAt.IsZero() {
		return nil, incomplete("verification report")
	}
	s, err := newSheet(v.Labels.orDefault(), v.MadeAt, false)
	if err != nil {
		return nil, err
	}
	s.title(v.Title)
	s.banner(v.Headline, v.Code, v.Tone, 12)
	s.gap(4)
	s.fields(short(v.Facts))
	for i := range v.Signatures {
		s.verdictSignature(&v.Signatures[i])
	}
	s.verdictList(v.Timestamps)
	if v.Note != "" {
		s.need(20)
		s.gap(4)
		s.rule()
		s.gap(2)
		s.font("", 8)
		s.block("note", v.Note, "L", left, textWidth, 4.2)
	}
	return s.finish(about{part: 2, title: v.Title + ": " + v.Footer, author: producer, made: v.MadeAt}, v.Footer, Place{})
}

// ink sets the colours of a tone: a pale ground and a dark edge, which differ without colour too.
func (s *sheet) ink(t Tone) {
	ground, edge := [3]int{255, 246, 219}, [3]int{138, 96, 0}
	switch t {
	case ToneGood:
		ground, edge = [3]int{229, 244, 234}, [3]int{0, 96, 50}
	case ToneBad:
		ground, edge = [3]int{252, 231, 229}, [3]int{160, 24, 16}
	}
	s.pdf.SetFillColor(ground[0], ground[1], ground[2])
	s.pdf.SetDrawColor(edge[0], edge[1], edge[2])
}

// banner is a verdict on a coloured ground with a bar at its left edge.
func (s *sheet) banner(text, code string, t Tone, size float64) {
	const inner, edge = textWidth - 8, 1.4
	line := size * 0.5
	text, code = s.clean("verdict", cut(text)), s.clean("verdict", cut(code))
	s.font("B", size)
	rows := len(s.pdf.SplitText(text, inner))
	height := float64(rows)*line + 5
	if code != "" {
		height += 4.5
	}
	s.need(height + 10)
	y := s.pdf.GetY()
	s.ink(t)
	s.pdf.SetLineWidth(edge)
	s.pdf.Rect(left, y, textWidth, height, "F")
	s.pdf.Line(left+edge/2, y, left+edge/2, y+height)
	s.pdf.SetLineWidth(0.3)
	s.pdf.SetY(y + 2.5)
	s.font("B", size)
	s.block("verdict", text, "L", left+5, inner, line)
	if code != "" {
		s.font("", 8)
		s.block("verdict", code, "L", left+5, inner, 4.5)
	}
	s.pdf.SetY(y + height)
}

func (s *sheet) verdictSignature(v *VerdictSignature) {
	s.gap(5)
	s.banner(v.Title, v.Code, v.Tone, 10.5)
	s.gap(3)
	if len(v.Stages) > 0 {
		s.heading(v.StagesTitle)
		for i := range v.Stages {
			s.stage(i+1, &v.Stages[i])
		}
		s.gap(2)
	}
	s.fields(short(v.Facts))
	for _, l := range v.Lists {
		s.verdictList(l)
	}
}

func (s *sheet) heading(text string) {
	s.need(18)
	s.gap(1.5)
	s.font("B", 10)
	s.block("heading", cut(text), "L", left, textWidth, 5.6)
}

// stage writes one of the three stages: the question, the answer at the right, what it means below.
func (s *sheet) stage(number int, st *VerdictStage) {
	const answer = 42.0
	label := s.clean("stage", fmt.Sprintf("%d. %s", number, cut(st.Label)))
	s.font("B", 10)
	s.need(float64(len(s.pdf.SplitText(label, textWidth-answer)))*5 + 12)
	y := s.pdf.GetY()
	s.font("", 10)
	s.block("stage", label, "L", left, textWidth-answer-4, 5)
	after := s.pdf.GetY()
	s.pdf.SetY(y)
	s.ink(st.Tone)
	s.font("B", 9)
	s.pdf.SetX(left + textWidth - answer)
	s.pdf.CellFormat(answer, 5.4, s.clean("stage", cut(st.Answer)), "1", 0, "C", true, 0, "")
	s.pdf.SetY(max(after, y+5.8))
	if st.Text != "" {
		s.font("", 9)
		s.block("stage", cut(st.Text), "L", left+5, textWidth-answer-9, 4.6)
	}
	s.gap(1.2)
}

// verdictList writes sentences with a dash each, keys and clauses in small print below them.
func (s *sheet) verdictList(l VerdictList) {
	if len(l.Items) == 0 {
		return
	}
	s.heading(l.Title)
	for i, item := range l.Items {
		if i == maxVerdictItems {
			s.font("", 9.5)
			s.block("list", fmt.Sprintf("… (+%d)", len(l.Items)-i), "L", left+5, textWidth-5, 5)
			return
		}
		s.need(10)
		s.font("", 9.5)
		y := s.pdf.GetY()
		s.pdf.SetX(left)
		s.pdf.CellFormat(5, 4.8, "–", "", 0, "L", false, 0, "")
		s.pdf.SetY(y)
		s.block("list", cut(item.Text), "L", left+5, textWidth-5, 4.8)
		if item.Note != "" {
			s.font("", 7.5)
			s.pdf.SetTextColor(90, 90, 90)
			s.block("list", cut(item.Note), "L", left+5, textWidth-5, 3.8)
			s.pdf.SetTextColor(0, 0, 0)
		}
		s.gap(0.8)
	}
}

// short bounds the values of fields and leaves empty ones out.
func short(list []Field) []Field {
	out := make([]Field, 0, len(list))
	for _, f := range list {
		if f.Value != "" {
			out = append(out, Field{Key: f.Key, Label: cut(f.Label), Value: cut(f.Value)})
		}
	}
	return out
}

// cut bounds a text that comes from a foreign document.
func cut(text string) string {
	if len(text) <= maxVerdictText || utf8.RuneCountInString(text) <= maxVerdictText {
		return text
	}
	n := 0
	for i := range text {
		if n++; n > maxVerdictText {
			return text[:i] + "…"
		}
	}
	return text
}
