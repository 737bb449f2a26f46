package sqlstore

import (
	"context"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// auditNames are the columns that the queue and the chain have.
const auditNames = `id, at, event, category, failed, actor, person, client_id, error_id, body, origin, origin_salt, origin_digest, details, details_salt, details_digest`

// auditColumns are the columns of the chain in the order of auditFields.
const auditColumns = `t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal`

func auditFields(r *audit.Row) []any {
	return append(queueFields(r), &r.Seq, bytes{r.Hash[:]}, bytes{r.Seal[:]})
}

func queueFields(r *audit.Row) []any {
	return []any{
		bytes{r.ID[:]},
		at{&r.At},
		&r.Event, &r.Category,
		flag{&r.Failed},
		&r.Actor, &r.Person, &r.ClientID, &r.ErrorID, &r.Body,
		&r.Origin.Text,
		bytes{r.Origin.Salt[:]},
		bytes{r.Origin.Digest[:]},
		&r.Details.Text,
		bytes{r.Details.Salt[:]},
		bytes{r.Details.Digest[:]},
	}
}

func queueValues(r audit.Row) []any {
	return []any{
		r.ID[:], ms(r.At), r.Event, r.Category, number(r.Failed), r.Actor, r.Person, r.ClientID, r.ErrorID, r.Body,
		r.Origin.Text, blob(r.Origin.Salt[:]), r.Origin.Digest[:], r.Details.Text, blob(r.Details.Salt[:]), r.Details.Digest[:],
	}
}

// QueueAudit adds rows to the queue.
func (s *Store) QueueAudit(ctx context.Context, rows ...audit.Row) error {
	return s.write(ctx, func(t *tx) error { return t.queueAudit(rows...) })
}

func (t *tx) queueAudit(rows ...audit.Row) error {
	for _, r := range rows {
		if err := t.Exec(`INSERT INTO latchkey_audit_queue (`+auditNames+`) VALUES `+Values(16)+` ON CONFLICT (id) DO NOTHING`, queueValues(r)...); err != nil {
			return err
		}
	}
	return nil
}

// AuditQueue returns the oldest rows of the queue.
func (s *Store) AuditQueue(ctx context.Context, n int) (found []audit.Row, err error) {
	err = s.each(ctx, `SELECT `+auditNames+` FROM latchkey_audit_queue ORDER BY id LIMIT $1`, []any{int64(n)}, func(rows Rows) error {
		var r audit.Row
		err := rows.Scan(queueFields(&r)...)
		found = append(found, r)
		return err
	})
	return found, err
}

// LeaseAudit takes or extends the lease.
func (s *Store) LeaseAudit(ctx context.Context, holder string, ttl time.Duration) (bool, error) {
	return s.lease(ctx, "audit", holder, ttl)
}

// moveHead sets a position, if it has its old value.
const moveHead = `INSERT INTO latchkey_audit_head (name, seq, hash, seal, at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, seal = excluded.seal, at = excluded.at
	WHERE latchkey_audit_head.seq = $6 AND latchkey_audit_head.hash = $7`

// The names of positions.
const (
	auditHead   = "head"
	auditAnchor = "anchor"
)

// moveHead moves a position of the chain, or returns errConflict if it is not from.
func (t *tx) moveHead(name string, from, to audit.Head) error {
	if from.Seq > 0 { // a row that was deleted is not created again
		var one int
		if err := t.Row(`SELECT 1 FROM latchkey_audit_head WHERE name = $1`, name).Scan(&one); err != nil {
			if Expected(err) {
				err = errConflict
			}
			return err
		}
	}
	n, err := t.Count(moveHead, name, to.Seq, to.Hash[:], to.Seal[:], ms(to.At), from.Seq, blob(from.Hash[:]))
	if err == nil && n == 0 {
		err = errConflict
	}
	return err
}

// LinkAudit moves rows from the queue to the end of the chain.
func (s *Store) LinkAudit(ctx context.Context, from, to audit.Head, rows []audit.Row) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.moveHead(auditHead, from, to); err != nil {
			return err
		}
		for _, r := range rows {
			values := append(queueValues(r), r.Seq, r.Hash[:], r.Seal[:], r.Target())
			if err := t.Insert(`INSERT INTO latchkey_audit (`+auditNames+`, seq, hash, seal, target) VALUES `, values); err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			return nil
		}
		ids := make([]any, len(rows))
		for i := range rows {
			ids[i] = rows[i].ID[:]
		}
		return t.Exec(`DELETE FROM latchkey_audit_queue WHERE id IN `+Values(len(ids)), ids...)
	})
}

// AuditHeads returns the positions of the chain.
func (s *Store) AuditHeads(ctx context.Context) (head, anchor audit.Head, err error) {
	err = s.each(ctx, `SELECT name, seq, hash, seal, at FROM latchkey_audit_head ORDER BY name LIMIT 10`, nil, func(rows Rows) error {
		var name string
		var h audit.Head
		if err := rows.Scan(&name, &h.Seq, bytes{h.Hash[:]}, bytes{h.Seal[:]}, at{&h.At}); err != nil {
			return err
		}
		switch name {
		case auditHead:
			head = h
		case auditAnchor:
			anchor = h
		}
		return nil
	})
	return head, anchor, err
}

// AuditChain returns rows of the chain in order.
func (s *Store) AuditChain(ctx context.Context, after int64, n int) (found []audit.Row, err error) {
	err = s.each(ctx, `SELECT `+auditColumns+`, t.target FROM latchkey_audit t WHERE t.seq > $1 ORDER BY t.seq LIMIT $2`, []any{after, int64(n)}, func(rows Rows) error {
		var (
			r      audit.Row
			target string
		)
		err := rows.Scan(append(auditFields(&r), &target)...)
		if want := r.Target(); err == nil && target != want {
			r.Misfiled, r.Unfiled = target != "", target == ""
		}
		found = append(found, r)
		return err
	})
	return found, err
}

// AuditRows returns rows of the chain, newest first.
func (s *Store) AuditRows(ctx context.Context, f audit.Filter, p paging.Page) ([]audit.Row, paging.Cursor, error) {
	p.Descending = true
	return list(ctx, s, auditListing(f), p, auditFields)
}

// auditListing returns the list of a filter. One condition is served by an index, and the
// others are checked.
func auditListing(f audit.Filter) listing {
	l := listing{query: `SELECT ` + auditColumns + ` FROM latchkey_audit t`, key: "t.id", id: "t.id", blobs: true}
	indexed := false
	if f.Roles && f.Category == "" { // the index of the category is better than none
		f.Category = oauth.CategoryAdministration
	}
	for _, c := range []struct{ column, value string }{{"t.error_id", f.ErrorID}, {"t.target", f.Target}, {"t.person", f.Person}, {"t.client_id", f.ClientID}, {"t.actor", f.Actor}, {"t.category", f.Category}} {
		switch {
		case c.value == "":
		case !indexed && (c.column == "t.error_id" || c.column == "t.target"):
			indexed = true
			l.filter(c.column+" = ?", c.value)
		case !indexed:
			// The order begins with the column, so that the planner uses its index. With =, it
			// could read all records in the order of their ids until it finds enough.
			indexed, l.key = true, c.column
			l.filter(c.column+" >= ?", c.value)
			l.filter(c.column+" <= ?", c.value)
		default:
			l.check = append(l.check, l.condition(c.column+" = ?", c.value))
		}
	}
	if f.ErrorID != "" {
		l.where = append(l.where, "t.error_id <> ''")
	}
	if f.Target != "" {
		l.where = append(l.where, "t.target <> ''")
	}
	switch {
	case f.Failed && !indexed:
		l.where = append(l.where, "t.failed = 1")
	case f.Failed:
		l.check = append(l.check, "t.failed = 1")
	}
	if f.Roles {
		l.check = append(l.check, `t.body LIKE '%`+audit.RolesMember+`%'`)
	}
	if f.Event != "" {
		l.check = append(l.check, l.condition("t.event = ?", f.Event))
	}
	if f.Address != "" {
		l.check = append(l.check, l.condition(`t.origin LIKE ? ESCAPE '\'`, `%"address":"`+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(f.Address)+`"%`))
	}
	if !f.From.IsZero() {
		l.filter("t.id >= ?", idsFrom(f.From))
	}
	if !f.Until.IsZero() {
		l.filter("t.id < ?", idsFrom(f.Until))
	}
	return l
}

// CountAudit counts rows of the chain.
func (s *Store) CountAudit(ctx context.Context, f audit.Filter) (oauth.Count, error) {
	l := auditListing(f)
	where := strings.Join(append([]string{"TRUE"}, l.where...), " AND ")
	check := strings.Join(append([]string{"TRUE"}, l.check...), " AND ")
	var passed, read int
	err := s.row(ctx, `SELECT coalesce(sum(CASE WHEN `+check+` THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE `+where+` ORDER BY `+l.key+` DESC, t.id DESC LIMIT 10001) t`, l.args...).Scan(&passed, &read)
	return oauth.Count{N: min(passed, oauth.MostCounted), More: read > oauth.MostCounted}, err
}

// EraseAudit erases what the chain has about a person.
func (s *Store) EraseAudit(ctx context.Context, person string, n int) (erased int, err error) {
	// Each row has Details until they are erased. The Origin of a row without an actor is erased
	// with them, because no index has both columns.
	const of = ` WHERE seq IN (SELECT seq FROM latchkey_audit WHERE `
	err = s.write(ctx, func(t *tx) error {
		erased = 0
		for _, statement := range []string{
			`UPDATE latchkey_audit SET origin = '', origin_salt = $1` + of + `actor = $2 AND origin <> '' LIMIT $3)`,
			`UPDATE latchkey_audit SET details = '', details_salt = $1, origin = CASE WHEN actor = '' THEN '' ELSE origin END, origin_salt = CASE WHEN actor = '' THEN $1 ELSE origin_salt END` +
				of + `person = $2 AND details <> '' LIMIT $3)`,
		} {
			changed, err := t.Count(statement, []byte{}, person, int64(n))
			if err != nil {
				return err
			}
			erased += int(changed)
		}
		return nil
	})
	return erased, err
}

// TrimAudit removes the oldest rows of the chain.
func (s *Store) TrimAudit(ctx context.Context, from, anchor audit.Head) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.moveHead(auditAnchor, from, anchor); err != nil {
			return err
		}
		return t.Exec(`DELETE FROM latchkey_audit WHERE seq <= $1`, anchor.Seq)
	})
}
