package main

import (
	"log/slog"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/webhook"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// changed reports that a command has changed something to the webhooks in the
// configuration. The messages are stored, and a server sends them. target is the ID of
// the application, user, key or token that was changed, or empty.
//
// A failure is logged on standard error: the change was made, and cannot be undone.
func (c *command) changed(cmd *cobra.Command, store *sqlstore.Store, target string) {
	sender := webhook.New(webhook.Config{Webhooks: c.config.Webhooks, Store: store, Clock: time.Now, Logger: slog.New(slog.NewTextHandler(c.err, nil))})
	sender.OnEvent(cmd.Context(), oauth.Event{
		Name: oauth.EventAdministration, Kind: cmd.CommandPath(), Outcome: oauth.OutcomeOK, At: time.Now(), Actor: commandActor(), Target: target,
	})
}

// commandActor returns the person who runs a command, as the actor of an event.
func commandActor() string {
	u, err := user.Current()
	if err != nil {
		return "os:" // the operating system does not know the user
	}
	return "os:" + u.Username
}
