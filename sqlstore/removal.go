package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An action that can affect any number of rows, such as the deletion of a client,
// takes effect in one transaction that writes only a few rows. If there may be more
// rows, that transaction also inserts a removal, and they are deleted or revoked in
// small steps, so that no other write waits for long. If the process ends in
// between, the next sweep continues. See pending.go for how a removal takes effect
// before its steps.

// removal is a row of latchkey_removal.
type removal struct {
	kind, subject, target string
	at                    time.Time
	until                 time.Time // issued_until
}

// phase is a part of a removal. find returns the keys of rows, each with the given
// number of columns. change deletes or updates rows, so that find does not return
// them again: its text ends where the list of keys begins. In both, the arguments
// findArgs and args come before the keys.
type phase struct {
	find     string
	findArgs []any
	columns  int
	change   string
	args     []any
	// configures is set if processes cache the rows.
	configures bool
}

const (
	// removalStep is the maximum number of rows that one transaction of a removal
	// changes.
	removalStep = 200
	// mostRemovalKeys is how many keys are read at once.
	mostRemovalKeys = 20_000
	// fewRows is how many rows of a client, person or session one transaction may
	// read and change. If there are more, the action inserts a removal. A person
	// never has more sessions: all of them end before a new password is acknowledged.
	fewRows = account.MaxSessions
)

// many reports whether more than fewRows rows meet a condition about one column of
// a table, which has an index on that column.
func (t *tx) many(table, column, value string) (bool, error) {
	var one int64
	err := t.Row(fmt.Sprintf(`SELECT 1 FROM %s WHERE %s = $1 LIMIT 1 OFFSET %d`, table, column, fewRows), value).Scan(&one)
	if Expected(err) {
		return false, nil
	}
	return err == nil, err
}

// eitherMany reports whether there are many rows in one of two tables.
func (t *tx) eitherMany(column, value string, tables ...string) (many bool, err error) {
	for _, table := range tables {
		if many, err = t.many(table, column, value); many || err != nil {
			return many, err
		}
	}
	return false, nil
}

// phases returns what a removal does, in this order.
func (r removal) phases() []phase {
	const (
		revoke  = `UPDATE latchkey_family SET revoked_at = $1 WHERE revoked_at = 0 AND id IN`
		notify  = `UPDATE latchkey_session_client SET ended_at = $1, notify_at = $1, expires_at = $2, attempts = 0 WHERE ended_at = 0 AND client_id <> '' AND (session_id, client_id, subject) IN`
		clients = `SELECT k.session_id, k.client_id, k.subject FROM latchkey_session_client k WHERE k.ended_at = 0 AND k.client_id <> '' AND `
		bound   = `SELECT t.id FROM latchkey_family t WHERE t.revoked_at = 0 AND ` + boundToSession + ` AND `
	)
	when := []any{ms(r.at)}
	noticed := []any{ms(r.at), ms(r.at.Add(oauth.LogoutNoticeTTL))}
	usable := idsFrom(r.at.Add(-oauth.LongestTicket))
	until := ms(r.until)
	switch r.kind {
	case "client":
		return []phase{
			{`SELECT subject, client_id FROM latchkey_consent WHERE client_id = $1`, []any{r.target}, 2, `DELETE FROM latchkey_consent WHERE (subject, client_id) IN`, nil, false},
			{`SELECT id FROM latchkey_ticket WHERE client_id = $1 AND id >= $2`, []any{r.target, usable}, 1, `DELETE FROM latchkey_ticket WHERE id IN`, nil, false},
			{`SELECT id FROM latchkey_family WHERE client_id = $1`, []any{r.target}, 1, `DELETE FROM latchkey_family WHERE id IN`, nil, false},
		}
	case "person": // the account was deleted
		// The service user of an application keeps the ID: the subject is blocked, so that the
		// application gets no token, and does not act for itself instead.
		owner := quotedID(r.subject)
		return []phase{
			// Before and after the clients: one can be restored or discarded at the same time.
			discardedOwner(r.subject),
			{`SELECT id FROM latchkey_client WHERE owner_id = $1`, []any{r.subject}, 1, `UPDATE latchkey_client SET owner_id = '', version = version + 1 WHERE owner_id = $1 AND id IN`, []any{r.subject}, true},
			discardedOwner(r.subject),
			{
				`SELECT id FROM latchkey_client WHERE co_owners <> '' AND replace(co_owners, $1, '') <> co_owners`,
				[]any{owner},
				1,
				`UPDATE latchkey_client SET co_owners = replace(replace(replace(co_owners, ',' || CAST($1 AS TEXT), ''), CAST($1 AS TEXT) || ',', ''), '[' || CAST($1 AS TEXT) || ']', ''), version = version + 1 WHERE id IN`,
				[]any{owner},
				true,
			},
			{`SELECT subject, client_id FROM latchkey_consent WHERE subject = $1`, []any{r.subject}, 2, `DELETE FROM latchkey_consent WHERE (subject, client_id) IN`, nil, false},
			{`SELECT id FROM latchkey_ticket WHERE subject = $1 AND id >= $2`, []any{r.subject, usable}, 1, `DELETE FROM latchkey_ticket WHERE id IN`, nil, false},
			{`SELECT id FROM latchkey_family WHERE subject = $1`, []any{r.subject}, 1, `DELETE FROM latchkey_family WHERE id IN`, nil, false},
		}
	case "consent":
		return []phase{
			// Tickets first: if one of them is spent at the same time, its family
			// exists when the families are revoked.
			{
				`SELECT id FROM latchkey_ticket WHERE subject = $1 AND client_id = $2 AND id >= $3 AND spent_at = 0 AND issued_at <= $4`,
				[]any{r.subject, r.target, usable, until},
				1, `DELETE FROM latchkey_ticket WHERE spent_at = 0 AND id IN`, nil, false,
			},
			{
				`SELECT id FROM latchkey_family WHERE subject = $1 AND client_id = $2 AND revoked_at = 0 AND issued_at <= $3`,
				[]any{r.subject, r.target, until},
				1, revoke, when, false,
			},
		}
	case "session":
		return []phase{
			{clients + `k.session_id = $1`, []any{r.target}, 3, notify, noticed, false},
			{bound + `t.session_id = $1 AND t.issued_at <= $2`, []any{r.target, until}, 1, revoke, when, false},
		}
	case "expired": // no client is notified
		return []phase{
			{clients + `k.session_id = $1`, []any{r.target}, 3, `DELETE FROM latchkey_session_client WHERE ended_at = 0 AND (session_id, client_id, subject) IN`, nil, false},
			{bound + `t.session_id = $1`, []any{r.target}, 1, revoke, when, false},
		}
	case "sessions": // later sessions are not concerned
		return []phase{
			{
				`SELECT id FROM latchkey_session WHERE user_id = $1 AND id <> $2 AND created_at <= $3`,
				[]any{r.subject, r.target, ms(r.at)},
				1,
				`DELETE FROM latchkey_session WHERE id IN`, nil, false,
			},
			{clients + `k.subject = $1 AND k.session_id <> $2 AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = k.session_id)`, []any{r.subject, r.target}, 3, notify, noticed, false},
			{bound + `t.subject = $1 AND t.session_id <> $2 AND t.issued_at <= $3 AND ` + sessionEnded, []any{r.subject, r.target, until}, 1, revoke, when, false},
		}
	}
	return nil
}

// errRemoved means that a removal was completed by another process, or that the
// same action was repeated.
var errRemoved = errors.New("the removal was completed")

// finish carries out a removal. It calls keep before each step, and stops if
// that returns an error. A removal of a newer release, which has a kind that this
// release does not know, is left to that release.
func (s *Store) finish(ctx context.Context, r removal, keep func() error) error {
	phases := r.phases()
	if len(phases) == 0 {
		return nil
	}
	for _, p := range phases {
		for {
			keys, err := s.keys(ctx, p)
			if err != nil {
				return err
			}
			if len(keys) == 0 {
				break // not when a step changes nothing: another process may have changed its rows
			}
			for len(keys) > 0 {
				step := keys[:min(len(keys), removalStep*p.columns)]
				keys = keys[len(step):]
				if err := keep(); err != nil {
					return err
				}
				err := s.removeStep(ctx, r, p, step)
				if errors.Is(err, errRemoved) {
					return nil
				}
				if err != nil {
					return err
				}
			}
		}
	}
	return s.write(ctx, func(t *tx) error { return t.completed(r) })
}

// keys reads the keys of the rows that a phase changes, outside of any transaction
// that writes.
func (s *Store) keys(ctx context.Context, p phase) (keys []any, err error) {
	err = s.each(ctx, fmt.Sprintf(`%s LIMIT %d`, p.find, s.removalBatch), p.findArgs, func(rows Rows) error {
		key, dest := make([]any, p.columns), make([]any, p.columns)
		for i := range key {
			dest[i] = &key[i]
		}
		err := rows.Scan(dest...)
		keys = append(keys, key...)
		return err
	})
	return keys, err
}

// removeStep changes the rows with these keys. The row of the removal stays locked
// until the commit, so that nothing belongs to a new client of the same id.
func (s *Store) removeStep(ctx context.Context, r removal, p phase, keys []any) error {
	rows := len(keys) / p.columns
	missing := removalStep - rows
	args := append(append([]any{}, p.args...), keys...)
	for range missing { // one text for any number of keys
		args = append(args, keys[:p.columns]...)
	}
	over := false
	err := s.write(ctx, func(t *tx) error {
		over = false
		found, err := t.Count(`UPDATE latchkey_removal SET done = done + $1 WHERE kind = $2 AND subject = $3 AND target = $4 AND at = $5`, int64(rows), r.kind, r.subject, r.target, ms(r.at))
		if err != nil || found == 0 {
			over = err == nil
			return err
		}
		if p.configures { // its lock comes before those of the rows, as in configure
			if err := t.Exec(nextConfigVersion); err != nil {
				return err
			}
		}
		return t.Exec(p.text(), args...)
	})
	switch {
	case err == nil && over:
		err = errRemoved
	case err == nil && p.configures:
		s.version.Add(1)
	}
	return err
}

// text returns the statement that changes removalStep rows.
func (p phase) text() string {
	var b strings.Builder
	b.WriteString(p.change)
	b.WriteString(" (")
	if p.columns > 1 {
		b.WriteString("VALUES ")
	}
	n := len(p.args)
	for i := range removalStep {
		if i > 0 {
			b.WriteString(", ")
		}
		if p.columns > 1 {
			b.WriteString("(")
		}
		for j := range p.columns {
			if j > 0 {
				b.WriteString(", ")
			}
			n++
			fmt.Fprintf(&b, "$%d", n)
		}
		if p.columns > 1 {
			b.WriteString(")")
		}
	}
	b.WriteString(")")
	return b.String()
}

// noLimit lets a removal run to its end.
func noLimit() error { return nil }

// act runs a job that may insert removals. The job takes effect without them. Small
// ones are completed before act returns.
func (s *Store) act(ctx context.Context, run func(*tx) error) error {
	var begun []removal
	err := s.write(ctx, func(t *tx) error {
		err := run(t)
		begun = t.removals
		return err
	})
	if err != nil && len(begun) > 0 {
		s.removeLater() // perhaps the job was committed
	}
	if err != nil {
		return err
	}
	for _, r := range begun {
		s.finishSoon(ctx, r)
	}
	return nil
}

// errLater stops a removal that continues in the background.
var errLater = errors.New("the rest is removed in the background")

// finishSoon completes a small removal, and begins a large one, of which the rest
// follows in the background. An error is only logged, because the action has taken
// effect, and the background continues.
func (s *Store) finishSoon(ctx context.Context, r removal) {
	ctx = account.WithoutGuard(ctx) // it was checked with the action
	const steps = 10
	done := 0
	ctx = context.WithoutCancel(ctx)
	err := s.finish(ctx, r, func() error {
		if done++; done > steps {
			return errLater
		}
		return nil
	})
	if err != nil {
		s.removeLater()
	}
	if !errors.Is(err, errLater) {
		s.warn(ctx, "removing rows failed; this continues in the background", err)
	}
}

// removeLater completes removals in the background.
func (s *Store) removeLater() {
	select {
	case s.removing <- struct{}{}:
	default: // it was woken already
	}
}

// runRemovals completes removals when it is woken. Those of a process that has
// exited are completed by the sweeper.
func (s *Store) runRemovals(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.removing:
			s.warn(ctx, "removing rows failed; the sweeper will continue", s.finishAll(ctx, paced(ctx.Err)))
		}
	}
}

// finishAll completes all removals. If one fails, the others are still completed. Only
// one goroutine does it at a time, so that no goroutine repeats the steps of another.
func (s *Store) finishAll(ctx context.Context, keep func() error) error {
	s.finishing.Lock()
	defer s.finishing.Unlock()
	pending, err := s.removals(ctx, `ORDER BY at`)
	faults := []error{err}
	for _, r := range pending {
		if err := keep(); err != nil {
			return errors.Join(append(faults, err)...)
		}
		faults = append(faults, s.finish(ctx, r, keep))
	}
	return errors.Join(faults...)
}

// finishClient completes the removal of a deleted client, if there is one.
func (s *Store) finishClient(ctx context.Context, id string) error {
	pending, err := s.removals(ctx, `WHERE kind = 'client' AND subject = '' AND target = $1`, id)
	for _, r := range pending {
		if err == nil {
			err = s.finish(ctx, r, paced(noLimit))
		}
	}
	return err
}

// removals returns removals that are not complete.
func (s *Store) removals(ctx context.Context, which string, args ...any) (pending []removal, err error) {
	err = s.each(ctx, `SELECT kind, subject, target, at, issued_until FROM latchkey_removal `+which, args, func(rows Rows) error {
		var r removal
		err := rows.Scan(&r.kind, &r.subject, &r.target, at{&r.at}, at{&r.until})
		pending = append(pending, r)
		return err
	})
	return pending, err
}

// Removals returns the removals that are not complete.
func (s *Store) Removals(ctx context.Context) (pending []oauth.Removal, err error) {
	const query = `SELECT r.kind, r.subject, r.target, a.username, r.at, r.done FROM latchkey_removal r LEFT JOIN latchkey_account a ON a.id = r.subject ORDER BY r.at LIMIT $1`
	err = s.each(ctx, query, []any{int64(oauth.MostRemovals)}, func(rows Rows) error {
		var (
			r            oauth.Removal
			kind, target string
		)
		err := rows.Scan(&kind, &r.Subject, &target, text{&r.Username}, at{&r.At}, &r.Done)
		switch kind {
		case "client", "consent":
			r.ClientID = target
		case "session", "expired":
			r.SessionID = target
		}
		pending = append(pending, r)
		return err
	})
	return pending, err
}
