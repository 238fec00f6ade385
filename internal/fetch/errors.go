package fetch

import (
	"errors"
	"fmt"
	"strconv"
)

// errUnchecked says that an answer came and is not what was asked for.
var errUnchecked = errors.New("the answer did not pass its check")

// RefusedError says that an address is not one that this client goes to. Nothing was sent.
type RefusedError struct{ URL, Why string }

// Error names the address and the cause.
func (e *RefusedError) Error() string { return fmt.Sprintf("not fetching %q: %s", e.URL, e.Why) }

// FetchFailure tells this failure apart from others: kind "refused".
func (e *RefusedError) FetchFailure() (kind, detail string) { return "refused", e.Why }

// StatusError says that the server answered with another status than 200.
type StatusError struct {
	URL    string
	Status int
}

// Error names the address and the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("fetching %q: HTTP status %d", e.URL, e.Status)
}

// FetchFailure tells this failure apart from others: kind "status".
func (e *StatusError) FetchFailure() (kind, detail string) { return "status", strconv.Itoa(e.Status) }

// TooLargeError says that the answer is larger than allowed, in bytes.
type TooLargeError struct {
	URL   string
	Limit int64
}

// Error names the address and the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("fetching %q: the answer has more than %d bytes", e.URL, e.Limit)
}

// FetchFailure tells this failure apart from others: kind "size".
func (e *TooLargeError) FetchFailure() (kind, detail string) {
	return "size", strconv.FormatInt(e.Limit, 10)
}
