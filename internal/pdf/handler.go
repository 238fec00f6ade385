package pdf

// openEncryption reads /Encrypt and opens it with the empty or the given password.
func (d *Document) openEncryption() error {
	o, ok := d.Trailer()["Encrypt"]
	if !ok {
		return nil
	}
	dict := d.dict(o)
	return &EncryptionError{Handler: string(d.name(dict["Filter"])), Msg: "not opened yet"}
}
