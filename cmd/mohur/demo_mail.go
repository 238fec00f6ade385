package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"mohur/internal/desk"
	"mohur/internal/locale"
)

// mailTime is how long the demo waits for a mail: background work delivers it.
const mailTime = 15 * time.Second

// mails reads what was mailed to an address, oldest first.
func (d *demo) mails(to string) ([]string, error) {
	dir := filepath.Join(d.world.dir, "spool", "mail")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if strings.Contains(string(b), "\nTo: "+to+"\n") {
			out = append(out, string(b))
		}
	}
	return out, nil
}

// awaitMail waits until a mail to an address fits.
func (d *demo) awaitMail(ctx context.Context, to string, fits func(mail string) bool) (string, error) {
	for end := time.Now().Add(mailTime); time.Now().Before(end); {
		list, err := d.mails(to)
		if err != nil {
			return "", err
		}
		for _, m := range slices.Backward(list) {
			if fits(m) {
				return m, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return "", fmt.Errorf("no mail to %s came within %s", to, mailTime)
}

// mailed waits for the mail of a notification key.
func (d *demo) mailed(ctx context.Context, to, key string) error {
	title := locale.For(locale.Azerbaijani).T(key + ".title")
	_, err := d.awaitMail(ctx, to, func(m string) bool { return strings.Contains(m, title) })
	return err
}

// mailSubject is the subject of the newest mail to an address.
func (d *demo) mailSubject(ctx context.Context, to string) string {
	m, err := d.awaitMail(ctx, to, func(string) bool { return true })
	if err != nil {
		return err.Error()
	}
	_, rest, _ := strings.Cut(m, "Subject: ")
	subject, _, _ := strings.Cut(rest, "\n")
	return subject
}

// loginLink is a one-time link in a mail.
var loginLink = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(regexp.QuoteMeta(desk.PathLogIn) + `([A-Za-z0-9_-]{20,})`)
})

// mailedLink waits for the mail with a log-in link and returns its secret.
func (d *demo) mailedLink(ctx context.Context, to string) (string, error) {
	m, err := d.awaitMail(ctx, to, loginLink().MatchString)
	if err != nil {
		return "", err
	}
	return loginLink().FindStringSubmatch(m)[1], nil
}

// smsTo waits for an SMS to a number and returns the last one's text.
func (d *demo) smsTo(number string) (string, error) {
	for end := time.Now().Add(mailTime); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		text, err := d.lastSMS(number)
		if err != nil || text != "" {
			return text, err
		}
	}
	return "", fmt.Errorf("no SMS came within %s", mailTime)
}

// lastSMS reads the last SMS to a number from the file sink; empty when there is none.
func (d *demo) lastSMS(number string) (text string, err error) {
	f, err := os.Open(d.world.office.cfg.SMS.File)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var sms struct{ To, Text string }
		if err := json.Unmarshal(lines.Bytes(), &sms); err != nil {
			return "", err
		}
		if sms.To == number {
			text = sms.Text
		}
	}
	return text, lines.Err()
}
