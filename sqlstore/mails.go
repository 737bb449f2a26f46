package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// AddMail adds a mail, unless a bound is reached.
func (s *Store) AddMail(ctx context.Context, m account.Mail, bounds account.MailBounds) error {
	n := &account.Notice{Mail: m, Bounds: bounds}
	if err := s.write(ctx, func(t *tx) error { return t.queue(n) }); err != nil {
		return err
	}
	return n.Dropped
}

// queue adds a notice, which may be nil, unless a bound is reached. The row of the
// lease serializes all calls, so that the counts are exact. It is the last row that
// a transaction locks.
func (t *tx) queue(n *account.Notice) error {
	if n == nil {
		return nil
	}
	if err := t.Exec(`INSERT INTO latchkey_lease (name, holder, until) VALUES ('mail', '', 0) ON CONFLICT (name) DO UPDATE SET until = 0`); err != nil {
		return err
	}
	m := n.Mail
	var rank, recipient, source int64
	err := t.Row(`SELECT (SELECT COUNT(*) FROM latchkey_mail WHERE rank = $1), (SELECT COUNT(*) FROM latchkey_mail WHERE rank = $1 AND lower(recipient) = lower($2) AND kind = $3),
		(SELECT COUNT(*) FROM latchkey_mail WHERE source = $4 AND source <> '')`, m.Rank, m.To, string(m.Kind), m.Source).Scan(&rank, &recipient, &source)
	if err != nil {
		return err
	}
	n.Dropped = nil
	switch {
	case recipient >= n.Bounds.Recipient:
		n.Dropped = account.ErrMailRecipientFull
	case source >= n.Bounds.Source:
		n.Dropped = account.ErrMailSourceFull
	case rank >= n.Bounds.Rank:
		n.Dropped = account.ErrMailQueueFull
	default:
		return t.Exec(`INSERT INTO latchkey_mail (id, kind, recipient, user_id, source, details, rank, created_at, next_at, expires_at, attempts)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`,
			m.ID, string(m.Kind), m.To, m.UserID, m.Source, m.Details.JSON(), m.Rank, ms(m.CreatedAt), ms(m.NextAt), ms(m.ExpiresAt))
	}
	return nil
}

const mailColumns = `id, kind, recipient, user_id, source, details, rank, created_at, next_at, expires_at, attempts`

// TakeMails returns mails that are due. Most calls find none, and write nothing.
func (s *Store) TakeMails(ctx context.Context, now time.Time, wait time.Duration, rank int64, n int) (due []account.Mail, err error) {
	var some int64
	err = s.row(ctx, `SELECT COUNT(*) FROM (SELECT id FROM latchkey_mail WHERE rank <= $1 AND next_at <= $2 LIMIT 1) AS due`, rank, ms(now)).Scan(&some)
	if err != nil || some == 0 {
		return nil, err
	}
	err = s.write(ctx, func(t *tx) error {
		due = nil
		for len(due) < n {
			var m account.Mail
			err := t.Row(`UPDATE latchkey_mail SET next_at = $1 + $2 * CASE attempts WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 8 WHEN 4 THEN 16 WHEN 5 THEN 32 ELSE 64 END, attempts = attempts + 1
				WHERE id = (SELECT id FROM latchkey_mail WHERE rank <= $3 AND next_at <= $1 ORDER BY rank, next_at, id LIMIT 1) AND next_at <= $1 RETURNING `+mailColumns,
				ms(now), wait.Milliseconds(), rank).Scan(mailFields(&m)...)
			if Expected(err) {
				return nil
			}
			if err != nil {
				return err
			}
			due = append(due, m)
		}
		return nil
	})
	return due, err
}

func mailFields(m *account.Mail) []any {
	return []any{&m.ID, mailKind{&m.Kind}, &m.To, &m.UserID, &m.Source, mailDetails{&m.Details}, &m.Rank, at{&m.CreatedAt}, at{&m.NextAt}, at{&m.ExpiresAt}, &m.Attempts}
}

// mailKind reads a kind column.
type mailKind struct{ to *account.MailKind }

func (k mailKind) Scan(value any) error {
	v, ok := value.(string)
	if !ok {
		return fmt.Errorf("the kind of a mail is %T", value)
	}
	*k.to = account.MailKind(v)
	return nil
}

// mailDetails reads the details of a mail.
type mailDetails struct{ to *account.MailDetails }

func (d mailDetails) Scan(value any) error {
	v, ok := value.(string)
	if !ok {
		return fmt.Errorf("the details of a mail are %T", value)
	}
	return json.Unmarshal([]byte(v), d.to)
}

// RemoveMail removes a mail.
func (s *Store) RemoveMail(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) error { return t.Exec(`DELETE FROM latchkey_mail WHERE id = $1`, id) })
}

// MailsOf returns mails about a user or about an address. The queue is bounded, so it needs no
// index.
func (s *Store) MailsOf(ctx context.Context, userID, address string, limit int) (mails []account.Mail, err error) {
	err = s.each(ctx, `SELECT `+mailColumns+` FROM latchkey_mail WHERE user_id = $1 OR (user_id = '' AND $2 <> '' AND lower(recipient) = lower($2)) ORDER BY created_at, id LIMIT $3`,
		[]any{userID, address, limit}, func(rows Rows) error {
			var m account.Mail
			err := rows.Scan(mailFields(&m)...)
			mails = append(mails, m)
			return err
		})
	return mails, err
}

// WaitingMails returns the number of mails in the queue.
func (s *Store) WaitingMails(ctx context.Context) (n int, err error) {
	err = s.row(ctx, `SELECT COUNT(*) FROM latchkey_mail`).Scan(&n)
	return n, err
}
