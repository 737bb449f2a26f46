package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"
)

func (c *command) userMetadata() *cobra.Command {
	cmd := &cobra.Command{
		Use: "metadata NAME [FILE]", Short: "Show or replace the metadata of a user", Args: cobra.RangeArgs(1, 2),
		Long: `Show the metadata of a user as JSON. With a file, replace it; - means standard input.

Metadata is a JSON object for your own use, of at most 4096 bytes. The functions of a
program that embeds the server can read it. People do not see it. {} removes it.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			u, err := in.User(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if len(args) == 2 {
				text, err := c.readFile(args[1])
				if err != nil {
					return err
				}
				if len(bytes.TrimSpace(text)) == 0 {
					return errors.New("the file is empty. To remove the metadata, write {} to it")
				}
				if err := in.SetMetadata(cmd.Context(), u, text); err != nil {
					return err
				}
			}
			metadata, err := in.Metadata(cmd.Context(), u)
			if err != nil {
				return err
			}
			if len(metadata) == 0 {
				metadata = json.RawMessage("{}")
			}
			return c.print(metadata, func(w io.Writer) { row(w, string(metadata)) })
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}
