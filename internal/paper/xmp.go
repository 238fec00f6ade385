package paper

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// about is what a file says of itself, in its Info dictionary and again in its XMP packet: PDF/A wants the two to agree.
type about struct {
	part     int // of ISO 19005: 2 or 3
	title    string
	author   string
	language string
	made     time.Time
}

const producer = "Mohur"

// xmp writes the metadata packet (ISO 16684-1; the PDF/A identification of ISO 19005-2, 6.6.4).
func (a about) xmp() []byte {
	stamp := a.made.UTC().Format("2006-01-02T15:04:05Z")
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n")
	fmt.Fprintf(&b, `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" `+
		`xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>%d</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate><xmp:CreatorTool>%s</xmp:CreatorTool>
<pdf:Producer>%s</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
`, a.part, escape(a.title), escape(a.author), escape(a.language), stamp, stamp, producer, producer)
	b.WriteString(`<?xpacket end="r"?>`)
	return []byte(b.String())
}

// info writes the document information dictionary with the same values (ISO 32000-1, 14.3.3).
func (a about) info() string {
	stamp := a.made.UTC().Format("D:20060102150405+00'00'")
	return fmt.Sprintf("<</Title %s/Author %s/Creator (%s)/Producer (%s)/CreationDate (%s)/ModDate (%s)>>",
		textString(a.title), textString(a.author), producer, producer, stamp, stamp)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder never fails
	return b.String()
}
