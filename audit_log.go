package latchkey

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// newAudit returns the audit log, and makes it receive all events.
func (s *Server) newAudit(o *Options) *audit.Log {
	log := audit.New(audit.Config{
		Store: o.Store, Key: o.hostKey(audit.KeyPurpose), TTL: o.AuditTTL,
		PersonName: s.auditPersonName(o), ClientName: s.auditClientName, Clock: o.Clock, Logger: o.Logger,
	})
	own := o.OnEvent
	o.OnEvent = func(ctx context.Context, e oauth.Event) {
		ctx = account.WithoutGuard(ctx) // a record is written even if the role has ended
		if own != nil {
			own(ctx, e)
		}
		log.OnEvent(ctx, e)
	}
	return log
}

// newCounter returns the counter for the charts of the back office, and makes it receive all
// events, those about webhooks included.
func newCounter(o *Options) *counts.Counter {
	counter := counts.New(counts.Config{Store: o.Store, Clock: o.Clock, Logger: o.Logger})
	own := o.OnEvent
	o.OnEvent = func(ctx context.Context, e oauth.Event) {
		if own != nil {
			own(ctx, e)
		}
		counter.OnEvent(ctx, e)
	}
	return counter
}

// auditPersonName returns a function that returns the username of a person, or "". It is
// nil for the people of a host: only the host knows their names, and would be asked for
// each event.
func (s *Server) auditPersonName(o *Options) func(context.Context, string) string {
	if !o.ownLogin() {
		return nil
	}
	return func(ctx context.Context, subject string) string {
		user, err := s.options.Store.User(ctx, subject)
		if err != nil {
			return ""
		}
		return user.Username
	}
}

// auditClientName returns the name of an application, or "".
func (s *Server) auditClientName(ctx context.Context, id string) string {
	client, err := s.provider.Application(ctx, id)
	if err != nil {
		client, err = s.options.Store.Client(ctx, id) // the provider does not return one that is disabled
	}
	if err != nil {
		return ""
	}
	return client.Name
}

// acted reports what the host program did with a method of the server, unless it failed.
// kind is the name of the method.
func (s *Server) acted(ctx context.Context, err error, kind, target string, details *oauth.EventDetails) {
	s.actedFor(ctx, err, audit.ActorHost, kind, target, details)
}

// actedFor is acted for a person whom the program names as the actor.
func (s *Server) actedFor(ctx context.Context, err error, actor, kind, target string, details *oauth.EventDetails) {
	if err != nil {
		return
	}
	s.options.OnEvent(ctx, audit.AboutPerson(oauth.Event{
		Name: oauth.EventAdministration, Kind: kind, Outcome: oauth.OutcomeOK, At: s.options.Clock(), Actor: actor, Target: target, Details: details,
	}))
}
