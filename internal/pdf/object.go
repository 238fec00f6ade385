package pdf

import "strconv"

// Object is one of the basic types of ISO 32000-2, 7.3: [Null], [Bool], [Integer], [Real], [String], [Name], [Array], [Dict], [*Stream], [Ref].
type Object interface{ isObject() }

type (
	// Null is the null object; a reference to an object that does not exist resolves to it.
	Null struct{}
	// Bool is true or false.
	Bool bool
	// Integer is a number written without a decimal point.
	Integer int64
	// Real is a number written with a decimal point.
	Real float64
	// String holds the bytes of a literal or hexadecimal string, unescaped and, for an encrypted document, decrypted.
	String []byte
	// Name is a name without its slash, #xx sequences decoded.
	Name string
	// Array is an ordered list of objects.
	Array []Object
	// Dict maps names to objects; a missing key and a null value mean the same.
	Dict map[Name]Object
	// Ref names an indirect object.
	Ref struct {
		Num, Gen int
	}
)

func (Null) isObject()    {}
func (Bool) isObject()    {}
func (Integer) isObject() {}
func (Real) isObject()    {}
func (String) isObject()  {}
func (Name) isObject()    {}
func (Array) isObject()   {}
func (Dict) isObject()    {}
func (Ref) isObject()     {}
func (*Stream) isObject() {}

// String writes the reference as in a file, "12 0 R".
func (r Ref) String() string { return strconv.Itoa(r.Num) + " " + strconv.Itoa(r.Gen) + " R" }

// Stream is a dictionary with a body. The body stays in the file until it is asked for.
type Stream struct {
	// Dict is the stream dictionary.
	Dict Dict
	// Data is the encoded body of a stream made in memory; for a stream of a file it is nil, see [Document.RawStream] and [Document.DecodeStream].
	Data []byte

	inFile bool
	offset int64 // of the encoded body in the file
	ref    Ref   // whose key encrypts the body
	clear  bool  // never encrypted: cross-reference streams
	end    int64 // of the encoded body, by a direct /Length
	sound  int64 // every view that reaches here measures so; 0: not known
}

// NewStream makes a stream in memory; /Length is set from the data.
func NewStream(d Dict, data []byte) *Stream {
	out := make(Dict, len(d)+1)
	for k, v := range d {
		out[k] = v
	}
	out["Length"] = Integer(len(data))
	return &Stream{Dict: out, Data: data}
}
