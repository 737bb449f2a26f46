package memstore

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AddWebhookMessage adds a message, unless too many wait for the webhook.
func (s *Store) AddWebhookMessage(_ context.Context, m oauth.WebhookMessage) (added bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, waiting := s.clock(), 0
	s.webhooks = slices.DeleteFunc(s.webhooks, func(other oauth.WebhookMessage) bool { return !other.ExpiresAt.After(now) })
	for _, other := range s.webhooks {
		if other.Webhook == m.Webhook {
			waiting++
		}
	}
	if waiting >= oauth.MaxWebhookMessages {
		return false, nil
	}
	m.CreatedAt, m.NextAt, m.ExpiresAt, m.Attempts = ms(m.CreatedAt), ms(m.NextAt), ms(m.ExpiresAt), 0
	s.webhooks = append(s.webhooks, m)
	return true, nil
}

// TakeWebhookMessages takes messages that are due.
func (s *Store) TakeWebhookMessages(_ context.Context, now time.Time, wait time.Duration, n int, except ...string) (due []oauth.WebhookMessage, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(s.webhooks, func(a, b oauth.WebhookMessage) int { return a.NextAt.Compare(b.NextAt) })
	for i := range s.webhooks {
		if m := &s.webhooks[i]; len(due) < n && !m.NextAt.After(now) && !slices.Contains(except, m.Webhook) {
			m.NextAt = ms(now.Add(wait << min(m.Attempts, 6)))
			m.Attempts++
			due = append(due, *m)
		}
	}
	return due, nil
}

// PostponeWebhookMessage postpones the next attempt.
func (s *Store) PostponeWebhookMessage(_ context.Context, id string, nextAt time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.webhooks {
		if m := &s.webhooks[i]; m.ID == id && m.NextAt.Before(nextAt) {
			m.NextAt = ms(nextAt)
		}
	}
	return nil
}

// RemoveWebhookMessage removes a message.
func (s *Store) RemoveWebhookMessage(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhooks = slices.DeleteFunc(s.webhooks, func(m oauth.WebhookMessage) bool { return m.ID == id })
	return nil
}

// SaveWebhookFailure saves the last failure of a webhook.
func (s *Store) SaveWebhookFailure(_ context.Context, f oauth.WebhookFailure) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.At = ms(f.At)
	if !f.At.Before(s.webhookFailures[f.Webhook].At) {
		if s.webhookFailures == nil {
			s.webhookFailures = make(map[string]oauth.WebhookFailure)
		}
		s.webhookFailures[f.Webhook] = f
	}
	return nil
}

// WebhookFailures returns the last failures.
func (s *Store) WebhookFailures(context.Context) ([]oauth.WebhookFailure, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	expired := s.clock().Add(-oauth.WebhookFailureTTL)
	maps.DeleteFunc(s.webhookFailures, func(_ string, f oauth.WebhookFailure) bool { return !f.At.After(expired) })
	return slices.SortedFunc(maps.Values(s.webhookFailures), func(a, b oauth.WebhookFailure) int { return strings.Compare(a.Webhook, b.Webhook) }), nil
}
