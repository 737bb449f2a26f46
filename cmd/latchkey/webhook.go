package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/webhook"
)

// webhook returns the commands for webhooks.
func (c *command) webhook() *cobra.Command {
	cmd := &cobra.Command{Use: "webhook", Short: "Try out webhooks", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.webhookTest())
	return cmd
}

func (c *command) webhookTest() *cobra.Command {
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Send a test message to a webhook", Args: cobra.ExactArgs(1),
		Long: `Send a message with the type test to a webhook in the configuration file, and report
whether the receiver accepted it. The message is signed like all other messages. It is
sent at once, and a failed attempt is not repeated.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		authorities, err := c.config.outboundAuthorities()
		if err != nil {
			return err
		}
		client := outbound.New(outbound.Options{InsecureNetworks: c.config.InsecureOutboundNetworks, Authorities: authorities})
		if faults := webhook.Faults(c.config.Webhooks, client.Check); faults != nil {
			return errors.Join(faults...)
		}
		sender := webhook.New(webhook.Config{Webhooks: c.config.Webhooks, Send: client.Send, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
		var names []string
		for _, w := range c.config.Webhooks {
			names = append(names, w.Name)
		}
		if !slices.Contains(names, args[0]) {
			return fmt.Errorf("no webhook with the name %q is configured%s. This command knows the webhooks of the configuration file (--config), and not those of a program (Options.Webhooks), which can call Server.TestWebhook", args[0], settings.DidYouMean(args[0], names))
		}
		if err := sender.Test(cmd.Context(), args[0]); err != nil {
			return err
		}
		return c.print(map[string]any{"accepted": true}, func(w io.Writer) { row(w, "The webhook "+args[0]+" accepted the message.") })
	})
	return c.addJSONFlag(cmd)
}
