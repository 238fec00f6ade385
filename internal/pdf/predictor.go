package pdf

import (
	"bufio"
	"errors"
	"io"
)

// maxRow bounds the bytes of one row.
const maxRow = 1 << 20

// predictor undoes the TIFF and PNG predictors (ISO 32000-2, 7.4.4.4).
func (d *Document) predictor(p Dict, r io.Reader) (io.Reader, error) {
	kind, _ := d.integer(p["Predictor"])
	if kind <= 1 {
		return r, nil
	}
	get := func(key Name, def int64) int64 {
		if n, ok := d.integer(p[key]); ok {
			return n
		}
		return def
	}
	colors, bits, columns := get("Colors", 1), get("BitsPerComponent", 8), get("Columns", 1)
	if colors < 1 || colors > 64 || bits < 1 || bits > 16 || columns < 1 || columns > 1<<22 {
		return nil, &FormatError{-1, "predictor with bad parameters"}
	}
	if colors*bits*columns > maxRow*8 {
		return nil, &LimitError{"bytes in a row of a predictor"}
	}
	row := int((colors*bits*columns + 7) / 8)
	step := int((colors*bits + 7) / 8)
	q := &predictorReader{r: bufio.NewReader(r), row: make([]byte, row), prior: make([]byte, row), step: step, png: kind >= 10}
	if !q.png && bits != 8 {
		return nil, &FormatError{-1, "TIFF predictor with other than 8 bits"}
	}
	return q, nil
}

type predictorReader struct {
	r          *bufio.Reader
	row, prior []byte
	out        []byte
	step       int
	png, done  bool
}

func (q *predictorReader) Read(p []byte) (int, error) {
	for len(q.out) == 0 {
		if q.done {
			return 0, io.EOF
		}
		if err := q.nextRow(); err != nil {
			return 0, err
		}
	}
	n := copy(p, q.out)
	q.out = q.out[n:]
	return n, nil
}

func (q *predictorReader) nextRow() error {
	kind := byte(0)
	if q.png {
		b, err := q.r.ReadByte()
		if err != nil {
			q.done = true
			return ignoreEOF(err)
		}
		kind = b
	}
	q.row, q.prior = q.prior, q.row
	n, err := io.ReadFull(q.r, q.row)
	if err != nil {
		q.done = true
		if err = ignoreEOF(err); err != nil {
			return err
		}
	}
	row := q.row[:n]
	if q.png {
		unfilter(kind, row, q.prior, q.step)
	} else {
		unfilter(1, row, q.prior, q.step)
	}
	q.out = row
	return nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// unfilter undoes one PNG row filter: 0 none, 1 sub, 2 up, 3 average, 4 Paeth.
func unfilter(kind byte, row, prior []byte, step int) {
	for i := range row {
		var left, upLeft int
		if i >= step {
			left, upLeft = int(row[i-step]), int(prior[i-step])
		}
		switch up := int(prior[i]); kind {
		case 1:
			row[i] += byte(left)
		case 2:
			row[i] += byte(up)
		case 3:
			row[i] += byte((left + up) / 2)
		case 4:
			row[i] += byte(paeth(left, up, upLeft))
		}
	}
}

func paeth(a, b, c int) int {
	pa, pb, pc := abs(b-c), abs(a-c), abs(a+b-2*c)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
