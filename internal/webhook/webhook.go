// Package webhook sends events to URLs that the host configures, signed as the Standard
// Webhooks specification describes (https://www.standardwebhooks.com). Messages wait in
// the Store until they are delivered.
//
// Reading order: webhook.go, message.go, deliver.go.
package webhook

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/deliveries"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Config configures a Sender.
type Config struct {
	Webhooks []oauth.Webhook
	Store    oauth.WebhookStore
	// Send sends a body with header fields to a URL, and returns the status and the
	// header of the response.
	Send func(ctx context.Context, address string, header http.Header, body string) (int, http.Header, error)
	// OnEvent receives the events of deliveries; it may be nil.
	OnEvent func(context.Context, oauth.Event)
	Clock   func() time.Time
	Logger  *slog.Logger
}

// Sender sends events to webhooks.
type Sender struct {
	Config
	byName     map[string]oauth.Webhook
	deliveries *deliveries.Deliveries
	wake       chan struct{}
	mu         sync.Mutex
	gone       map[string]bool // they responded with the status 410
}

// New returns a Sender. The webhooks must have no Faults.
func New(c Config) *Sender {
	s := &Sender{Config: c, byName: make(map[string]oauth.Webhook), deliveries: deliveries.New(), wake: make(chan struct{}, 1), gone: make(map[string]bool)}
	for _, w := range c.Webhooks {
		s.byName[w.Name] = w
	}
	return s
}

// secretPrefix begins the text of a secret.
const secretPrefix = "whsec_"

// secretKey returns the key in the text of a secret.
func secretKey(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("a secret must be whsec_ and 24 to 64 bytes in base64, as from: echo whsec_$(openssl rand -base64 32)")
	}
	return key, nil
}

// Faults returns everything that is wrong with webhooks. check returns what is wrong with
// a URL. The texts contain no secrets, and no URLs, which can contain secrets.
func Faults(webhooks []oauth.Webhook, check func(address string) error) (faults []error) {
	names := make(map[string]bool)
	for i, w := range webhooks {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("%s: %w", nameOf(i, w), fmt.Errorf(format, args...)))
		}
		if w.Name == "" || len(w.Name) > 100 || strings.ContainsFunc(w.Name, func(r rune) bool { return r <= ' ' || r > '~' }) {
			fault("the name must have 1 to 100 printable ASCII characters without spaces")
		}
		if names[w.Name] {
			fault("another webhook has the same name")
		}
		names[w.Name] = true
		if err := check(w.URL); err != nil {
			fault("url: %w", err)
		}
		if len(w.Secrets) == 0 || len(w.Secrets) > 2 {
			fault("one secret is required; a second one is allowed while the receiver changes to a new secret")
		}
		for _, secret := range w.Secrets {
			if _, err := secretKey(secret); err != nil {
				fault("%w", err)
			}
		}
		for _, name := range w.Events {
			if !sendable(name) {
				fault("there is no event %q that can be sent; docs/reference/events.md lists all events", name)
			}
		}
	}
	return faults
}

func nameOf(i int, w oauth.Webhook) string {
	if w.Name == "" {
		return fmt.Sprintf("number %d", i+1)
	}
	return w.Name
}

// sendable reports whether an event can be sent. The event about a delivery would cause
// another delivery, and some events exist only in the audit log.
func sendable(name string) bool {
	return !oauth.OnlyInAuditLog(name) && name != oauth.EventWebhook && slices.ContainsFunc(oauth.EventTypes(), func(t oauth.EventType) bool { return t.Name == name })
}

// receives reports whether a webhook gets events of that name.
func receives(w oauth.Webhook, name string) bool {
	return sendable(name) && (len(w.Events) == 0 || slices.Contains(w.Events, name))
}
