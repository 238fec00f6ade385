package pdf

type (
	pair       struct{ from, to int64 }
	comparison struct{}
	pageTree   struct{}
)

// Changes is next.
func (d *Document) Changes(s *Signature) (*Difference, error) { return &Difference{}, nil }

// DSS is next.
func (d *Document) DSS() (*DSS, error) { return nil, nil }
