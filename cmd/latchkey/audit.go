package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// audit returns the commands for the audit log.
func (c *command) audit() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Read, verify and export the audit log", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.auditList(), c.auditVerify(), c.auditExport())
	return cmd
}

// auditFilter are the flags that select records.
type auditFilter struct {
	audit.Filter
	from, until, person, actor string
	// notes say what the filter names and the database does not have. They are reported if
	// no record is found.
	notes []string
}

func (f *auditFilter) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&f.from, "from", "", "only records from this day (UTC) or time on, such as 2026-11-28 or 2026-11-28T15:04:05Z")
	flags.StringVar(&f.until, "until", "", "only records before this day (UTC) or time")
	flags.StringVar(&f.person, "person", "", "only records about this person: a username, or the ID of a person who was deleted")
	flags.StringVar(&f.actor, "actor", "", "only actions by this administrator or person: a username, an ID, or os:NAME for commands")
	flags.StringVar(&f.ClientID, "app", "", "only records about the application with this client ID")
	flags.StringVar(&f.Target, "target", "", "only records about this group or login provider, by its name, or about the group, signing key, invitation or initial access token with this ID")
	flags.StringVar(&f.Event, "event", "", "only events of this name, such as login")
	flags.StringVar(&f.Category, "category", "", "only events of this category: "+strings.Join(oauth.Categories(), ", "))
	flags.StringVar(&f.ErrorID, "error-id", "", "only the event with this error ID")
	flags.StringVar(&f.Address, "address", "", "only events from this network address")
	flags.BoolVar(&f.Failed, "failed", false, "only failures")
	flags.BoolVar(&f.Roles, "roles", false, "only changes of roles: of people, groups and applications, and of the members of groups with a role")
}

// parse reads the times, and checks the other flags.
func (f *auditFilter) parse() (err error) {
	for _, flag := range []struct {
		name, text string
		to         *time.Time
	}{{"from", f.from, &f.From}, {"until", f.until, &f.Until}} {
		if flag.text == "" {
			continue
		}
		if *flag.to, err = audit.Time(flag.text); err != nil {
			return usageError{"--" + flag.name + ": " + err.Error()}
		}
	}
	return f.check()
}

// find finds the people and the group that the flags name. providers are the login providers of the
// configuration.
func (f *auditFilter) find(ctx context.Context, store *sqlstore.Store, providers []latchkey.LoginProvider) error {
	if f.ClientID != "" {
		if _, err := store.Client(ctx, f.ClientID); errors.Is(err, oauth.ErrNotFound) {
			f.notes = append(f.notes, fmt.Sprintf("There is no application with the client ID %q.", f.ClientID))
		} else if err != nil {
			return err
		}
	}
	if err := f.findTarget(ctx, store, providers); err != nil {
		return err
	}
	for _, flag := range []struct {
		text string
		to   *string
	}{{f.person, &f.Person}, {f.actor, &f.Actor}} {
		*flag.to = flag.text
		if flag.text == "" || strings.HasPrefix(flag.text, "os:") {
			continue
		}
		id, err := f.personID(ctx, store, flag.text)
		if err != nil {
			return err
		}
		*flag.to = id
	}
	return nil
}

// check returns an error for a flag that no record can meet: an empty list would look as if
// nothing had happened.
func (f *auditFilter) check() error {
	var events []string
	for _, t := range oauth.EventTypes() {
		events = append(events, t.Name)
	}
	_, addressErr := netip.ParseAddr(f.Address)
	switch {
	case f.Event != "" && !slices.Contains(events, f.Event):
		return usageError{fmt.Sprintf("--event: there is no event %q%s. docs/reference/events.md lists all events", f.Event, settings.DidYouMean(f.Event, events))}
	case f.Category != "" && !slices.Contains(oauth.Categories(), f.Category):
		return usageError{fmt.Sprintf("--category: there is no category %q%s. The categories are %s", f.Category, settings.DidYouMean(f.Category, oauth.Categories()), strings.Join(oauth.Categories(), ", "))}
	case f.Address != "" && addressErr != nil:
		return usageError{fmt.Sprintf("--address: %q is not a network address, such as 192.0.2.1", f.Address)}
	case !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until):
		return usageError{"--from must be before --until"}
	}
	return nil
}

// personID returns the ID of the person with a username, or the text, which is then the ID of
// a person, who may have been deleted.
func (f *auditFilter) personID(ctx context.Context, store *sqlstore.Store, text string) (string, error) {
	if canonical, err := account.CanonicalUsername(text); err == nil {
		u, err := store.UserByName(ctx, canonical)
		if err == nil {
			return u.ID, nil
		}
		if !errors.Is(err, account.ErrNotFound) {
			return "", err
		}
	}
	_, err := store.User(ctx, text)
	if errors.Is(err, account.ErrNotFound) {
		note := fmt.Sprintf("There is no person with the username or the ID %q.", text)
		hosted := false
		if hosted, err = store.HostPeople(ctx); hosted {
			note = fmt.Sprintf("There are no records of a person with the subject %q. The people in this database have no account, because the program that uses it logs them in (Options.People), so this flag needs the subject of a person. To list subjects: latchkey consent list", text)
		}
		f.notes = append(f.notes, note)
	}
	return text, err
}

// findTarget replaces the name of a group by its ID, unless a login provider has the same name.
func (f *auditFilter) findTarget(ctx context.Context, store *sqlstore.Store, providers []latchkey.LoginProvider) error {
	if f.Target == "" {
		return nil
	}
	stored, err := store.LoginProviders(ctx)
	if err != nil {
		return err
	}
	inFile := func(p latchkey.LoginProvider) bool { return p.Name == f.Target }
	inStore := func(p account.StoredProvider) bool { return p.Name == f.Target }
	if slices.ContainsFunc(providers, inFile) || slices.ContainsFunc(stored, inStore) {
		return nil
	}
	canonical, err := account.CanonicalGroup(f.Target)
	if err == nil {
		g, err := store.GroupByName(ctx, canonical)
		if err == nil {
			f.Target = g.ID
			return nil
		}
		if !errors.Is(err, account.ErrNotFound) {
			return err
		}
	}
	f.noteTarget()
	return nil
}

// noteTarget adds a note that there is nothing with the name of the target.
func (f *auditFilter) noteTarget() {
	f.notes = append(f.notes, fmt.Sprintf("There is no group and no login provider with the name %q. Signing keys, invitations, initial access tokens and deleted groups are found by their IDs, which the lists print with --json.", f.Target))
}

// explainNone reports why there may be no records.
func (c *command) explainNone(f *auditFilter) {
	for _, note := range f.notes {
		_, _ = fmt.Fprintln(c.err, note)
	}
}

func (c *command) auditList() *cobra.Command {
	var filter auditFilter
	var n int
	cmd := &cobra.Command{
		Use: "list", Short: "List the newest records", Args: flagsOnly,
		Long: `List the records of the audit log that the flags select, newest first. A record without a
number has not been added to the chain yet.`,
	}
	filter.addFlags(cmd.Flags())
	cmd.Flags().IntVarP(&n, "number", "n", 50, "maximum number of records to list")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		if n < 1 {
			return usageError{"--number must be at least 1"}
		}
		if err := filter.parse(); err != nil {
			return err
		}
		return c.withAdministration(cmd, func(in administration) error {
			records := []*audit.Record{}
			err := in.EachRecord(cmd.Context(), &filter, func(r *audit.Record) error {
				records = append(records, r)
				return enough(len(records), n)
			})
			if err != nil {
				return err
			}
			if len(records) == 0 {
				c.explainNone(&filter)
			}
			described := make([]audit.Described, len(records))
			for i, r := range records {
				described[i] = r.Described()
			}
			return c.print(described, func(w io.Writer) { printRecords(w, records) })
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func printRecords(w io.Writer, records []*audit.Record) {
	row(w, "NUMBER", "TIME", "WHO", "WHAT", "OUTCOME", "PERSON", "APPLICATION", "ABOUT", "ADDRESS", "CHANGED")
	for _, r := range records {
		who, person, app, address, fields := r.Actor, r.Person, r.ClientID, "", []string(nil)
		if r.Origin != nil {
			address = r.Origin.Address
			if r.Origin.Name != "" {
				who = r.Origin.Name
			}
		}
		if who == "" {
			who = r.ActorKind
		}
		if r.Details != nil {
			if r.Details.PersonName != "" {
				person = r.Details.PersonName
			}
			if r.Details.ClientName != "" {
				app = r.Details.ClientName
			}
		}
		for _, change := range r.Changes() {
			fields = append(fields, change.Field)
		}
		seq := ""
		if r.Seq > 0 {
			seq = fmt.Sprint(r.Seq)
		}
		row(w, seq, r.At.UTC().Format("2006-01-02 15:04:05"), shortened(who), printable(r.What()), outcomeOf(r), printable(person), shortened(app), shortened(aboutOf(r)), address, printable(strings.Join(fields, " ")))
	}
}

// aboutOf returns the name of the group that a record is about, or the ID of another object, such as
// a signing key.
func aboutOf(r *audit.Record) string {
	if r.Details == nil {
		return r.Target
	}
	return cmp.Or(r.Details.TargetName, r.Target)
}

// outcomeOf returns the outcome of a record, with the reason.
func outcomeOf(r *audit.Record) string {
	if r.Reason == "" {
		return r.Outcome
	}
	return r.Outcome + ": " + r.Reason
}

// maxAuditCell is the maximum number of characters of a name in the table of records. The ID of a
// client that has registered itself is longer.
const maxAuditCell = 40

// shortened returns a text for the table of records.
func shortened(text string) string {
	runes := []rune(printable(text))
	if len(runes) > maxAuditCell {
		return string(runes[:maxAuditCell-1]) + "…"
	}
	return string(runes)
}

func (c *command) auditVerify() *cobra.Command {
	var head string
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that no record was changed, removed or inserted", Args: flagsOnly,
		Long: `Read the whole audit log, and check that no record was changed, removed, inserted or
moved. The command fails if it finds a fault.

With the master key, it also checks the seals, which only a server can compute. It reads
the key as latchkey serve does. Without the key, the command cannot detect
that a person who can write to the database has replaced the whole log.

The command prints the head of the log: the number and the hash of the newest record. Keep
it somewhere else. With --head, the command also checks that the records up to that
head have not changed since, and so detects that the newest records were removed.`,
	}
	cmd.Flags().StringVar(&head, "head", "", "a head that an earlier run printed, or that the log of a server contains (audit_head)")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		check := audit.Check{Now: time.Now()}
		if head != "" {
			var err error
			if check.Kept, err = audit.ParseHead(head); err != nil {
				return usageError{"--head: " + err.Error()}
			}
		}
		master, err := c.readMasterKey()
		if err != nil {
			return err
		}
		if master != nil {
			check.Key = provider.HostKey(master, audit.KeyPurpose)
		}
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			keys, err := store.SigningKeys(cmd.Context())
			if err != nil {
				return err
			}
			wrongKey := error(nil)
			if master != nil {
				wrongKey = provider.CheckMasterKey(master, keys, time.Now())
			}
			check.Foreign = wrongKey != nil
			report, err := audit.Verify(cmd.Context(), store, check)
			if err != nil {
				return err
			}
			if err := c.print(report, func(w io.Writer) { printReport(w, report, master != nil) }); err != nil {
				return err
			}
			if check.Foreign && !report.Sealed {
				return fmt.Errorf("the master key in %s does not belong to this database: %w. %s", c.masterKeySource(), wrongKey, keyOfProgram)
			}
			if len(report.Faults) > 0 {
				return fmt.Errorf("the audit log is not intact: %s", report.Faults[0])
			}
			return nil
		})
	})
	return c.addJSONFlag(cmd)
}

func printReport(w io.Writer, report *audit.Report, hasKey bool) {
	for _, fault := range report.Faults {
		row(w, fault)
	}
	row(w, fmt.Sprintf("%s checked, %d removed after the retention period, %d parts erased, %d waiting.", count(report.Records, "record"), report.Removed, report.Erased, report.Waiting))
	if report.Unfiled > 0 {
		row(w, fmt.Sprintf("Not in the history of an object, because it is older than these histories: %s. If this database was made by release 0.1.0 or later, someone has changed it.", count(report.Unfiled, "record")))
	}
	if !report.Sealed && !hasKey {
		row(w, "The seals were not checked, because this command does not have the master key.")
	}
	row(w, "Head: "+report.Head)
}

func (c *command) auditExport() *cobra.Command {
	var filter auditFilter
	var format string
	cmd := &cobra.Command{
		Use: "export", Short: "Write records to standard output", Args: flagsOnly,
		Long: `Write all records that the flags select to standard output, newest first. The formats are
JSON lines (jsonl), CSV for spreadsheets (csv) and the Common Event Format (cef).`,
	}
	filter.addFlags(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", "jsonl", "format of the records: "+strings.Join(audit.Formats(), ", "))
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		exporter, err := audit.NewExporter(c.out, format, buildVersion())
		if err != nil {
			return usageError{"--format: " + err.Error()}
		}
		if err := filter.parse(); err != nil {
			return err
		}
		return c.withAdministration(cmd, func(in administration) error {
			found := false
			err := in.EachRecord(cmd.Context(), &filter, func(r *audit.Record) error {
				found = true
				return exporter.Write(r)
			})
			if err != nil {
				return err
			}
			if !found {
				c.explainNone(&filter)
			}
			return exporter.Close()
		})
	})
	return c.addServerFlag(cmd)
}
