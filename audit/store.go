package audit

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// Store keeps the audit log: a queue of new rows, and the chain. Nothing changes a row of
// the chain, except EraseAudit and TrimAudit.
type Store interface {
	// QueueAudit adds rows to the queue. A row whose ID is already in the queue is ignored.
	QueueAudit(ctx context.Context, rows ...Row) error
	// AuditQueue returns up to n rows of the queue, oldest ID first.
	AuditQueue(ctx context.Context, n int) ([]Row, error)
	// LeaseAudit takes or extends the right to link rows, unless another holder has it. It
	// only avoids wasted work: LinkAudit is safe without it.
	LeaseAudit(ctx context.Context, holder string, ttl time.Duration) (held bool, err error)
	// LinkAudit moves rows from the queue to the end of the chain, in one transaction.
	// If the head differs from the argument from, it changes nothing and returns ErrConflict.
	LinkAudit(ctx context.Context, from, to Head, rows []Row) error
	// AuditHeads returns the last position of the chain, and the anchor: the position of the
	// last row that was removed. Both can be zero.
	AuditHeads(ctx context.Context) (head, anchor Head, err error)
	// AuditChain returns up to n rows of the chain with a Seq greater than after, in order.
	AuditChain(ctx context.Context, after int64, n int) ([]Row, error)
	// AuditRows returns rows of the chain, newest first. It reads a bounded number of rows.
	AuditRows(ctx context.Context, f Filter, p paging.Page) ([]Row, paging.Cursor, error)
	// CountAudit counts what AuditRows returns. It reads at most oauth.MostCounted rows.
	CountAudit(ctx context.Context, f Filter) (oauth.Count, error)
	// EraseAudit erases the Origin of rows of the chain whose Actor is the person, or that have
	// no Actor and whose Person is the person, and the Details of those whose Person is the
	// person: at most n rows of each. It returns 0 when nothing is left.
	EraseAudit(ctx context.Context, person string, n int) (int, error)
	// TrimAudit removes all rows of the chain up to anchor.Seq, and stores the anchor, in
	// one transaction. If the anchor differs from the argument from, it changes nothing and
	// returns ErrConflict.
	TrimAudit(ctx context.Context, from, anchor Head) error
}
