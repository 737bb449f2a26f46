package audit

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	batch       = 500              // rows that are linked in one transaction
	linkEvery   = time.Second      // how often the queue is read
	leaseFor    = 30 * time.Second // see Store.LeaseAudit
	headEvery   = time.Hour        // how often the head is logged, and old rows are removed
	mostErasure = 500              // rows that are erased in one transaction
)

// Run adds the records of the queue to the chain, erases what must be erased, and removes
// old records, until the context ends. Only one of several processes does this at a time.
func (l *Log) Run(ctx context.Context) error {
	tick := time.NewTicker(linkEvery)
	defer tick.Stop()
	var maintained time.Time
	for {
		held, err := l.Store.LeaseAudit(ctx, l.holder, leaseFor)
		if err == nil && held {
			_, err = l.Link(ctx)
			if now := l.Clock(); err == nil && now.Sub(maintained) >= headEvery {
				maintained = now
				err = l.maintain(ctx)
			}
		}
		if err != nil && ctx.Err() == nil {
			l.Logger.WarnContext(ctx, "records could not be added to the chain of the audit log; this will be retried", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Link adds all records of the queue to the chain, and returns how many it added.
func (l *Log) Link(ctx context.Context) (linked int, err error) {
	for {
		// The head is read first: if it has not moved when the rows are linked, no other
		// process has linked them since they were read.
		head, _, err := l.Store.AuditHeads(ctx)
		if err != nil {
			return linked, err
		}
		rows, err := l.Store.AuditQueue(ctx, batch)
		if err != nil || len(rows) == 0 {
			return linked, err
		}
		if err := l.eraseBefore(ctx, rows); err != nil {
			return linked, err
		}
		err = l.Store.LinkAudit(ctx, head, l.chain(head, rows), rows)
		if errors.Is(err, oauth.ErrConflict) {
			return linked, nil // another process has just linked them
		}
		if err != nil {
			return linked, err
		}
		linked += len(rows)
		if len(rows) < batch {
			return linked, nil
		}
	}
}

// chain sets the position, hash and seal of the rows, and returns the head after them.
func (l *Log) chain(head Head, rows []Row) Head {
	for i := range rows {
		r := &rows[i]
		r.Seq = head.Seq + 1
		r.Hash = r.chained(head.Hash)
		r.Seal = seal(l.Key, sealRow, r.Seq, r.Hash)
		head = Head{Seq: r.Seq, Hash: r.Hash, At: r.At}
	}
	head.Seal = seal(l.Key, sealHead, head.Seq, head.Hash)
	return head
}

// eraseBefore erases the parts about people whose erasure is one of the rows, in the chain
// and in the rows, before the rows are linked.
func (l *Log) eraseBefore(ctx context.Context, rows []Row) error {
	for _, r := range rows {
		if r.Event != oauth.EventErasure || r.Person == "" {
			continue
		}
		for {
			n, err := l.Store.EraseAudit(ctx, r.Person, mostErasure)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
		for i := range rows {
			rows[i].erase(r.Person)
		}
	}
	return nil
}

// erase erases the parts of a row that are about a person.
func (r *Row) erase(person string) {
	if r.Actor == person {
		r.Origin.Text, r.Origin.Salt = "", [16]byte{}
	}
	if r.Person == person {
		r.Details.Text, r.Details.Salt = "", [16]byte{}
	}
}

// ErasureRow returns the row that a Store queues in the transaction that deletes a person.
func ErasureRow(at time.Time, person string) Row {
	return NewRow(&Record{At: at, Event: oauth.EventErasure, Category: oauth.CategoryServer, Outcome: oauth.OutcomeOK, ActorKind: ActorServer, Person: person})
}

// LoginRow returns the row that a Store queues in the transaction that starts the session
// of a login. The record is that of an oauth.EventLogin.
func LoginRow(s account.Session, login account.LoginRecord) Row {
	name := shorten(login.Username)
	return NewRow(&Record{
		At: s.CreatedAt, Event: oauth.EventLogin, Category: oauth.CategoryLogin, Outcome: oauth.OutcomeOK, Actor: s.UserID, ActorKind: ActorPerson, Person: s.UserID,
		Origin: &Origin{Name: name, Address: shorten(s.Address), UserAgent: shorten(s.UserAgent), Session: s.ID}, Details: &Details{PersonName: name},
	})
}

// maintain removes old records and logs the head.
func (l *Log) maintain(ctx context.Context) error {
	if err := l.removeOld(ctx); err != nil {
		return err
	}
	head, _, err := l.Store.AuditHeads(ctx)
	if err == nil && head.Seq > 0 {
		l.Logger.InfoContext(ctx, "the head of the audit log; keep this line elsewhere to detect that records up to this head were removed or changed", "audit_head", head.String())
	}
	return err
}

// removeOld removes records that are older than the TTL, and records that it did.
func (l *Log) removeOld(ctx context.Context) error {
	if l.TTL <= 0 {
		return nil
	}
	now := l.Clock()
	head, anchor, err := l.Store.AuditHeads(ctx)
	if err != nil {
		return err
	}
	removed := int64(0)
	for {
		rows, err := l.Store.AuditChain(ctx, anchor.Seq, batch)
		if err != nil {
			return err
		}
		old := 0
		for old < len(rows) && rows[old].At.Before(now.Add(-l.TTL)) && rows[old].Seq < head.Seq {
			old++
		}
		if old == 0 {
			break
		}
		last := rows[old-1]
		next := Head{Seq: last.Seq, Hash: last.Hash, At: last.At, Seal: seal(l.Key, sealAnchor, last.Seq, last.Hash)}
		if err := l.Store.TrimAudit(ctx, anchor, next); errors.Is(err, oauth.ErrConflict) {
			return nil // another process removes them
		} else if err != nil {
			return err
		}
		removed += next.Seq - anchor.Seq
		anchor = next
	}
	if removed > 0 {
		l.queue(ctx, &Record{
			At: now, Event: oauth.EventAuditRemoval, Category: oauth.CategoryServer, Outcome: oauth.OutcomeOK, ActorKind: ActorServer,
			Target: strconv.FormatInt(anchor.Seq, 10), Origin: &Origin{}, Details: &Details{Changes: []oauth.Change{{Field: "records", Before: strconv.FormatInt(removed, 10)}}},
		})
	}
	return nil
}
