package pdf

type (
	pair       struct{ from, to int64 }
	comparison struct{}
	pageTree   struct{}
)

func (d *Document) Changes(s *Signature) (*Difference, error) { return &Difference{}, nil }
func (d *Document) DSS() (*DSS, error)                        { return nil, nil }
