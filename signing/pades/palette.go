package pades

import (
	"bytes"

	"mohur/internal/pdf"
)

// palette says in which colour spaces an appearance is drawn. The device's own look best everywhere; a PDF/A permits them only where its output
// intent defines them (ISO 19005-2, 6.2.4.3), and otherwise gets spaces that define themselves.
type palette struct{ gray, rgb pdf.Object }

// longestXMP is how much of a document's metadata is looked at; with more it is taken for a PDF/A.
const longestXMP = 1 << 20

// paletteOf asks the document that is signed.
func paletteOf(u *pdf.Update) palette {
	root, _ := u.Document().Root()
	catalog := u.Dict(root)
	device := palette{pdf.Name("DeviceGray"), pdf.Name("DeviceRGB")}
	if !claimsPDFA(u, catalog) {
		return device
	}
	own := palette{calGray(), calRGB()}
	intents, _ := u.Resolve(catalog["OutputIntents"]).(pdf.Array)
	for _, o := range intents {
		intent := u.Dict(o)
		if u.Resolve(intent["S"]) != pdf.Object(pdf.Name("GTS_PDFA1")) {
			continue
		}
		own.gray = device.gray
		if profile, ok := u.Resolve(intent["DestOutputProfile"]).(*pdf.Stream); ok && u.Resolve(profile.Dict["N"]) == pdf.Object(pdf.Integer(3)) {
			own.rgb = device.rgb
		}
	}
	return own
}

// claimsPDFA looks for the identification in the document's XMP metadata (ISO 19005-2, 6.6.4).
func claimsPDFA(u *pdf.Update, catalog pdf.Dict) bool {
	s, ok := u.Resolve(catalog["Metadata"]).(*pdf.Stream)
	if !ok {
		return false
	}
	if n, _ := u.Resolve(s.Dict["Length"]).(pdf.Integer); n > longestXMP {
		return true
	}
	text, err := u.Document().DecodeStream(s)
	return err != nil || len(text) > longestXMP || bytes.Contains(text, []byte("http://www.aiim.org/pdfa/ns/id/"))
}

// White point and gamma of spaces that mean the same on every device, and the primaries of sRGB for that white (ISO 32000-2, 8.6.5.2 and 8.6.5.3).
func calGray() pdf.Array {
	return pdf.Array{pdf.Name("CalGray"), pdf.Dict{"WhitePoint": whitePoint(), "Gamma": pdf.Real(2.2)}}
}

func calRGB() pdf.Array {
	return pdf.Array{pdf.Name("CalRGB"), pdf.Dict{
		"WhitePoint": whitePoint(), "Gamma": pdf.Array{pdf.Real(2.2), pdf.Real(2.2), pdf.Real(2.2)},
		"Matrix": pdf.Array{
			pdf.Real(0.4361), pdf.Real(0.2225), pdf.Real(0.0139), pdf.Real(0.3851), pdf.Real(0.7169), pdf.Real(0.0971), pdf.Real(0.1431), pdf.Real(0.0606), pdf.Real(0.7141),
		},
	}}
}

func whitePoint() pdf.Array { return pdf.Array{pdf.Real(0.9643), pdf.Integer(1), pdf.Real(0.8251)} }
