package pinentry

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain lets this very test program be the pinentry program: it answers each command with the lines that FAKE_PINENTRY gives after the
// command's name, "COMMAND>line|line;COMMAND>...", says OK to all others, and writes what it heard to the file FAKE_HEARD.
func TestMain(m *testing.M) {
	script, fake := os.LookupEnv("FAKE_PINENTRY")
	if !fake {
		os.Exit(m.Run())
	}
	heard, err := os.OpenFile(os.Getenv("FAKE_HEARD"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		os.Exit(1)
	}
	answers := map[string]string{}
	for _, s := range strings.Split(script, ";") {
		name, lines, _ := strings.Cut(s, ">")
		answers[name] = lines
	}
	if hello, ok := answers["HELLO"]; ok {
		fmt.Println(hello)
	} else {
		fmt.Println("OK Pleased to meet you")
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		fmt.Fprintln(heard, in.Text())
		name, _, _ := strings.Cut(in.Text(), " ")
		lines, ok := answers[name]
		switch {
		case name == "BYE":
			return
		case ok && lines == "HANG":
			time.Sleep(time.Minute)
		case ok && lines == "DIE":
			os.Exit(3)
		case ok:
			for _, l := range strings.Split(lines, "|") {
				fmt.Println(l)
			}
		default:
			fmt.Println("OK")
		}
	}
}

// fake starts the fake program and returns how to read what it heard.
func fake(t *testing.T, ctx context.Context, script string, o Options) (*Process, func() string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := t.TempDir() + "/heard"
	o.Program, o.Env = self, append(os.Environ(), "FAKE_PINENTRY="+script, "FAKE_HEARD="+file)
	p, err := Start(ctx, o)
	return p, func() string {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}, err
}

func TestPIN(t *testing.T) {
	p, heard, err := fake(t, context.Background(), "GETPIN>S PIN_REPEATED|# comment|D 12%25%0a|D é9|OK", Options{TTY: "/dev/pts/3", Term: "xterm", Locale: "az_AZ.UTF-8"})
	if err != nil {
		t.Fatal(err)
	}
	pin, err := p.PIN(Dialog{
		Title: "Mohur", Text: "İmza: 100%\nbu\x00nu\r\nOK", Prompt: "PIN", Error: "yanlış", OK: "İmzala", Cancel: "Ləğv et", Timeout: 90*time.Second + 1,
	})
	if err != nil || string(pin) != "12%\né9" {
		t.Fatalf("%q, %v", pin, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	want := "OPTION ttyname=/dev/pts/3\nOPTION ttytype=xterm\nOPTION lc-ctype=az_AZ.UTF-8\nOPTION lc-messages=az_AZ.UTF-8\nSETTITLE Mohur\n" +
		"SETDESC İmza: 100%25%0Abu%00nu%0D%0AOK\nSETPROMPT PIN\nSETERROR yanlış\nSETOK İmzala\nSETCANCEL Ləğv et\nSETTIMEOUT 91\nGETPIN\nBYE\n"
	if got := heard(); got != want {
		t.Errorf("heard\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(heard(), "cache") {
		t.Error("the program was asked to remember the PIN")
	}
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   error
	}{
		"yes":                       {"CONFIRM>OK", nil},
		"cancelled":                 {"CONFIRM>ERR 83886179 Operation cancelled <Pinentry>", ErrCancelled},
		"fully cancelled":           {"CONFIRM>ERR 83886278 Operation fully cancelled <Pinentry>", ErrCancelled},
		"the third button":          {"CONFIRM>ERR 83886194 Not confirmed <Pinentry>", ErrDeclined},
		"nobody there":              {"CONFIRM>ERR 83886142 Timeout <Pinentry>", ErrTimeout},
		"no such command":           {"CONFIRM>ERR 536871187 Unknown IPC command <User defined source 1>", &ServerError{}},
		"ERR without a number":      {"CONFIRM>ERR no", ErrProtocol},
		"an option that it lacks":   {"OPTION>ERR 174 Unknown option;SETTITLE>ERR 275 unknown;CONFIRM>OK", nil},
		"a line that is none":       {"CONFIRM>HELLO|OK", ErrProtocol},
		"a line that is too long":   {"CONFIRM>D " + strings.Repeat("x", 1100) + "|OK", ErrProtocol},
		"more data than a PIN":      {"CONFIRM>" + strings.Repeat("D "+strings.Repeat("x", 990)+"|", 5) + "OK", ErrProtocol},
		"a cut escape":              {"CONFIRM>D %4|OK", ErrProtocol},
		"an escape that is none":    {"CONFIRM>D %zz|OK", ErrProtocol},
		"no end":                    {"CONFIRM>" + strings.Repeat("S x|", 1001), ErrProtocol},
		"a question of the program": {"CONFIRM>INQUIRE X;CAN>ERR 83886179 cancelled", ErrCancelled},
		"death":                     {"CONFIRM>DIE", io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			p, _, err := fake(t, context.Background(), c.script, Options{TTY: "/dev/null"})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			err = p.Confirm(Dialog{Title: "x"})
			if _, server := c.want.(*ServerError); server { //nolint:errorlint // the table holds the type itself
				if _, ok := errors.AsType[*ServerError](err); !ok {
					t.Fatalf("%v", err)
				}
				return
			}
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestAProgramThatHangsEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	p, _, err := fake(t, ctx, "GETPIN>HANG", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.PIN(Dialog{}); err == nil {
		t.Fatal("a PIN out of nothing")
	}
	_ = p.Close()
	if ctx.Err() == nil {
		t.Fatal("it ended before the context")
	}
}

func TestStartFails(t *testing.T) {
	if _, err := Start(context.Background(), Options{Program: t.TempDir() + "/none"}); err == nil {
		t.Error("no program")
	}
	if _, _, err := fake(t, context.Background(), "HELLO>ERR 1 go away", Options{}); err == nil {
		t.Error("a program that refuses")
	}
	if _, _, err := fake(t, context.Background(), "HELLO>I am a shell", Options{}); !errors.Is(err, ErrProtocol) {
		t.Errorf("another program: %v", err)
	}
}

func TestFlavors(t *testing.T) {
	for answer, want := range map[string]bool{"D gnome3|OK": false, "D curses|OK": true, "D gtk2:curses|OK": false, "D tty|OK": true, "ERR 280 IPC parameter error": false} {
		p, _, err := fake(t, context.Background(), "GETINFO>"+answer, Options{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := p.Flavor()
		if err != nil || OnTerminal(f) != want {
			t.Errorf("%s: %q, %v", answer, f, err)
		}
		_ = p.Close()
	}
}

func TestTextsAreCutAtACharactersEnd(t *testing.T) {
	if got := escape(strings.Repeat("ə", 10), 7); got != "əəə" {
		t.Errorf("%q", got)
	}
	if got := escape("a%b", 4); got != "a%25" {
		t.Errorf("%q", got)
	}
	if got := escape("a%b", 3); got != "a" {
		t.Errorf("a cut escape: %q", got)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("D 1234\nOK\n"))
	f.Add([]byte("S X\n# c\nD %25%\nERR 83886179 x\n"))
	f.Add([]byte("INQUIRE a\nOK"))
	f.Fuzz(func(t *testing.T, b []byte) {
		data, err := newConn(bytes.NewReader(b), io.Discard).answer()
		if err != nil && data != nil {
			t.Fatalf("data %q beside the error %v", data, err)
		}
		if len(data) > maxData {
			t.Fatalf("%d bytes", len(data))
		}
		if err == nil && !bytes.Contains(b, []byte("OK")) {
			t.Fatal("no OK, and no error")
		}
	})
}
