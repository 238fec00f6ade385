package signing

import "time"

// Prepared is a signature that lacks its value: what has to be kept, between two requests of a browser or a phone, until the value comes.
// It holds no secret. All of it can be stored, for example as JSON.
type Prepared struct {
	// ToBeSigned are the octets that the key signs: the DER of the signed attributes (RFC 5652, 5.4).
	ToBeSigned []byte
	// Hash is their digest by Digest, for keys that take a digest; an Ed25519 key takes ToBeSigned.
	Hash []byte
	// Digest and Algorithm name how the value must be made, as EU DSS spells them: "SHA256", "ECDSA_SHA256".
	Digest, Algorithm string
	// ClaimedTime stands in the document.
	ClaimedTime time.Time
	// InputSHA256 is the hash of the document, Size its length.
	InputSHA256 []byte
	Size        int64
	// Room is the number of octets kept free for the finished signature inside a document; 0 where the format needs none.
	Room int
}

// NewPrepared says what a party's key signs, over a document of so many octets.
func (p *Party) NewPrepared(toBeSigned, inputSHA256 []byte, size int64, room int) *Prepared {
	return &Prepared{
		ToBeSigned: toBeSigned, Hash: p.Digest.Sum(toBeSigned), Digest: p.Digest.String(), Algorithm: p.Algorithm.Name,
		ClaimedTime: p.ClaimedTime, InputSHA256: inputSHA256, Size: size, Room: room,
	}
}
