package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"mohur/docket"
)

// SMTP sends e-mail through a server.
type SMTP struct {
	Host     string
	Port     int    // 0: 587
	From     string // address of the sender
	User     string // empty: no log-in
	Password string
	Timeout  time.Duration // 0: 30 s
	// Plain allows a server without TLS, for one on the same machine; otherwise STARTTLS is demanded.
	Plain bool
}

// SendMail implements Mailer.
func (s *SMTP) SendMail(ctx context.Context, m Mail) error {
	msg, err := message(s.From, m)
	if err != nil {
		return &docket.PostError{As: docket.PostGivenUp, Code: "address", Err: err}
	}
	o := []mail.Option{mail.WithTimeout(or(s.Timeout, 30*time.Second)), mail.WithPort(or(s.Port, 587)), mail.WithTLSPolicy(mail.TLSMandatory)}
	if s.Plain {
		o = append(o, mail.WithTLSPolicy(mail.NoTLS))
	}
	if s.User != "" {
		o = append(o, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	c, err := mail.NewClient(s.Host, o...)
	if err != nil {
		return fmt.Errorf("notify: mail server: %w", err)
	}
	return outcome(c.DialAndSendWithContext(ctx, msg), msg.IsDelivered())
}

// outcome says what became of a mail. What the server acknowledged is delivered, whatever happens after. A refusal has a code. Where the end of the
// message was sent and no answer came, the server may have taken it or not: nobody knows (RFC 5321, 4.5.3.2.6).
func outcome(err error, delivered bool) error {
	if err == nil || delivered {
		return nil
	}
	e, ok := errors.AsType[*mail.SendError](err)
	switch {
	case !ok:
		return &docket.PostError{As: docket.PostFailed, Code: "connect", Err: err}
	case e.ErrorCode() >= 500:
		return &docket.PostError{As: docket.PostGivenUp, Code: fmt.Sprintf("smtp %d", e.ErrorCode()), Err: err}
	case e.ErrorCode() > 0:
		return &docket.PostError{As: docket.PostFailed, Code: fmt.Sprintf("smtp %d", e.ErrorCode()), Err: err}
	case e.Reason == mail.ErrSMTPDataClose:
		return &docket.PostError{As: docket.PostUnknown, Code: "no answer", Err: err}
	case e.Reason == mail.ErrGetSender || e.Reason == mail.ErrGetRcpts:
		return &docket.PostError{As: docket.PostGivenUp, Code: "address", Err: err}
	default:
		return &docket.PostError{As: docket.PostFailed, Code: "connection", Err: err}
	}
}

// message builds the e-mail.
func message(from string, m Mail) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.From(from); err != nil {
		return nil, fmt.Errorf("notify: sender: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return nil, fmt.Errorf("notify: recipient: %w", err)
	}
	if _, domain, ok := strings.Cut(from, "@"); ok && m.ID != "" { // the same in every attempt: a server that knows it drops a second one
		msg.SetMessageIDWithValue(m.ID + "@" + strings.TrimSuffix(domain, ">"))
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Body)
	return msg, nil
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Spool leaves each e-mail as a file, in the order of sending: for the demo and for hosts where another program collects them.
type Spool struct {
	Dir  string
	From string
	Now  func() time.Time

	mu sync.Mutex
	n  int
}

// SendMail implements Mailer.
func (s *Spool) SendMail(_ context.Context, m Mail) error {
	if strings.ContainsAny(m.To+m.Subject, "\r\n") {
		return errors.New("notify: a line break in a mail's head")
	}
	s.mu.Lock()
	s.n++
	name := fmt.Sprintf("%s-%04d.txt", s.Now().UTC().Format("20060102T150405"), s.n)
	s.mu.Unlock()
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fmt.Errorf("notify: spool: %w", err)
	}
	text := fmt.Sprintf("From: %s\nTo: %s\nSubject: %s\n\n%s\n", s.From, m.To, m.Subject, m.Body)
	if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o600); err != nil {
		return fmt.Errorf("notify: spool: %w", err)
	}
	return nil
}

// SMSFile appends each SMS to a file as a JSON line, until a provider is connected.
type SMSFile struct {
	Path string
	Now  func() time.Time

	mu sync.Mutex
}

// SendText implements Texter.
func (s *SMSFile) SendText(_ context.Context, m SMS) (err error) {
	line, err := json.Marshal(map[string]string{"at": s.Now().UTC().Format(time.RFC3339), "to": m.To, "text": m.Text})
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o700); err != nil {
		return fmt.Errorf("notify: SMS file: %w", err)
	}
	f, err := os.OpenFile(s.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("notify: SMS file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.Write(append(line, '\n'))
	return err
}
