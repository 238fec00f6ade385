package pinentry

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxLine bounds a line in both directions (Assuan Protocol, "Implementation": 1000 bytes and the line's end).
const maxLine = 1000

// maxData bounds the data of one answer.
const maxData = 4096

// What a person did instead of answering, and what the program can't do.
var (
	ErrCancelled = errors.New("pinentry: cancelled")
	ErrDeclined  = errors.New("pinentry: the other button was pressed")
	ErrTimeout   = errors.New("pinentry: nobody answered in time")
	ErrProtocol  = errors.New("pinentry: the program does not keep to the protocol")
)

// ServerError is an ERR line that has no meaning of its own here.
type ServerError struct {
	Code int // a gpg-error code without its source
	Text string
}

// Error tells code and text.
func (e *ServerError) Error() string { return fmt.Sprintf("pinentry: error %d: %s", e.Code, e.Text) }

// Codes of libgpg-error (err-codes.h).
const (
	codeTimeout        = 62
	codeCancelled      = 99
	codeNotConfirmed   = 114
	codeFullyCancelled = 198
)

// conn is a conversation.
type conn struct {
	r *bufio.Reader
	w io.Writer
}

func newConn(r io.Reader, w io.Writer) *conn {
	return &conn{r: bufio.NewReaderSize(r, maxLine+2), w: w}
}

// line reads one line without its end. It is valid until the next one.
func (c *conn) line() ([]byte, error) {
	b, err := c.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, maxLine)
	case err != nil:
		return nil, err
	}
	return bytes.TrimSuffix(b[:len(b)-1], []byte("\r")), nil
}

// answer reads lines until OK or ERR and returns the data between. Status and comment lines are passed over; a question of the program's own
// (INQUIRE) is declined.
func (c *conn) answer() ([]byte, error) {
	var data []byte
	for range 1000 {
		line, err := c.line()
		if err != nil {
			clear(data)
			return nil, err
		}
		word, rest, _ := bytes.Cut(line, []byte(" "))
		switch string(word) {
		case "OK":
			return data, nil
		case "ERR":
			clear(data)
			return nil, serverError(string(rest))
		case "D":
			if data, err = appendData(data, rest); err != nil {
				clear(data)
				return nil, err
			}
			clear(line) // the PIN was here
		case "INQUIRE":
			if _, err := io.WriteString(c.w, "CAN\n"); err != nil {
				clear(data)
				return nil, err
			}
		case "S":
		default:
			if len(line) > 0 && line[0] != '#' {
				clear(data)
				return nil, fmt.Errorf("%w: %q", ErrProtocol, word[:min(len(word), 20)])
			}
		}
	}
	clear(data)
	return nil, fmt.Errorf("%w: an answer without end", ErrProtocol)
}

// serverError reads what follows ERR: a number, and a text for people.
func serverError(s string) error {
	number, text, _ := strings.Cut(s, " ")
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return fmt.Errorf("%w: ERR without a number", ErrProtocol)
	}
	switch code := int(n & 0xffff); code {
	case codeCancelled, codeFullyCancelled:
		return ErrCancelled
	case codeNotConfirmed:
		return ErrDeclined
	case codeTimeout:
		return ErrTimeout
	default:
		return &ServerError{Code: code, Text: text}
	}
}

// appendData adds a D line's percent-encoded bytes, in memory that is not left behind when it has to grow.
func appendData(data, line []byte) ([]byte, error) {
	if data == nil {
		data = make([]byte, 0, maxData)
	}
	for i := 0; i < len(line); i++ {
		b := line[i]
		if b == '%' {
			if i+2 >= len(line) {
				return data, fmt.Errorf("%w: a cut escape", ErrProtocol)
			}
			high, low := unhex(line[i+1]), unhex(line[i+2])
			if high < 0 || low < 0 {
				return data, fmt.Errorf("%w: an escape that is none", ErrProtocol)
			}
			b, i = byte(high<<4|low), i+2
		}
		if len(data) == maxData {
			return data, fmt.Errorf("%w: more than %d bytes of data", ErrProtocol, maxData)
		}
		data = append(data, b)
	}
	return data, nil
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// command sends a line and reads the answer. What does not fit a line is cut at a character's end.
func (c *conn) command(name, argument string) ([]byte, error) {
	line := name
	if argument != "" {
		line += " " + escape(argument, maxLine-len(name)-1)
	}
	if _, err := io.WriteString(c.w, line+"\n"); err != nil {
		return nil, err
	}
	return c.answer()
}

// escape percent-encodes what can't stand in a line, up to room bytes.
func escape(s string, room int) string {
	var b strings.Builder
	for _, r := range s {
		part := string(r)
		if r == '%' || r < ' ' || r == 0x7f {
			part = fmt.Sprintf("%%%02X", r)
		}
		if b.Len()+len(part) > room {
			break
		}
		b.WriteString(part)
	}
	return b.String()
}
