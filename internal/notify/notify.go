// Package notify carries what the office tells people to them: e-mail and SMS. It composes a text from the catalogue keys of a notification
// and hands it to a carrier. Texts hold the case's number, what happened and a link; never titles, names or contents. It decides nothing
// about whom to tell, and retries nothing: internal/jobs does.
package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mohur/docket"
)

// Mail is an e-mail as composed, plain text.
type Mail struct {
	ID                string // of the notification: the Message-ID is made from it
	To, Subject, Body string
}

// SMS is a text message as composed: one part.
type SMS struct {
	ID       string // of the notification; a gateway may know by it what it has sent already
	To, Text string
}

// Mailer carries e-mail.
type Mailer interface {
	SendMail(ctx context.Context, m Mail) error
}

// Texter carries SMS.
type Texter interface {
	SendText(ctx context.Context, m SMS) error
}

// Words gives the text of a catalogue key; args are pairs of a name and a value.
type Words func(key string, args ...any) string

// Post delivers notifications. All fields are needed.
type Post struct {
	Mail    Mailer
	SMS     Texter
	Words   Words
	BaseURL string // of the pages; a notification's link is a path below it
}

// errNumber says that a number is not one of an Azerbaijani mobile.
var errNumber = errors.New("notify: not a mobile number of +994")

// ErrChannel says that a notification is for no channel that leaves the house.
var ErrChannel = errors.New("notify: no carrier for this channel")

// Deliver composes and sends one notification.
func (p *Post) Deliver(ctx context.Context, n *docket.Notification) error {
	switch n.Channel {
	case docket.ChannelMail:
		return p.Mail.SendMail(ctx, p.mail(n))
	case docket.ChannelSMS:
		text := p.text(n)
		if parts := Parts(text); parts > 1 {
			return &docket.PostError{As: docket.PostGivenUp, Code: "parts", Err: fmt.Errorf("notify: %s takes %d SMS parts, one is allowed", n.Key, parts)}
		}
		if !docket.IsMobile(n.To) {
			return &docket.PostError{As: docket.PostGivenUp, Code: "number", Err: errNumber}
		}
		return p.SMS.SendText(ctx, SMS{ID: string(n.ID), To: n.To, Text: text})
	default:
		return ErrChannel
	}
}

// mail composes an e-mail from the frame that all share and the sentence of the key.
func (p *Post) mail(n *docket.Notification) Mail {
	args := arguments(n)
	title := p.Words(n.Key+".title", args...)
	link := ""
	if n.Link != "" {
		link = strings.TrimRight(p.BaseURL, "/") + n.Link
	}
	return Mail{
		ID:      string(n.ID),
		To:      n.To,
		Subject: p.Words("notify.mail_subject", "title", title, "case", n.Case),
		Body:    p.Words("notify.mail_body", "text", p.Words(n.Key+".text", args...), "case", n.Case, "link", link),
	}
}

// text composes an SMS: one part, without a link.
func (p *Post) text(n *docket.Notification) string { return p.Words(n.Key+".sms", arguments(n)...) }

// arguments are the pairs that a notification's texts may use.
func arguments(n *docket.Notification) []any {
	args := []any{"case", n.Case}
	for k, v := range n.Args {
		args = append(args, k, v)
	}
	return args
}

// gsm7 are the characters of the default alphabet of 3GPP TS 23.038, 6.2.1; those of its extension take two places.
const (
	gsm7      = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extension = "^{}\\[~]|€"
)

// Parts says how many SMS a text takes: 160 places of GSM-7 or 70 of UCS-2 in one, 153 or 67 in each of several (3GPP TS 23.040, 9.2.3.24.1).
// The Azerbaijani ə, ı and ğ force UCS-2.
func Parts(text string) int {
	places, ucs2 := 0, 0
	wide := false
	for _, r := range text {
		ucs2++
		if r > 0xffff {
			ucs2++
		}
		switch {
		case strings.ContainsRune(gsm7, r):
			places++
		case strings.ContainsRune(extension, r):
			places += 2
		default:
			wide = true
		}
	}
	one, several := 160, 153
	if wide {
		places, one, several = ucs2, 70, 67
	}
	if places <= one {
		return 1
	}
	return (places + several - 1) / several
}
