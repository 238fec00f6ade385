package main

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/internal/store/fsck"
	"mohur/internal/store/sqlstore"
)

// shelf is a store of files that can be gone through and, where they end, emptied.
type shelf interface {
	docket.Blobs
	Remove(ctx context.Context, h docket.Hash) error
	Older(ctx context.Context, before time.Time, do func(h docket.Hash) error) error
}

// openShelves opens all.
func (c *config) openShelves() (map[sqlstore.Shelf]docket.Blobs, map[sqlstore.Shelf]fsck.Files, error) {
	blobs, files := map[sqlstore.Shelf]docket.Blobs{}, map[sqlstore.Shelf]fsck.Files{}
	for _, name := range sqlstore.Shelves() {
		s, err := c.openShelf(name)
		if err != nil {
			return nil, nil, err
		}
		blobs[name], files[name] = s, s
	}
	return blobs, files, nil
}
