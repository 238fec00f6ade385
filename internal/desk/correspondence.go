package desk

import (
	"context"
	"io"

	"mohur/docket"
)

// Attachment is an uploaded document of a message.
type Attachment struct {
	Name    string
	Content io.Reader
}

// WriteMessage writes a message about a project, from either side.
func (s *Service) WriteMessage(ctx context.Context, who docket.Actor, id docket.ID, text string, attachments []Attachment) (*docket.Message, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// ReadMessages lists the messages of a project and records the first reading of what the other side wrote.
func (s *Service) ReadMessages(ctx context.Context, who docket.Actor, id docket.ID, f docket.MessageFilter) ([]docket.Message, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
