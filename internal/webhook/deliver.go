package webhook

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The delivery of messages. Until a message is due again, no other process repeats an
// attempt: wait is much longer than the time limit of an outbound request.
const (
	deliverWait  = 30 * time.Second // between the first two attempts; it gets longer
	deliverRest  = 30 * time.Second // for a webhook after a failed attempt
	deliverBatch = 32               // messages that are taken at a time
	deliverPosts = 4                // concurrent attempts at one webhook
	deliverEvery = 5 * time.Second
	maxRetry     = 12 * time.Hour // the longest wait that a Retry-After field can ask for
)

// errGone means that the receiver does not want any messages (status 410).
var errGone = errors.New("the receiver responds with the status 410 (Gone)")

// statusError is the error of a response with a status that is not 2xx.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("the receiver responds with the status %d", int(e))
}

// retryError is the error of a receiver that asks for the next attempt after a certain
// time.
type retryError struct {
	error
	after time.Duration
}

// Run delivers the messages in the queue until the context ends. A message that is not
// delivered is retried for a day, at growing intervals, by any process. Every process
// can call Run.
func (s *Sender) Run(ctx context.Context) error {
	defer s.deliveries.Running.Wait()
	tick := time.NewTicker(deliverEvery)
	defer tick.Stop()
	for {
		if err := s.start(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, oauth.ErrUnavailable) {
			s.Logger.WarnContext(ctx, "messages for webhooks could not be read; this will be retried", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-s.deliveries.Free:
		case <-tick.C:
		}
	}
}

// start starts to deliver the messages that are due.
func (s *Sender) start(ctx context.Context) error {
	for ctx.Err() == nil {
		excluded, full := s.deliveries.Excluded(s.Clock())
		if full {
			return nil
		}
		// Random waits keep many messages from being due at the same time again.
		wait := deliverWait + rand.N(deliverWait/2) //nolint:gosec // not a secret
		messages, err := s.Store.TakeWebhookMessages(ctx, s.Clock(), wait, deliverBatch, excluded...)
		if err != nil || len(messages) == 0 {
			return err
		}
		byWebhook := make(map[string][]oauth.WebhookMessage)
		for _, m := range messages {
			byWebhook[m.Webhook] = append(byWebhook[m.Webhook], m)
		}
		for name, messages := range byWebhook {
			s.deliveries.Begin(name)
			s.deliveries.Running.Go(func() {
				defer crash.Log(s.Logger)
				s.deliverTo(ctx, name, messages)
			})
		}
	}
	return nil
}

// deliverTo delivers messages to one webhook, a few at the same time. After the first
// that fails, the others are left for the next attempt.
func (s *Sender) deliverTo(ctx context.Context, name string, messages []oauth.WebhookMessage) {
	var restUntil time.Time
	defer func() { s.deliveries.End(name, restUntil) }()
	for some := range slices.Chunk(messages, deliverPosts) {
		delivered := make([]bool, len(some))
		var all sync.WaitGroup
		for i, m := range some {
			all.Go(func() {
				defer crash.Log(s.Logger)
				delivered[i] = s.deliverOne(ctx, m)
			})
		}
		all.Wait()
		if slices.Contains(delivered, false) {
			restUntil = s.Clock().Add(deliverRest)
			return
		}
	}
}

// deliverOne delivers a message and removes it, or leaves it for the next attempt.
func (s *Sender) deliverOne(ctx context.Context, m oauth.WebhookMessage) (delivered bool) {
	w, configured := s.byName[m.Webhook]
	if !configured || s.isGone(m.Webhook) {
		s.remove(ctx, m)
		return true
	}
	err := s.post(ctx, w, m)
	outcome, later := oauth.OutcomeOK, (*retryError)(nil)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return false // the process stops, and any process repeats the attempt
	case errors.Is(err, errGone):
		outcome = oauth.OutcomeFailed
		s.mu.Lock()
		s.gone[w.Name] = true
		s.mu.Unlock()
		s.Logger.ErrorContext(ctx, "a webhook is gone; it receives no more messages until this process is restarted", "webhook", w.Name)
	case !m.NextAt.Before(m.ExpiresAt):
		outcome = oauth.OutcomeFailed
		s.Logger.ErrorContext(ctx, "a message could not be delivered to a webhook within a day; it is dropped", "webhook", w.Name, "webhook_id", m.ID, "error", err.Error())
	default:
		outcome = oauth.OutcomeRetry
		s.Logger.WarnContext(ctx, "a message could not be delivered to a webhook; this will be retried", "webhook", w.Name, "webhook_id", m.ID, "attempts", m.Attempts, "error", err.Error())
		if errors.As(err, &later) {
			s.logStore(ctx, "a message for a webhook could not be postponed; it may be delivered earlier", s.Store.PostponeWebhookMessage(ctx, m.ID, s.Clock().Add(later.after)))
		}
	}
	if err != nil {
		s.logStore(ctx, "the last failure of a webhook could not be saved; the back office does not show it", s.Store.SaveWebhookFailure(ctx, oauth.WebhookFailure{Webhook: w.Name, Reason: reasonOf(err), At: s.Clock()}))
	}
	s.report(ctx, w.Name, outcome)
	if outcome != oauth.OutcomeRetry {
		s.remove(ctx, m)
	}
	return err == nil
}

// post makes an attempt to deliver a message.
func (s *Sender) post(ctx context.Context, w oauth.Webhook, m oauth.WebhookMessage) error {
	now := s.Clock()
	status, response, err := s.Send(ctx, w.URL, header(w, m, now), m.Body)
	switch {
	case err != nil:
		return err
	case status >= 200 && status <= 299:
		return nil
	case status == http.StatusGone:
		return errGone
	}
	err = statusError(status)
	if after := retryAfter(response.Get("Retry-After"), now); after > 0 {
		return &retryError{err, after}
	}
	return err
}

// retryAfter returns the time that a Retry-After field asks for (RFC 9110 §10.2.3), at
// most maxRetry, or zero.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetry) //nolint:gosec // it has 31 bits
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(at.Sub(now), maxRetry))
	}
	return 0
}

// Test sends a message of the type test to a webhook at once, without the queue.
func (s *Sender) Test(ctx context.Context, name string) error {
	w, ok := s.byName[name]
	if !ok {
		return fmt.Errorf("there is no webhook with the name %q", name)
	}
	m, err := s.message(w, oauth.Event{Name: "test", Outcome: oauth.OutcomeOK})
	if err != nil {
		return err
	}
	return s.post(ctx, w, m)
}

func (s *Sender) isGone(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone[name]
}

// remove removes a message, even while the process stops: it was delivered.
func (s *Sender) remove(ctx context.Context, m oauth.WebhookMessage) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), addTimeout)
	defer cancel()
	s.logStore(ctx, "a message for a webhook could not be removed; it may be delivered again", s.Store.RemoveWebhookMessage(ctx, m.ID))
}

// logStore logs a failure of the Store, and what follows from it. A Store that is unavailable logs this itself.
func (s *Sender) logStore(ctx context.Context, consequence string, err error) {
	if err != nil && !errors.Is(err, oauth.ErrUnavailable) {
		s.Logger.WarnContext(ctx, consequence, "error", err.Error())
	}
}
