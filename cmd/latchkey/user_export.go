package main

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func (c *command) userExport() *cobra.Command {
	cmd := &cobra.Command{Use: "export NAME", Short: "Print all stored data of a user as JSON, without secrets", Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			u, err := findUser(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			data, err := web.PersonDataOf(cmd.Context(), store, store, u, time.Now())
			if err != nil {
				return err
			}
			out := json.NewEncoder(c.out)
			out.SetIndent("", "  ")
			return out.Encode(data)
		})
	})
	return cmd
}
