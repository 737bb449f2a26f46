package acts

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// A Finding is a problem that the command latchkey check reports.
type Finding struct {
	ID       string // the number of the check, such as LK007
	Error    bool   // it is an error, and not only a warning
	Text     string // what is wrong and what to do, in English
	ClientID string // the application that it is about, or empty
}

// keepFindings is how long findings are kept, so that a page that is loaded again does not check
// everything again.
const keepFindings = time.Minute

// Findings returns what the command latchkey check finds in a running server.
type Findings struct {
	// Check checks everything.
	Check func(context.Context) ([]Finding, error)
	Clock func() time.Time

	mu   sync.Mutex
	last []Finding
	at   time.Time
}

// All returns the findings of the last minute, errors first.
func (f *Findings) All(ctx context.Context) ([]Finding, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.at.IsZero() && f.Clock().Sub(f.at) < keepFindings {
		return f.last, nil
	}
	found, err := f.Check(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.place(), b.place()) })
	f.last, f.at = found, f.Clock()
	return found, nil
}

// place returns the sort key of a finding. Errors come first.
func (f *Finding) place() string {
	text := sha256.Sum256([]byte(f.Text))
	return map[bool]string{true: "0", false: "1"}[f.Error] + " " + f.ID + " " + f.ClientID + " " + hex.EncodeToString(text[:])
}

// Page returns a page of the findings that a filter selects. A finding that is added or disappears
// between two pages does not change the place of the others.
func (f *Findings) Page(ctx context.Context, p paging.Page, selects func(*Finding) bool) (rows []Finding, cursor paging.Cursor, err error) {
	all, err := f.All(ctx)
	if err != nil {
		return nil, paging.Cursor{}, err
	}
	for i := range all {
		found := &all[i]
		if p.After != "" && found.place() <= p.After || !selects(found) {
			continue
		}
		if len(rows) == p.Limit {
			cursor.Next = rows[len(rows)-1].place()
			return rows, cursor, nil
		}
		rows = append(rows, *found)
	}
	return rows, cursor, nil
}
