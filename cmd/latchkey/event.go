package main

import (
	"cmp"
	"context"
	"log/slog"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/webhook"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// changed notifies the audit log, and the webhooks in the configuration, that a command has
// made a change. The messages are stored, and a server sends them. target is the ID of
// the application, user, key or token that was changed, or empty. details are for the
// audit log.
//
// A failure is logged on standard error: the change was made, and cannot be undone.
func (c *command) changed(cmd *cobra.Command, store *sqlstore.Store, target string, details *oauth.EventDetails) {
	c.changedAs(cmd, cmd.CommandPath(), store, target, details)
}

// changedAs is changed with the kind of the event, which begins with the command.
func (c *command) changedAs(cmd *cobra.Command, kind string, store *sqlstore.Store, target string, details *oauth.EventDetails) {
	logger := slog.New(slog.NewTextHandler(c.err, nil))
	event := audit.AboutPerson(oauth.Event{
		Name: oauth.EventAdministration, Kind: kind, Outcome: oauth.OutcomeOK, At: time.Now(), Actor: commandActor(), Target: target, Details: details,
	})
	audit.New(audit.Config{Store: store, PersonName: personNames(store), ClientName: clientNames(store), Clock: time.Now, Logger: logger}).OnEvent(cmd.Context(), event)
	webhook.New(webhook.Config{Webhooks: c.config.Webhooks, Store: store, Clock: time.Now, Logger: logger}).OnEvent(cmd.Context(), event)
}

// personNames returns a function that returns the username of a user, or "".
func personNames(store *sqlstore.Store) func(context.Context, string) string {
	return func(ctx context.Context, id string) string {
		u, err := store.User(ctx, id)
		if err != nil {
			return ""
		}
		return u.Username
	}
}

// clientNames returns a function that returns the name of an application, or "".
func clientNames(store *sqlstore.Store) func(context.Context, string) string {
	return func(ctx context.Context, id string) string {
		client, err := store.Client(ctx, id)
		if err != nil {
			return ""
		}
		return client.Name
	}
}

// clientChange returns the details of a change of an application.
func clientChange(before, after *oauth.Client) *oauth.EventDetails {
	d := &oauth.EventDetails{Changes: audit.ClientChanges(before, after)}
	for _, client := range []*oauth.Client{before, after} {
		if client != nil {
			d.ClientName = client.Name
		}
	}
	return d
}

// userChange returns the details of a change of a user.
func userChange(before, after *account.User) *oauth.EventDetails {
	d := &oauth.EventDetails{Changes: audit.UserChanges(before, after)}
	if after != nil {
		d.PersonName = after.Username
	}
	return d
}

// changedGroup reports a change of a group, and for each of the people who thereby gain or lose a role,
// that their roles have changed.
func (c *command) changedGroup(cmd *cobra.Command, store *sqlstore.Store, before, after *account.Group, affected []account.Member) {
	id, details := cmp.Or(after, before).ID, audit.GroupDetails(before, after)
	c.changed(cmd, store, id, &details)
	for _, m := range affected {
		details := audit.RoleDetails(before, after, m.UserID)
		c.changed(cmd, store, id, &details)
	}
}

// changedMembers reports, for each of the people, that they were added to or removed from a group.
func (c *command) changedMembers(cmd *cobra.Command, store *sqlstore.Store, g *account.Group, ids []string, added bool) {
	for _, id := range ids {
		details := audit.MemberDetails(g, id, added)
		c.changed(cmd, store, g.ID, &details)
	}
}

// commandActor returns the person who runs a command, as the actor of an event.
func commandActor() string {
	u, err := user.Current()
	if err != nil {
		return "os:" // the operating system does not know the user
	}
	return "os:" + u.Username
}
