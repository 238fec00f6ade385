package notify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/locale"
)

var now = func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }

// words is a catalogue as the program uses it.
func words(l locale.Lang) Words {
	p := locale.For(l)
	return func(key string, args ...any) string { return p.T(key, args...) }
}

type box struct {
	mails []Mail
	texts []string
}

func (b *box) SendMail(_ context.Context, m Mail) error { b.mails = append(b.mails, m); return nil }

func (b *box) SendText(_ context.Context, m SMS) error {
	b.texts = append(b.texts, m.Text)
	return nil
}

func TestEveryNotificationHasItsTextsInEveryLanguage(t *testing.T) {
	const longest = "9.1.9/E-12345" // the longest number in use
	for _, l := range locale.Languages() {
		for _, key := range docket.NotificationKeys() {
			b := &box{}
			p := Post{Mail: b, SMS: b, Words: words(l), BaseURL: "https://rey.example.az/"}
			n := &docket.Notification{Channel: docket.ChannelMail, To: "a@example.az", Key: key, Case: longest, Link: "/x", Args: map[string]string{"days": "10"}}
			if err := p.Deliver(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			m := b.mails[0]
			if strings.Contains(m.Subject+m.Body, "notify.") || strings.Contains(m.Subject+m.Body, "{") {
				t.Errorf("%s %s: %q %q", l, key, m.Subject, m.Body)
			}
			for _, want := range []string{longest, "https://rey.example.az/x"} {
				if !strings.Contains(m.Body, want) {
					t.Errorf("%s %s: the mail does not name %s", l, key, want)
				}
			}
			n.Channel, n.To = docket.ChannelSMS, "+994501234567"
			if err := p.Deliver(t.Context(), n); err != nil {
				t.Errorf("%s: %v", l, err)
				continue
			}
			if text := b.texts[0]; !strings.Contains(text, longest) && key != docket.NotifyLink || strings.Contains(text, "notify.") || strings.Contains(text, "{") {
				t.Errorf("%s %s: SMS %q", l, key, text)
			}
		}
	}
}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 1},
		{strings.Repeat("a", 160), 1},
		{strings.Repeat("a", 161), 2},
		{strings.Repeat("a", 306), 2},
		{strings.Repeat("a", 307), 3},
		{strings.Repeat("€", 80), 1},
		{strings.Repeat("€", 81), 2},
		{strings.Repeat("ə", 70), 1},
		{strings.Repeat("ə", 71), 2},
		{strings.Repeat("a", 69) + "ı", 1},
		{strings.Repeat("a", 70) + "ğ", 2},
		{strings.Repeat("😀", 35), 1},
		{strings.Repeat("😀", 36), 2},
		{strings.Repeat("öüÇ", 53), 1},
	} {
		if got := Parts(c.text); got != c.want {
			t.Errorf("%.10q... (%d characters): %d parts, want %d", c.text, len([]rune(c.text)), got, c.want)
		}
	}
}

func TestLongSMSIsRefused(t *testing.T) {
	b := &box{}
	p := Post{SMS: b, Words: func(string, ...any) string { return strings.Repeat("ə", 71) }}
	if err := p.Deliver(t.Context(), &docket.Notification{Channel: docket.ChannelSMS, To: "+994501234567"}); err == nil || len(b.texts) != 0 {
		t.Errorf("err %v, sent %d", err, len(b.texts))
	}
	if err := p.Deliver(t.Context(), &docket.Notification{Channel: docket.ChannelSystem}); !errors.Is(err, ErrChannel) {
		t.Errorf("the pages' channel: %v", err)
	}
}

func TestSinksWriteFiles(t *testing.T) {
	dir := t.TempDir()
	spool := &Spool{Dir: filepath.Join(dir, "mail"), From: "x@example.az", Now: now}
	for range 2 {
		if err := spool.SendMail(t.Context(), Mail{To: "a@example.az", Subject: "Qeydiyyat təsdiqləndi", Body: "mətn"}); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(spool.Dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	if err := spool.SendMail(t.Context(), Mail{To: "a@example.az\nBcc: b@example.az"}); err == nil {
		t.Error("a line break in the head was written")
	}
	sms := &SMSFile{Path: filepath.Join(dir, "sms.jsonl"), Now: now}
	for range 2 {
		if err := sms.SendText(t.Context(), SMS{To: "+994501234567", Text: "ə"}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(sms.Path)
	if err != nil || strings.Count(string(b), "\n") != 2 || !strings.Contains(string(b), `"text":"ə"`) {
		t.Errorf("%s, %v", b, err)
	}
	if info, err := os.Stat(sms.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestSMTPSpeaksToAServer sends through a small SMTP server of the test.
func TestSMTPSpeaksToAServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go serveMail(l, got)
	t.Cleanup(func() { l.Close() })
	s := &SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "mohur@example.az", Plain: true, Timeout: 5 * time.Second}
	if err := s.SendMail(t.Context(), Mail{To: "a@example.az", Subject: "Rəy", Body: "9/14-05"}); err != nil {
		t.Fatal(err)
	}
	if data := <-got; !strings.Contains(data, "9/14-05") || !strings.Contains(data, "To: <a@example.az>") {
		t.Errorf("the server got %q", data)
	}
	l.Close()
	if err := s.SendMail(t.Context(), Mail{To: "a@example.az"}); err == nil {
		t.Error("a dead server took mail")
	}
}

// serveMail answers one SMTP session and hands over the message.
func serveMail(l net.Listener, got chan<- string) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	r := bufio.NewScanner(c)
	fmt.Fprint(c, "220 test\r\n")
	var data strings.Builder
	inData := false
	for r.Scan() {
		switch line := r.Text(); {
		case inData && line == ".":
			inData = false
			got <- data.String()
			fmt.Fprint(c, "250 ok\r\n")
		case inData:
			data.WriteString(line + "\n")
		case strings.HasPrefix(line, "DATA"):
			inData = true
			fmt.Fprint(c, "354 go\r\n")
		case strings.HasPrefix(line, "QUIT"):
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}
