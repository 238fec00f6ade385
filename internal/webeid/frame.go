package webeid

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxMessage bounds a message in both directions, in bytes, as the reference programs do; the browsers themselves would allow more.
const MaxMessage = 8192

// ErrMessageSize says that a frame announces no message, or one that is too long.
var ErrMessageSize = errors.New("webeid: the message is empty or longer than 8192 bytes")

// ReadMessage reads one frame of native messaging: a length of 32 bits in the machine's own order, then so many bytes. It returns io.EOF when the
// browser closed the pipe before a frame, io.ErrUnexpectedEOF within one, and ErrMessageSize.
func ReadMessage(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.NativeEndian.Uint32(head[:])
	if n == 0 || n > MaxMessage {
		return nil, fmt.Errorf("%w: %d", ErrMessageSize, n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b, nil
}

// WriteMessage writes a value as one frame, in one call of Write. A value that does not fit gives ErrMessageSize and writes nothing.
func WriteMessage(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > MaxMessage {
		return fmt.Errorf("%w: %d", ErrMessageSize, len(b))
	}
	frame := binary.NativeEndian.AppendUint32(make([]byte, 0, 4+len(b)), uint32(len(b)))
	_, err = w.Write(append(frame, b...))
	return err
}
