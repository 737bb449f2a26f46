package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	messageTTL = 24 * time.Hour  // until a message that cannot be delivered is dropped
	addTimeout = 5 * time.Second // for adding a message to the queue
)

// payload is the body of a message.
type payload struct {
	Type      string      `json:"type"`
	Timestamp time.Time   `json:"timestamp"`
	Data      oauth.Event `json:"data"`
}

// OnEvent adds an event to the queue of each webhook that receives it. It returns when
// the messages are stored. A failure is logged: the event has happened, and
// cannot be undone.
func (s *Sender) OnEvent(ctx context.Context, e oauth.Event) {
	for _, w := range s.Webhooks {
		if !receives(w, e.Name) || s.isGone(w.Name) {
			continue
		}
		if err := s.add(ctx, w, e); err != nil {
			s.report(ctx, w.Name, oauth.OutcomeDropped)
			s.Logger.ErrorContext(ctx, "an event could not be added to the queue of a webhook; it is dropped", "webhook", w.Name, "event", e.Name, "error", err.Error())
		}
	}
}

func (s *Sender) add(ctx context.Context, w oauth.Webhook, e oauth.Event) error {
	m, err := s.message(w, e)
	if err != nil {
		return err
	}
	// The event is added even if the client closes the connection.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), addTimeout)
	defer cancel()
	added, err := s.Store.AddWebhookMessage(ctx, m)
	if err == nil && !added {
		err = fmt.Errorf("%d messages are already waiting", oauth.MaxWebhookMessages)
	}
	if err != nil {
		return err
	}
	select {
	case s.wake <- struct{}{}:
	default: // Run has already been notified
	}
	return nil
}

// message returns the message for an event.
func (s *Sender) message(w oauth.Webhook, e oauth.Event) (oauth.WebhookMessage, error) {
	now := s.Clock()
	if e.At.IsZero() {
		e.At = now
	}
	body, err := json.Marshal(payload{e.Name, e.At.UTC(), e})
	return oauth.WebhookMessage{
		ID: "msg_" + oauth.NewID(now).String(), Webhook: w.Name, Body: string(body), CreatedAt: now, NextAt: now, ExpiresAt: now.Add(messageTTL),
	}, err
}

// header returns the header fields of an attempt to deliver a message.
func header(w oauth.Webhook, m oauth.WebhookMessage, now time.Time) http.Header {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	signatures := make([]string, len(w.Secrets))
	for i, secret := range w.Secrets {
		key, _ := secretKey(secret) // Faults has checked it
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(m.ID + "." + timestamp + "." + m.Body))
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return http.Header{
		"Content-Type": {"application/json"}, "Webhook-Id": {m.ID}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {strings.Join(signatures, " ")},
	}
}

// report calls OnEvent of the host.
func (s *Sender) report(ctx context.Context, webhook, outcome string) {
	if s.Config.OnEvent != nil {
		s.Config.OnEvent(ctx, oauth.Event{Name: oauth.EventWebhook, Outcome: outcome, At: s.Clock(), Target: webhook})
	}
}
