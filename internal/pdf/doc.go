// Package pdf reads PDF files as a validator of signatures must see them (ISO 32000-1 and -2) and writes incremental updates.
//
// # Reading
//
// [Open] reads the cross-reference data and nothing else; objects are parsed when asked for, through an io.ReaderAt, so a file is never
// held whole. A [Document] knows its revisions, its signatures ([Document.Signatures]), what changed after each of them
// ([Document.Changes]) and the validation data of its DSS ([Document.DSS]). Whatever is odd but readable is a [Problem], never silence.
//
// # What this package must not know
//
// It returns the bytes of a CMS and does not parse them, holds no policy but the one the document itself states (DocMDP, FieldMDP, locks),
// reads no clock, opens no other file and follows no address that a document names.
package pdf
