package paper

import (
	"fmt"
	"time"
)

// Receipt says that a submission was received (S1-13): its number, when, until when it is answered, and which files came.
type Receipt struct {
	Labels     Labels
	Agency     Agency
	Number     string
	ReceivedAt time.Time // in the agency's time zone
	DueDate    time.Time // the last day; its time of day is not shown
	Fields     []Field   // what was sent, in the order of the form
	Files      []File
	Verify     Verification
}

// MakeReceipt lays a receipt out as PDF/A-2b with room for the visible seal. Text of the sender that the font lacks is replaced and the
// receipt still made; the signed record holds the exact text.
func MakeReceipt(r Receipt) (*Document, error) {
	if r.Agency.Name == "" || r.Number == "" || r.ReceivedAt.IsZero() {
		return nil, incomplete("receipt")
	}
	s, err := newSheet(r.Labels.orDefault(), r.ReceivedAt, false)
	if err != nil {
		return nil, err
	}
	s.head(r.Agency)
	s.title(s.labels.ReceiptTitle)
	s.font("", 10.5)
	s.block("text", s.labels.ReceiptText, "J", left, textWidth, 5.6)
	s.gap(3)
	first := []Field{{Label: s.labels.Number, Value: r.Number}, {Label: s.labels.ReceivedAt, Value: moment(r.ReceivedAt)}}
	if !r.DueDate.IsZero() {
		first = append(first, Field{Label: s.labels.DueDate, Value: day(r.DueDate)})
	}
	s.fields(append(first, r.Fields...))
	s.files(r.Files)
	s.gap(4)
	seal := s.sealPlace(left)
	s.verification(r.Verify)
	return s.finish(about{part: 2, title: s.labels.ReceiptTitle + " " + r.Number, author: r.Agency.Name, made: r.ReceivedAt},
		fmt.Sprintf("%s %s, %s", s.labels.Number, r.Number, day(r.ReceivedAt)), seal)
}
