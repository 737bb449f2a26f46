package audit

import (
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// MostWaiting is the maximum number of records in the queue that List returns.
const MostWaiting = 100

// List returns a page of records, newest first. Its first page also has records that wait
// to be added to the chain, so that an act is listed at once.
func List(ctx context.Context, store Store, f Filter, p paging.Page) ([]*Record, paging.Cursor, error) {
	var records []*Record
	if p.After == "" && p.Before == "" {
		queued, err := Waiting(ctx, store)
		if err != nil {
			return nil, paging.Cursor{}, err
		}
		for _, r := range slices.Backward(queued) {
			if f.Matches(r) {
				records = append(records, r)
			}
		}
	}
	rows, cursor, err := store.AuditRows(ctx, f, p)
	if err != nil {
		return nil, paging.Cursor{}, err
	}
	linked, err := Records(rows)
	if err != nil {
		return nil, paging.Cursor{}, err
	}
	for _, r := range linked { // a record that was linked in between is listed once
		if !slices.ContainsFunc(records, func(other *Record) bool { return other.ID == r.ID }) {
			records = append(records, r)
		}
	}
	return records, cursor, nil
}

// Waiting returns records that wait to be added to the chain, up to MostWaiting.
func Waiting(ctx context.Context, store Store) ([]*Record, error) {
	rows, err := store.AuditQueue(ctx, MostWaiting)
	if err != nil {
		return nil, err
	}
	return Records(rows)
}

// Each calls do for all records that the filter selects, newest first, until it returns an
// error.
func Each(ctx context.Context, store Store, f Filter, do func(*Record) error) error {
	for p := (paging.Page{Limit: batch}); ; {
		records, cursor, err := List(ctx, store, f, p)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := do(r); err != nil {
				return err
			}
		}
		if cursor.Next == "" {
			return nil
		}
		p.After = cursor.Next
	}
}
