package audit

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

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
		old := prefix(rows, now.Add(-l.TTL), head.Seq)
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

// prefix returns how many rows are removed: up to the last one from before the given time,
// except the row at the head. At least half of them must be from before it, so that a row with
// a wrong time neither keeps the rows after it nor removes those before it.
func prefix(rows []Row, before time.Time, head int64) (n int) {
	old := 0
	for i, r := range rows {
		if !r.At.Before(before) || r.Seq >= head {
			continue
		}
		if old++; 2*old >= i+1 {
			n = i + 1
		}
	}
	return n
}
