package memstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// auditLog is the queue and the chain of the audit log.
type auditLog struct {
	queue, chain []audit.Row
	head, anchor audit.Head
	holder       string
	until        time.Time // of the lease
}

// QueueAudit adds rows to the queue.
func (s *Store) QueueAudit(_ context.Context, rows ...audit.Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queueAudit(rows...)
	return nil
}

func (s *Store) queueAudit(rows ...audit.Row) {
	for _, r := range rows {
		if !slices.ContainsFunc(s.audit.queue, func(other audit.Row) bool { return other.ID == r.ID }) {
			r.At = ms(r.At)
			s.audit.queue = append(s.audit.queue, r)
		}
	}
	slices.SortStableFunc(s.audit.queue, func(a, b audit.Row) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

// AuditQueue returns the oldest rows of the queue.
func (s *Store) AuditQueue(_ context.Context, n int) ([]audit.Row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.audit.queue[:min(n, len(s.audit.queue))]), nil
}

// LeaseAudit takes or extends the lease.
func (s *Store) LeaseAudit(_ context.Context, holder string, ttl time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	if s.audit.holder != holder && s.audit.until.After(now) {
		return false, nil
	}
	s.audit.holder, s.audit.until = holder, now.Add(ttl)
	return true, nil
}

// isAt reports whether a position is another one; their seals do not matter.
func isAt(a, b audit.Head) bool { return a.Seq == b.Seq && a.Hash == b.Hash }

// LinkAudit moves rows from the queue to the end of the chain.
func (s *Store) LinkAudit(_ context.Context, from, to audit.Head, rows []audit.Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !isAt(s.audit.head, from) {
		return oauth.ErrConflict
	}
	to.At = ms(to.At)
	s.audit.head = to
	s.audit.chain = append(s.audit.chain, rows...)
	s.audit.queue = slices.DeleteFunc(s.audit.queue, func(queued audit.Row) bool {
		return slices.ContainsFunc(rows, func(r audit.Row) bool { return r.ID == queued.ID })
	})
	return nil
}

// AuditHeads returns the positions of the chain.
func (s *Store) AuditHeads(context.Context) (head, anchor audit.Head, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.audit.head, s.audit.anchor, nil
}

// AuditChain returns rows of the chain in order.
func (s *Store) AuditChain(_ context.Context, after int64, n int) (found []audit.Row, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.audit.chain {
		if r.Seq > after && len(found) < n {
			found = append(found, r)
		}
	}
	return found, nil
}

// selectedAudit returns the rows of the chain that the filter selects.
func (s *Store) selectedAudit(f audit.Filter) (found []audit.Row, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.audit.chain {
		record, err := r.Record()
		if err != nil {
			return nil, err
		}
		record.At = r.ID.Time() // the list is sorted by ID, and so are the times of its filter
		if f.Matches(record) {
			found = append(found, r)
		}
	}
	return found, nil
}

// AuditRows returns rows of the chain, newest first.
func (s *Store) AuditRows(_ context.Context, f audit.Filter, p paging.Page) ([]audit.Row, paging.Cursor, error) {
	found, err := s.selectedAudit(f)
	if err != nil {
		return nil, paging.Cursor{}, err
	}
	rows, cursor := list(found, newestFirst(p), func(r audit.Row) place { return place{"", r.ID.String()} })
	return rows, cursor, nil
}

// CountAudit counts rows of the chain.
func (s *Store) CountAudit(_ context.Context, f audit.Filter) (oauth.Count, error) {
	found, err := s.selectedAudit(f)
	return oauth.Count{N: min(len(found), oauth.MostCounted), More: len(found) > oauth.MostCounted}, err
}

// EraseAudit erases what the chain has about a person.
func (s *Store) EraseAudit(_ context.Context, person string, n int) (erased int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	origins, details := n, n
	for i := range s.audit.chain {
		r := &s.audit.chain[i]
		if cmp.Or(r.Actor, r.Person) == person && r.Origin.Text != "" && origins > 0 {
			r.Origin.Text, r.Origin.Salt = "", [16]byte{}
			origins--
		}
		if r.Person == person && r.Details.Text != "" && details > 0 {
			r.Details.Text, r.Details.Salt = "", [16]byte{}
			details--
		}
	}
	return 2*n - origins - details, nil
}

// TrimAudit removes the oldest rows of the chain.
func (s *Store) TrimAudit(_ context.Context, from, anchor audit.Head) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !isAt(s.audit.anchor, from) {
		return oauth.ErrConflict
	}
	anchor.At = ms(anchor.At)
	s.audit.anchor = anchor
	s.audit.chain = slices.DeleteFunc(s.audit.chain, func(r audit.Row) bool { return r.Seq <= anchor.Seq })
	return nil
}
