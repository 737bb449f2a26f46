package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// MostWaiting is the maximum number of records in the queue that List returns.
const MostWaiting = 100

// List returns a page of records, newest first. Its first page begins with the records that wait
// to be added to the chain, so that an act is listed at once. The page is longer than its limit if more
// records wait than fit.
func List(ctx context.Context, store Store, f Filter, p paging.Page) ([]*Record, paging.Cursor, error) {
	var records []*Record
	if p.After == "" && p.Before == "" && !p.Last {
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
	if p.Limit > 0 {
		p.Limit = max(1, p.Limit-len(records))
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

// mostQueued is the maximum number of records in the queue that Each returns.
const mostQueued = 64 * batch

// errQueue means that the result of Each is incomplete.
var errQueue = fmt.Errorf("more than %d records wait to be added to the chain of the audit log, and the newest of them are missing here: start a server, and read its log", mostQueued)

// Each calls do for all records that the filter selects, newest first, until it returns an
// error. If too many records wait to be added to the chain, Each returns an error at the end.
func Each(ctx context.Context, store Store, f Filter, do func(*Record) error) error {
	rows, err := store.AuditQueue(ctx, mostQueued+1)
	if err != nil {
		return err
	}
	queued, err := Records(rows[:min(len(rows), mostQueued)])
	if err != nil {
		return err
	}
	known := make(map[string]bool) // a record that is linked in between is passed once
	for _, r := range slices.Backward(queued) {
		known[r.ID] = true
		if f.Matches(r) {
			if err := do(r); err != nil {
				return err
			}
		}
	}
	for p := (paging.Page{Limit: batch}); ; {
		rows, cursor, err := store.AuditRows(ctx, f, p)
		if err != nil {
			return err
		}
		records, err := Records(rows)
		if err != nil {
			return err
		}
		for _, r := range records {
			if known[r.ID] {
				continue
			}
			if err := do(r); err != nil {
				return err
			}
		}
		if cursor.Next == "" {
			break
		}
		p.After = cursor.Next
	}
	if len(rows) > mostQueued {
		return errQueue
	}
	return nil
}
