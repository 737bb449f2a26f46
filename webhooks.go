package latchkey

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/webhook"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// newWebhooks returns the sender of the webhooks, and makes it receive all events. It
// returns nil if there are none, and events then cost nothing.
func newWebhooks(o *Options, client *outbound.Client) (*webhook.Sender, error) {
	if len(o.Webhooks) == 0 {
		return nil, nil
	}
	if err := errors.Join(webhook.Faults(o.Webhooks, client.Check)...); err != nil {
		return nil, errors.Join(settings.Prefixed("latchkey", settings.OfField("Webhooks", err))...)
	}
	own := o.OnEvent
	sender := webhook.New(webhook.Config{Webhooks: o.Webhooks, Store: o.Store, Send: client.Send, OnEvent: own, Clock: o.Clock, Logger: o.Logger})
	o.OnEvent = func(ctx context.Context, e oauth.Event) {
		if own != nil {
			own(ctx, e)
		}
		sender.OnEvent(ctx, e)
	}
	return sender, nil
}

// TestWebhook immediately sends one message with the type test to the webhook with this Name. The
// error says why the receiver did not accept it. An unknown name is an error.
func (s *Server) TestWebhook(ctx context.Context, name string) error {
	var names []string
	for _, w := range s.options.Webhooks {
		names = append(names, w.Name)
	}
	if !slices.Contains(names, name) {
		return fmt.Errorf("latchkey: TestWebhook: %q is not one of Options.Webhooks%s", name, settings.DidYouMean(name, names))
	}
	return s.webhooks.Test(ctx, name)
}
