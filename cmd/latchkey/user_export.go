package main

import (
	"github.com/spf13/cobra"
)

func (c *command) userExport() *cobra.Command {
	cmd := &cobra.Command{Use: "export NAME", Short: "Print all stored data of a user as JSON, without secrets", Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			u, err := in.User(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			data, err := in.ExportUser(cmd.Context(), u)
			if err != nil {
				return err
			}
			return writeJSON(c.out, data)
		})
	})
	return c.addServerFlag(cmd)
}
