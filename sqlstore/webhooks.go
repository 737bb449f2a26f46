package sqlstore

import (
	"context"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AddWebhookMessage adds a message, unless too many wait for the webhook.
func (s *Store) AddWebhookMessage(ctx context.Context, m oauth.WebhookMessage) (added bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		n, err := t.Count(`INSERT INTO latchkey_webhook_message (id, webhook, body, created_at, next_at, expires_at, attempts)
			SELECT $1, $2, $3, $4, $5, $6, 0 WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM latchkey_webhook_message WHERE webhook = $2 LIMIT $7) AS waiting) < $7`,
			m.ID, m.Webhook, m.Body, ms(m.CreatedAt), ms(m.NextAt), ms(m.ExpiresAt), int64(oauth.MaxWebhookMessages))
		added = n > 0
		return err
	})
	return added, err
}

// dueWebhookMessage is the condition that a message is due at $1. $3 lists the webhooks
// to skip, each between two of the separator $4.
const dueWebhookMessage = `next_at <= $1 AND replace(CAST($3 AS TEXT), CAST($4 AS TEXT) || webhook || CAST($4 AS TEXT), '') = CAST($3 AS TEXT)`

// takeWebhookMessage takes the message that has been due for longest.
const takeWebhookMessage = `UPDATE latchkey_webhook_message SET attempts = attempts + 1,
	next_at = $1 + $2 * CASE attempts WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 8 WHEN 4 THEN 16 WHEN 5 THEN 32 ELSE 64 END
	WHERE id = (SELECT id FROM latchkey_webhook_message WHERE ` + dueWebhookMessage + ` ORDER BY next_at LIMIT 1) AND next_at <= $1
	RETURNING id, webhook, body, created_at, next_at, expires_at, attempts`

// TakeWebhookMessages takes messages that are due. Most calls find none, and write
// nothing.
func (s *Store) TakeWebhookMessages(ctx context.Context, now time.Time, wait time.Duration, n int, except ...string) (due []oauth.WebhookMessage, err error) {
	if some, err := s.exists(ctx, "latchkey_webhook_message", "next_at <= $1", "next_at", now); err != nil || !some {
		return nil, err
	}
	const separator = "\n"
	leave := separator + strings.Join(except, separator+separator) + separator
	err = s.write(ctx, func(t *tx) error {
		due = nil
		for len(due) < n {
			var m oauth.WebhookMessage
			err := t.Row(takeWebhookMessage, ms(now), wait.Milliseconds(), leave, separator).
				Scan(&m.ID, &m.Webhook, &m.Body, at{&m.CreatedAt}, at{&m.NextAt}, at{&m.ExpiresAt}, &m.Attempts)
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

// PostponeWebhookMessage postpones the next attempt.
func (s *Store) PostponeWebhookMessage(ctx context.Context, id string, nextAt time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`UPDATE latchkey_webhook_message SET next_at = $1 WHERE id = $2 AND next_at < $1`, ms(nextAt), id)
	})
}

// RemoveWebhookMessage removes a message.
func (s *Store) RemoveWebhookMessage(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) error { return t.Exec(`DELETE FROM latchkey_webhook_message WHERE id = $1`, id) })
}

// SaveWebhookFailure saves the last failure of a webhook.
func (s *Store) SaveWebhookFailure(ctx context.Context, f oauth.WebhookFailure) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`INSERT INTO latchkey_webhook_failure (webhook, reason, failed_at) VALUES ($1, $2, $3)
			ON CONFLICT (webhook) DO UPDATE SET reason = excluded.reason, failed_at = excluded.failed_at WHERE latchkey_webhook_failure.failed_at <= excluded.failed_at`,
			f.Webhook, f.Reason, ms(f.At))
	})
}

// WebhookFailures returns the last failures.
func (s *Store) WebhookFailures(ctx context.Context) (all []oauth.WebhookFailure, err error) {
	err = s.each(ctx, `SELECT webhook, reason, failed_at FROM latchkey_webhook_failure ORDER BY webhook`, nil, func(rows Rows) error {
		var f oauth.WebhookFailure
		err := rows.Scan(&f.Webhook, &f.Reason, at{&f.At})
		all = append(all, f)
		return err
	})
	return all, err
}
