package webeid

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"mohur/internal/algo"
)

// Command is what an extension asks of the host at the token.
type Command string

// The commands.
const (
	CommandStatus                Command = "status"
	CommandQuit                  Command = "quit"
	CommandGetSigningCertificate Command = "get-signing-certificate"
	CommandSign                  Command = "sign"
	CommandAuthenticate          Command = "authenticate"
)

// Bounds of a challenge nonce in characters: 256 bits in Base64 at least.
const (
	MinNonce = 44
	MaxNonce = 128
)

// Request is one command with its arguments. Which fields are set depends on the command.
type Request struct {
	Command     Command
	Origin      string // of the page, by CheckOrigin; as the browser said it
	Lang        string // ISO 639-1, empty for none
	Nonce       string // authenticate
	Hash        []byte // sign: as long as HashFunction's values
	Digest      algo.Digest
	Certificate []byte // sign: DER
}

// required are the arguments of each command; lang may stand beside them, and nothing else.
func required(c Command) ([]string, bool) {
	switch c {
	case CommandStatus, CommandQuit:
		return nil, true
	case CommandGetSigningCertificate:
		return []string{"origin"}, true
	case CommandSign:
		return []string{"certificate", "hash", "hashFunction", "origin"}, true
	case CommandAuthenticate:
		return []string{"challengeNonce", "origin"}, true
	}
	return nil, false
}

// ParseRequest reads a message from the extension. With localhost, pages of this very machine may ask over http. The error is an *Error with
// ErrNativeInvalidArgument.
func ParseRequest(message []byte, localhost bool) (*Request, error) {
	outer, err := object(message)
	if err != nil {
		return nil, invalid("the message is no JSON object", err)
	}
	var r Request
	if err := text(outer, "command", (*string)(&r.Command)); err != nil {
		return nil, err
	}
	names, known := required(r.Command)
	if !known {
		return nil, invalid("unknown command", nil)
	}
	arguments, err := object(outer["arguments"])
	if err != nil {
		return nil, invalid("the arguments are no JSON object", err)
	}
	if r.Command == CommandQuit || r.Command == CommandStatus {
		return &r, nil
	}
	if lang, ok := arguments["lang"]; ok {
		if string(lang) != "null" {
			if err := text(arguments, "lang", &r.Lang); err != nil || len(r.Lang) > 35 { // RFC 5646, 4.4.1
				return nil, invalid("lang is no language", err)
			}
		}
		delete(arguments, "lang")
	}
	if !slices.Equal(slices.Sorted(maps.Keys(arguments)), names) {
		return nil, invalid("arguments are missing, or there are others than the command has", nil)
	}
	if err := text(arguments, "origin", &r.Origin); err != nil {
		return nil, err
	}
	if err := CheckOrigin(r.Origin, localhost); err != nil {
		return nil, invalid(err.Error(), nil)
	}
	return &r, r.arguments(arguments)
}

// arguments reads what the command has besides origin and lang.
func (r *Request) arguments(m map[string]json.RawMessage) error {
	switch r.Command {
	case CommandAuthenticate:
		if err := text(m, "challengeNonce", &r.Nonce); err != nil {
			return err
		}
		return checkNonce(r.Nonce)
	case CommandSign:
		var hash, function, certificate string
		if err := errors.Join(text(m, "hash", &hash), text(m, "hashFunction", &function), text(m, "certificate", &certificate)); err != nil {
			return err
		}
		if r.Digest = Digest(function); r.Digest == 0 {
			return invalid("unknown hash function", nil)
		}
		var err error
		if r.Hash, err = base64.StdEncoding.Strict().DecodeString(hash); err != nil || len(r.Hash) != r.Digest.Size() {
			return invalid("the hash is not as long as "+function+" makes it", err)
		}
		if r.Certificate, err = base64.StdEncoding.Strict().DecodeString(certificate); err != nil || len(r.Certificate) == 0 {
			return invalid("the certificate is not in Base64", err)
		}
	}
	return nil
}

// checkNonce holds a challenge nonce to the protocol's bounds.
func checkNonce(nonce string) error {
	if len(nonce) < MinNonce || len(nonce) > MaxNonce {
		return invalid("challengeNonce must have "+strconv.Itoa(MinNonce)+" to "+strconv.Itoa(MaxNonce)+" characters", nil)
	}
	for i := range len(nonce) {
		if nonce[i] < ' ' || nonce[i] > '~' {
			return invalid("challengeNonce holds other characters than printable ASCII", nil)
		}
	}
	return nil
}

// object reads a JSON object by its exact names; a name that stands twice is an error, because two readers could each take another one.
func object(b []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("webeid: no JSON object"), err)
	}
	m := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if _, twice := m[name]; !ok || twice {
			return nil, errors.New("webeid: a name stands twice in a JSON object")
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		m[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if d.More() || len(bytes.TrimSpace(b[d.InputOffset():])) > 0 {
		return nil, errors.New("webeid: something follows the JSON object")
	}
	return m, nil
}

// text reads a string that must be there and hold something.
func text(m map[string]json.RawMessage, name string, out *string) error {
	var s *string
	if err := json.Unmarshal(m[name], &s); err != nil || s == nil || *s == "" || !utf8.ValidString(*s) {
		return invalid(name+" is missing or no text", err)
	}
	*out = *s
	return nil
}
