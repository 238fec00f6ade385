package pdf

import (
	"io"
)

// Encryption is the opened standard security handler of a document (ISO 32000-2, 7.6). It works in both directions: the writer of an update
// must encrypt what it adds with the same key.
type Encryption struct {
	ref              Ref    // of the encryption dictionary, zero when it is direct
	key              []byte // the file encryption key
	revision         int
	strings, streams cryptMethod
	filters          map[Name]cryptMethod
	encryptMetadata  bool
	// Owner tells that the owner's password opened the document.
	Owner bool
	// Permissions are the access flags of /P.
	Permissions int32
}

type cryptMethod uint8

const (
	cryptNone cryptMethod = iota
	cryptRC4
	cryptAES128
	cryptAES256
)

// Encryption returns the opened security handler, nil when the document is not encrypted.
func (d *Document) Encryption() *Encryption { return d.file.enc }

// EncryptString encrypts a string of the indirect object ref.
func (e *Encryption) EncryptString(ref Ref, s []byte) ([]byte, error) {
	return e.encrypt(e.strings, ref, s)
}

// EncryptStream encrypts the encoded body of a stream that is the indirect object ref.
func (e *Encryption) EncryptStream(ref Ref, dict Dict, b []byte) ([]byte, error) {
	return e.encrypt(e.streamMethod(dict), ref, b)
}

// encryptObject returns a copy of an object with its strings and its body encrypted.
func (e *Encryption) encryptObject(ref Ref, o Object) (Object, error) {
	switch o := o.(type) {
	case String:
		b, err := e.EncryptString(ref, o)
		return String(b), err
	case Array:
		out := make(Array, len(o))
		for i, v := range o {
			var err error
			if out[i], err = e.encryptObject(ref, v); err != nil {
				return nil, err
			}
		}
		return out, nil
	case Dict:
		return e.encryptDict(ref, o)
	case *Stream:
		dict, err := e.encryptDict(ref, o.Dict)
		if err != nil {
			return nil, err
		}
		body, err := e.EncryptStream(ref, o.Dict, o.Data)
		if err != nil {
			return nil, err
		}
		return NewStream(dict, body), nil
	}
	return o, nil
}

func (e *Encryption) encryptDict(ref Ref, d Dict) (Dict, error) {
	out := make(Dict, len(d))
	for k, v := range d {
		if k == "Contents" && isSignatureDict(d) {
			out[k] = v
			continue
		}
		c, err := e.encryptObject(ref, v)
		if err != nil {
			return nil, err
		}
		out[k] = c
	}
	return out, nil
}

// decryptObject opens the strings of an object in place.
func (e *Encryption) decryptObject(ref Ref, o Object) Object {
	switch o := o.(type) {
	case String:
		return e.decryptString(ref, o)
	case Array:
		for i, v := range o {
			o[i] = e.decryptObject(ref, v)
		}
	case Dict:
		raw := isSignatureDict(o)
		for k, v := range o {
			if k != "Contents" || !raw {
				o[k] = e.decryptObject(ref, v)
			}
		}
	case *Stream:
		e.decryptObject(ref, o.Dict)
	}
	return o
}

// isSignatureDict recognises the dictionaries whose /Contents is never encrypted.
func isSignatureDict(d Dict) bool {
	_, ranged := d["ByteRange"]
	_, contents := d["Contents"].(String)
	return ranged && contents
}

// streamMethod finds the method for a stream: a /Crypt filter of its own, clear metadata, or the default.
func (e *Encryption) streamMethod(dict Dict) cryptMethod {
	if dict["Type"] == Name("XRef") || dict["Type"] == Name("Metadata") && !e.encryptMetadata {
		return cryptNone
	}
	name, parms := dict["Filter"], dict["DecodeParms"]
	if a, ok := name.(Array); ok && len(a) > 0 {
		name = a[0]
		if p, ok := parms.(Array); ok && len(p) > 0 {
			parms = p[0]
		}
	}
	if name != Object(Name("Crypt")) {
		return e.streams
	}
	p, _ := parms.(Dict)
	n, _ := p["Name"].(Name)
	return e.filters[n] // Identity when unnamed or unknown
}

func (e *Encryption) streamReader(d *Document, s *Stream, r io.Reader) (io.Reader, error) {
	return e.decryptReader(e.streamMethod(s.Dict), s.ref, r)
}
