package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// errDifference is the error of a command that has printed a difference.
var errDifference = errors.New("the file and the database differ")

// comparing marks the commands whose exit status 2 means a difference. Wrong usage then has the
// status of a failure.
const comparing = "comparing"

// applyFlags are the flags of apply and diff.
type applyFlags struct {
	file            string
	prune, yes, dry bool
}

func (c *command) apply() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use: "apply -f FILE", Short: "Change applications, scopes, groups and more to match a file", Args: flagsOnly,
		Long: `Change the scopes, resources, groups, login providers and applications in the database, and
the roles of people, to match a YAML file. latchkey export prints such a file. An object in
the file is complete: a member that is missing has its default value.

The command first prints the difference, and asks before it makes the changes. Objects
that are not in the file are kept, unless you use --prune. All changes are checked before
the first one is made. Then the objects are changed one by one. An object that has changed
since it was compared is not overwritten: the command stops, the changes before it remain,
and you can run the command again.

With --yes, a role is added to a person only if the file has their id, or an email address that
they have confirmed, and to a group only if it has no members. A group is deleted only if it has
no members, and a scope or a resource only if no application lists it.

With --dry-run, nothing is changed, and the exit status is that of latchkey diff. Incorrect
usage has the exit status 1, and not 2 as elsewhere.

With --server, the running server compares the file and makes the changes. It checks the
permissions of the token for each object before the first change. Secrets are read on this
machine, and sent to the server.`,
		Annotations: map[string]string{comparing: "yes"},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.yes, "yes", false, "make the changes without asking")
	cmd.Flags().BoolVar(&f.dry, "dry-run", false, "only print the difference")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error { return c.applyFile(cmd, f) })
	return c.addServerFlag(c.addJSONFlag(cmd))
}

func (c *command) diff() *cobra.Command {
	f := applyFlags{dry: true}
	cmd := &cobra.Command{
		Use: "diff -f FILE", Short: "Show what latchkey apply would change", Args: flagsOnly,
		Long: `Print the changes that latchkey apply would make. The exit status is 0 if there is no
difference, 2 if there is one, and 1 after an error, which includes incorrect usage. Objects that
are not in the file are a difference only with --prune.`,
		Annotations: map[string]string{comparing: "yes"},
	}
	f.add(cmd)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error { return c.applyFile(cmd, f) })
	return c.addServerFlag(c.addJSONFlag(cmd))
}

func (f *applyFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "YAML file (required); - means standard input")
	cmd.Flags().BoolVar(&f.prune, "prune", false, "delete objects that are not in the file, if the file has a list of their kind; people lose their roles")
}

// applyFile compares a file with the database, and makes the changes unless f says otherwise.
func (c *command) applyFile(cmd *cobra.Command, f applyFlags) error {
	switch {
	case f.file == "":
		return usageError{"-f FILE is required: the file that declares applications, scopes, groups and other objects"}
	case f.file == "-" && !f.yes && !f.dry:
		return usageError{"apply asks for confirmation on standard input, so -f - needs --yes or --dry-run"}
	}
	file, err := c.readDeclared(f)
	if err != nil {
		return err
	}
	return c.withDeclaring(cmd, file, func(target declaring) error {
		plan, err := target.plan(cmd.Context())
		if isMistake(err) {
			return fmt.Errorf("%s: %w", f.file, err)
		}
		if err != nil {
			return err
		}
		if err := c.print(plan, func(w io.Writer) { c.printPlan(w, plan, f.dry) }); err != nil || len(plan.Steps) == 0 {
			return err
		}
		if f.dry {
			return errDifference
		}
		if err := c.agree(cmd.Context(), plan, f.yes); err != nil {
			return err
		}
		if err := target.apply(cmd.Context(), plan, !f.yes); err != nil {
			return err
		}
		if !c.json {
			_, _ = fmt.Fprintln(c.out, "Done.")
		}
		return nil
	})
}

// readDeclared reads the file of apply, and the secrets to which it refers.
func (c *command) readDeclared(f applyFlags) (*declaredText, error) {
	in, name := c.in, f.file
	if name != "-" {
		opened, err := os.Open(name) //nolint:gosec // the administrator names the file
		if err != nil {
			return nil, err
		}
		defer func() { _ = opened.Close() }()
		in = opened
	}
	text, err := io.ReadAll(io.LimitReader(in, declared.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	folder := "."
	if name != "-" {
		folder = filepath.Dir(name)
	}
	read := &declaredText{text: string(text), secrets: declared.Secrets{}, prune: f.prune}
	if read.file, err = declared.Parse(text, read.secrets.Collect(declared.LocalSecrets(folder, os.LookupEnv))); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return read, nil
}

// agree returns an error unless the changes are agreed to: by --yes, or by the answer to a
// question. Without a question, a role is added only to a person whom the file names with an ID,
// or with an address that the person has confirmed, and to a group without members. No group with
// members is deleted, and no scope or resource that applications list.
func (c *command) agree(ctx context.Context, plan *declared.Plan, yes bool) error {
	if !yes {
		return c.confirm(ctx)
	}
	var faults []error
	for _, s := range plan.Unconfirmed() {
		faults = append(faults, needsPerson(&s))
	}
	return errors.Join(faults...)
}

// needsPerson returns the error for a step that a person must check before it is made.
func needsPerson(s *declared.Step) error {
	switch s.Confirm {
	case declared.ConfirmPerson:
		return fmt.Errorf("the person %s gets a role, but the file has no id. Check that this is the account of the person: %s. Then add id: %s to the file, or omit --yes", s.Name, accountText(s.Person), s.Person.ID)
	case declared.ConfirmMembers:
		return fmt.Errorf("the group %s gets a role, and already has members: %s. Check that they may all have the role, and then omit --yes", s.Name, membersText(s.Members))
	case declared.ConfirmLoss:
		roles := ""
		if len(s.Changes) > 0 {
			roles = ", who would lose the roles that they have only through it: " + s.Changes[0].Before
		}
		return fmt.Errorf("the group %s would be deleted, which cannot be undone, and it has members: %s%s. Delete it with latchkey group delete, or omit --yes", s.Name, membersText(s.Members), roles)
	case declared.ConfirmUse:
		return fmt.Errorf("the %s %s would be deleted, but applications list it: %s. Remove it from the applications, or omit --yes", declared.Noun(s.Kind), s.Name, someOf(s.UsedBy))
	}
	return fmt.Errorf("the %s %s must be checked by a person (%s): omit --yes", declared.Noun(s.Kind), s.Name, s.Confirm)
}

// confirm reads the answer to the question before the changes, and returns an error unless it is yes.
func (c *command) confirm(ctx context.Context) error {
	_, _ = fmt.Fprint(c.err, "Make these changes? Enter yes to continue: ")
	answered := make(chan error, 1)
	go func() { // it ends with the process, because a read cannot be interrupted
		defer crash.Log(nil)
		answer, err := bufio.NewReader(io.LimitReader(c.in, 100)).ReadString('\n')
		if err == nil || errors.Is(err, io.EOF) {
			err = nil
			if strings.TrimSpace(answer) != "yes" {
				err = errors.New("nothing was changed. Enter yes to make the changes, or use --yes")
			}
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		return errors.New("nothing was changed: the command was interrupted")
	}
}

// withTarget opens the database, and calls run with it. With keys, the master key is read too.
func (c *command) withTarget(cmd *cobra.Command, keys bool, run func(*declared.Target) error) error {
	target := func(store *sqlstore.Store, secrets provider.SecretKeeper, providers *loginproviders.Set) error {
		a, err := c.acts(cmd.Context(), store, secrets)
		if err != nil {
			return err
		}
		return run(&declared.Target{
			Store: store, Acts: a, Accounts: c.accounts(store), Providers: providers, Clock: time.Now,
			Define: func(ctx context.Context, rows []oauth.Definition) error {
				joined, err := c.join(ctx, rows)
				if err == nil {
					c.definitions = joined
				}
				return err
			},
			Changed: func(s *declared.Step, id string, d *oauth.EventDetails) {
				c.changedAs(cmd, audit.ApplyPrefix+s.Act(), store, id, d)
			},
		})
	}
	if !keys {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error { return target(store, provider.SecretKeeper{}, nil) })
	}
	return c.withProviders(cmd.Context(), func(all *loginproviders.Set, store *sqlstore.Store) error {
		server, err := c.openKeys(cmd.Context(), store)
		if err != nil {
			return err
		}
		return target(store, server.SecretKeeper(), all)
	})
}

// acts returns what administrators can do, on the database.
func (c *command) acts(ctx context.Context, store *sqlstore.Store, secrets provider.SecretKeeper) (*acts.Acts, error) {
	if err := c.readDefinitions(ctx, store); err != nil {
		return nil, err
	}
	authorities, err := c.config.outboundAuthorities()
	if err != nil {
		return nil, err
	}
	warned := make(map[string]bool) // by client ID: each application is validated for the plan, and again when it is applied
	return &acts.Acts{
		Store: store, ReadScopes: func(context.Context) error { return nil }, Join: c.join, IsResource: c.isResource,
		Validate: func(client *oauth.Client) validate.FieldErrors {
			before, err := store.Client(ctx, client.ID)
			if err != nil {
				before = nil // all faults are reported
			}
			if !warned[client.ID] {
				(&inDatabase{c, nil, store}).warnOfAccountFields(ctx, cmp.Or(before, new(oauth.Client)), client)
			}
			warned[client.ID] = true
			return c.newFaults(before, client)
		},
		Outbound: outbound.New(outbound.Options{InsecureNetworks: c.config.InsecureOutboundNetworks, Authorities: authorities}),
		Secrets:  secrets, OwnLogin: true, Clock: time.Now,
	}, nil
}

func (c *command) export() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export", Short: "Print the file for latchkey apply that declares what is stored", Args: flagsOnly,
		Long: `Print the scopes, resources, groups and login providers of the database, the applications
that administrators have added, and the people who have a role, as a file for latchkey
apply. The file contains no secrets. Applying it changes nothing.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withDeclaring(cmd, &declaredText{}, func(target declaring) error { return target.export(cmd.Context(), c.out) })
	})
	return c.addServerFlag(cmd)
}
