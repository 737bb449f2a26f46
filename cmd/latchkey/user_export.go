package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/web"
)

func (c *command) userExport() *cobra.Command {
	var subject string
	cmd := &cobra.Command{
		Use: "export (NAME | --subject SUBJECT)", Short: "Print all stored data of a person as JSON, without secrets", Args: cobra.MaximumNArgs(1),
		Long: `Print all stored data of a person as JSON, without secrets. --subject also exports people who
have no account, such as those of a program with Options.People: their consents, tokens, sessions and
unfinished requests, and the records of the audit log about them.`,
	}
	cmd.Flags().StringVar(&subject, "subject", "", subjectHelp)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		if (subject == "") == (len(args) == 0) {
			return usageError{"a username or --subject is required, but not both"}
		}
		return c.withAdministration(cmd, func(in administration) error {
			data, err := c.exported(cmd.Context(), in, args, subject)
			if err != nil {
				return err
			}
			return writeJSON(c.out, data)
		})
	})
	return c.addServerFlag(cmd)
}

// exported returns the data of the user whose name is the argument, or of the person with the subject.
func (c *command) exported(ctx context.Context, in administration, args []string, subject string) (json.RawMessage, error) {
	if subject != "" {
		p, err := c.chosenPerson(ctx, in, "", subject, "")
		if err != nil {
			return nil, err
		}
		return in.ExportPerson(ctx, p)
	}
	u, err := in.User(ctx, args[0])
	if err != nil {
		return nil, err
	}
	return in.ExportPerson(ctx, person{u.ID, u.Username})
}

func (d *inDatabase) ExportPerson(ctx context.Context, p person) (json.RawMessage, error) {
	u, err := d.store.User(ctx, p.subject)
	switch {
	case errors.Is(err, account.ErrNotFound):
		return marshal(web.SubjectDataOf(ctx, d.store, p.subject, time.Now()))
	case err != nil:
		return nil, err
	}
	return marshal(web.PersonDataOf(ctx, d.store, d.store, u, time.Now()))
}

// marshal returns a value as JSON, unless there is an error.
func marshal(value any, err error) (json.RawMessage, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func (a *atServer) ExportPerson(ctx context.Context, p person) (data json.RawMessage, err error) {
	if p.ofProgram() {
		return nil, fmt.Errorf("the admin API exports only people with an account. To export %s, call Server.ExportPerson in the program, or use the command with --db", p)
	}
	err = a.api.call(ctx, http.MethodPost, path("people", p.subject, "export"), "", nil, &data)
	return data, err
}
