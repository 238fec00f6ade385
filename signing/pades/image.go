package pades

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // a seal's picture may be a JPEG
	_ "image/png"  // or a PNG

	"mohur/internal/pdf"
)

// ErrImage says that a picture can't be shown: no PNG or JPEG, or too large.
var ErrImage = errors.New("pades: the picture can't be used")

const (
	maxImageBytes = 4 << 20
	maxImageSide  = 4096
	maxPixels     = 2 << 20 // more than a seal's picture needs at 1,200 dots to the inch
)

// Image is a picture ready to be put into appearances, made once from a file and used for many seals. It may be used by goroutines.
type Image struct {
	width, height int
	gray          bool
	packed        []byte // samples, by FlateDecode
}

// NewImage reads a PNG or JPEG. What is transparent becomes white, as on paper: transparency would need a colour space of the page's that it may
// not have (ISO 19005-2, 6.2.10). The error is ErrImage.
func NewImage(file []byte) (*Image, error) {
	if len(file) > maxImageBytes {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrImage, len(file), maxImageBytes)
	}
	size, format, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: neither PNG nor JPEG: %w", ErrImage, err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxImageSide || size.Height > maxImageSide || size.Width*size.Height > maxPixels {
		return nil, fmt.Errorf("%w: %d by %d pixels, more than %d", ErrImage, size.Width, size.Height, maxPixels)
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrImage, format, err)
	}
	if b := picture.Bounds(); b.Dx() != size.Width || b.Dy() != size.Height {
		return nil, fmt.Errorf("%w: its size is not what it says", ErrImage)
	}
	i := &Image{width: size.Width, height: size.Height}
	samples := i.samples(picture)
	pack, err := newPacker()
	if err != nil {
		return nil, err
	}
	i.packed, err = pack.deflate(samples)
	return i, err
}

// samples are the pixels on white, three octets each, or one where all are gray.
func (i *Image) samples(picture image.Image) []byte {
	out := make([]byte, 0, 3*i.width*i.height)
	i.gray = true
	b := picture.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl := onWhite(picture.At(x, y))
			i.gray = i.gray && r == g && g == bl
			out = append(out, r, g, bl)
		}
	}
	if i.gray {
		for n := range i.width * i.height {
			out[n] = out[3*n]
		}
		out = out[:i.width*i.height]
	}
	return out
}

func onWhite(c color.Color) (r, g, b uint8) {
	red, green, blue, alpha := c.RGBA() // multiplied by alpha
	white := 0xffff - alpha
	return uint8((red + white) >> 8), uint8((green + white) >> 8), uint8((blue + white) >> 8)
}

// embed adds the picture to an update (ISO 32000-2, 8.9.5).
func (i *Image) embed(u *pdf.Update, p palette) pdf.Ref {
	space := p.rgb
	if i.gray {
		space = p.gray
	}
	return u.Add(pdf.NewStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Image"), "Width": pdf.Integer(i.width), "Height": pdf.Integer(i.height), "ColorSpace": space,
		"BitsPerComponent": pdf.Integer(8), "Filter": pdf.Name("FlateDecode"),
	}, i.packed))
}
