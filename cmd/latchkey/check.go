package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func (c *command) check() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check [ISSUER]", Args: cobra.MaximumNArgs(1),
		Short: "Check the configuration and the database, or a running server",
		Long: `Check the configuration, the database and all applications for problems. Run the
command with the same settings as serve. Among other things, it checks that

- the master key can decrypt the signing keys,
- a PostgreSQL server does not lose acknowledged writes (synchronous_commit and
  fsync, as they apply to the connections of the server),
- the issuer is that of the server that was last started on this database,
- the programs that use this database do their background work,
- the login providers can be reached.

If you give the issuer of a running server, the command checks that server
instead: it sends requests as an unknown client and checks the responses. The
server can be any OAuth 2 server. The command does not change anything there. It
checks the metadata at three well-known locations, the keys, the clock, and what the
endpoints reject, cache, and allow for other origins.

The exit status is 1 if an error is found, and 0 otherwise, even if there are
warnings.`,
	}
	c.config.addFlags(cmd.Flags(), "check")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return c.report(livecheck.Check(cmd.Context(), args[0]))
		}
		findings := []livecheck.Finding{}
		add := func(id string, level livecheck.Level, format string, args ...any) {
			findings = append(findings, livecheck.Finding{ID: id, Level: level, Text: c.suggest(fmt.Sprintf(format, args...))})
		}
		c.checkConfig(cmd.Context(), add)
		err := c.withAnyStore(cmd.Context(), func(store *sqlstore.Store) error {
			return c.checkStored(cmd.Context(), store, 0, func(string) addFinding { return add })
		})
		if errors.Is(err, errNoDatabase) {
			c.checkMasterKey(nil, add)
			c.checkNewLogins(nil, add)
			add("LK055", livecheck.Warning, "Only the settings were checked: there is no database %s. If a server has been started already, set --data or --db as for that server.", c.config.path())
			err = nil
		}
		if err != nil {
			return err
		}
		return c.report(findings)
	})
	return c.addJSONFlag(cmd)
}

// report prints the findings. It fails if one of them is an error.
func (c *command) report(findings []livecheck.Finding) error {
	faults := 0
	for _, f := range findings {
		if f.Level == livecheck.Error {
			faults++
		}
	}
	err := c.print(findings, func(w io.Writer) {
		for _, f := range findings {
			row(w, f.ID, f.Level, f.Text)
		}
		if len(findings) == 0 {
			row(w, "No problems found.")
		}
	})
	if err == nil && faults > 0 {
		err = fmt.Errorf("%s found", count(int64(faults), "error"))
	}
	return err
}

// addFinding adds a finding with a formatted text.
type addFinding func(id string, level livecheck.Level, format string, args ...any)

// findingsOf returns a function that adds findings about an application, or about none if the
// client ID is empty.
type findingsOf func(clientID string) addFinding

// checkConfig finds problems of the configuration.
func (c *command) checkConfig(ctx context.Context, add addFinding) {
	c.checkFaults(ctx, add)
	c.checkSettings(add)
	c.checkPages(add)
	checkResources(c.config.Resources, add)
	c.checkLoginProviders(ctx, add)
}

// checkStored finds problems of the database and of what is stored in it. It examines at most the
// given number of applications, or all if that is 0.
func (c *command) checkStored(ctx context.Context, store *sqlstore.Store, most int, of findingsOf) error {
	add := of("")
	if err := c.checkAccounts(ctx, store, add); err != nil {
		return err
	}
	if err := c.checkProvidersOnly(ctx, store, add); err != nil {
		return err
	}
	missing, err := store.MissingRights(ctx)
	if err != nil {
		return err
	}
	if missing != "" {
		add("LK030", livecheck.Error, "A database privilege is missing, and expired rows will not be deleted: %s.", missing)
	}
	keys, err := store.SigningKeys(ctx)
	if err != nil {
		return err
	}
	master := c.checkMasterKey(keys, add)
	if err := c.checkStoredProviders(ctx, store, master, add); err != nil {
		return err
	}
	if err := c.checkDefinitions(ctx, store, add); err != nil {
		return err
	}
	if err := c.checkDatabase(ctx, store, add); err != nil {
		return err
	}
	return c.checkClients(ctx, store, master, most, of)
}

// checkClients checks applications in the order of their names: about the given number, or all if that
// is 0. If it does not check all, a finding reports what was not checked.
func (c *command) checkClients(ctx context.Context, store *sqlstore.Store, master []byte, most int, of findingsOf) error {
	uses, examined := resourceUses{requestable: make(map[string]bool), apis: make(map[string]bool)}, 0
	page := paging.Page{Limit: 500}
	if most > 0 {
		page.Limit = min(page.Limit, most)
	}
	for {
		clients, cursor, err := store.Clients(ctx, oauth.ClientFilter{}, page)
		if err != nil {
			return err
		}
		for _, client := range clients {
			add := of(client.ID)
			c.checkClient(client, add)
			checkClientSecrets(client, master, add)
			err = errors.Join(err, c.checkExchange(ctx, store, client, add))
			uses.note(c.defined().AllResources, client)
		}
		examined += len(clients)
		switch page.After = cursor.Next; {
		case err != nil:
			return err
		case page.After == "":
			c.checkUses(uses, of(""))
			return nil
		case most > 0 && examined >= most:
			add := of("")
			add("LK065", livecheck.Warning, "Only the first %d applications, in the order of their names, were checked. The others were not checked, so it is not known whether an application uses each resource (LK035, LK036). Run latchkey check on the server, which checks all of them.", examined)
			return nil
		}
	}
}

// mostChecked is how many applications a running server checks for the back office and the admin API.
// Tests can change it.
var mostChecked = 5000

// findings returns what the command check finds without requests to other servers, for the back
// office. The texts do not have the flags of this command, because people who have no access to the
// machine read them.
func (c *command) findings(ctx context.Context, store *sqlstore.Store) (all []latchkey.Finding, err error) {
	of := func(clientID string) addFinding {
		return func(id string, level livecheck.Level, format string, args ...any) {
			all = append(all, latchkey.Finding{ID: id, Error: level == livecheck.Error, Text: fmt.Sprintf(format, args...), ClientID: clientID})
		}
	}
	add := of("")
	c.checkVariables(add)
	c.checkSettings(add)
	checkResources(c.config.Resources, add)
	err = c.checkStored(ctx, store, mostChecked, of)
	return all, err
}

// checkAccounts finds out whether people can log in to the accounts.
func (c *command) checkAccounts(ctx context.Context, store *sqlstore.Store, add addFinding) error {
	lonely, err := needsAdministrator(ctx, store)
	if err != nil {
		return err
	}
	if lonely {
		add("LK010", livecheck.Warning, "There is no administrator. Add one, with the same --config, --data or --db as this command: latchkey user add NAME --admin --generate. If your own program, which embeds Latchkey, logs people in with Options.People, this does not apply.")
	}
	hosted, err := store.HostPeople(ctx)
	if err != nil || !hosted {
		return err
	}
	users, _, err := store.Users(ctx, account.UserFilter{}, paging.Page{Limit: 1})
	if len(users) > 0 {
		add("LK064", livecheck.Warning, "Nobody can log in to the accounts in this database, because the program that uses it logs people in with Options.People. Delete them, for example: latchkey user delete %s --yes. If people are to have accounts from now on, run latchkey user use-accounts.", users[0].Username)
	}
	return err
}

// needsAdministrator reports whether nobody can use the back office. If the people are those of a host
// program, an administrator would not help.
func needsAdministrator(ctx context.Context, store *sqlstore.Store) (bool, error) {
	if hosted, err := store.HostPeople(ctx); err != nil || hosted {
		return false, err
	}
	yes := true
	admins, _, err := store.Users(ctx, account.UserFilter{Admin: &yes}, paging.Page{Limit: 1})
	return len(admins) == 0, err
}

// An ownNumber is the ID, such as LK002, under which the faults of a setting are reported
// instead of LK031.
type ownNumber struct {
	id    string
	level livecheck.Level
	field string
}

var ownNumbers = []ownNumber{
	{"LK002", livecheck.Error, "Issuer"},
	{"LK008", livecheck.Error, "OutboundCA"},
	{"LK012", livecheck.Error, "SMTPFrom"},
	{"LK012", livecheck.Error, "SMTPHost"},
	{"LK039", livecheck.Error, "Templates"},
	{"LK049", livecheck.Error, "LoginProviders"},
}

// checkFaults reports the settings that prevent serve from starting, each with its LK
// number, and environment variables that have no effect.
func (c *command) checkFaults(ctx context.Context, add addFinding) {
	for _, fault := range c.config.describe(c.settingFaults(ctx)) {
		text := strings.TrimSuffix(fault.text, ".")
		if i := slices.IndexFunc(ownNumbers, func(n ownNumber) bool { return n.field == fault.field }); i >= 0 {
			add(ownNumbers[i].id, ownNumbers[i].level, "No server can start with these settings. %s.", text)
			continue
		}
		add("LK031", livecheck.Error, "No server can start with these settings. %s.", text)
	}
	c.checkVariables(add)
}

// checkVariables reports environment variables that have no effect.
func (c *command) checkVariables(add addFinding) {
	for _, text := range c.config.unknownVariables(os.Environ()) {
		add("LK054", livecheck.Warning, "%s.", text)
	}
}

// checkSettings checks the settings by themselves.
func (c *command) checkSettings(add addFinding) {
	if c.config.InsecureAllowAnyOrigin {
		add("LK001", livecheck.Warning, "insecure_allow_any_origin is set: web pages of any origin can read the responses of all endpoints.")
	}
	if c.config.ReplayWindow > time.Minute {
		add("LK003", livecheck.Warning, "replay_window is %s: the use of a stolen refresh token is not detected for that long.", c.config.ReplayWindow)
	}
	if c.config.AccessTokenTTL > 24*time.Hour {
		add("LK004", livecheck.Warning, "access_token_ttl is %s: a stolen access token is valid for that long.", c.config.AccessTokenTTL)
	}
	for _, warning := range c.config.RegistrationWarnings() {
		add(warning.ID, livecheck.Warning, "%s", warning.Text)
	}
	c.checkFiles(add)
	c.checkPlaces(add)
	c.checkTexts(add)
	c.checkTheme(add)
	if networks := c.config.InsecureOutboundNetworks; len(networks) > 0 {
		add("LK007", livecheck.Warning, "insecure_outbound is set: applications can make the server send requests to %s.", strings.Trim(fmt.Sprint(networks), "[]"))
	}
	if networks := web.WideProxies(c.config.TrustedProxies); len(networks) > 0 {
		add("LK063", livecheck.Warning, "trusted_proxies contains %s: every client can choose the address that the server sees, so limits per address have no effect. List only the addresses of your proxies.", strings.Trim(fmt.Sprint(networks), "[]"))
	}
	if c.config.InsecureSMTP {
		add("LK009", livecheck.Warning, "insecure_smtp is set: links for resetting passwords are sent without encryption.")
	}
}

// checkMasterKey checks whether the master key decrypts the signing keys. It returns the key,
// or nil if there is a finding.
func (c *command) checkMasterKey(keys []oauth.SigningKey, add addFinding) []byte {
	key, err := c.readMasterKey()
	switch {
	case err != nil:
		add("LK013", livecheck.Error, "The master key cannot be read: %v.", err)
	case key == nil && len(keys) > 0:
		add("LK011", livecheck.Error, "There is no master key, but the database contains signing keys that are encrypted with one. Restore the file master.key from a backup, or "+keyElsewhere+".")
	case provider.WeakMasterKey(key):
		add("LK019", livecheck.Error, "The bytes of the master key are not random, so an attacker can guess it. Generate one with: (umask 077; openssl rand -base64 32 > master.key). The master key of a server that has been used cannot be changed.")
	case key != nil:
		if err := provider.CheckMasterKey(key, keys, time.Now()); err != nil {
			add("LK013", livecheck.Error, "The master key in %s does not belong to this database, so no server can start with it: %v. "+keyOfProgram+".", c.masterKeySource(), err)
			return nil
		}
		return key
	}
	return nil
}

// checkDatabase checks whether the database is durable, and whether its servers
// have the same settings.
func (c *command) checkDatabase(ctx context.Context, store *sqlstore.Store, add addFinding) error {
	issuer, err := store.Issuer(ctx)
	if err != nil {
		return err
	}
	switch {
	case issuer == "" || c.config.Issuer == issuer:
	case c.config.Issuer != "":
		add("LK015", livecheck.Error, "The issuer is %s here, but the server that started last on this database has %s. A server with another issuer cannot start while that one runs. Use the same --issuer for all servers.", c.config.Issuer, issuer)
	case c.issuer(hostPort(nil, c.config.Addr)) != issuer:
		add("LK015", livecheck.Warning, "No issuer is set here, but the server that started last on this database has %s. Run check with the settings of that server, including --issuer.", issuer)
	}
	idle, err := store.IdleServers(ctx)
	if err != nil {
		return err
	}
	if idle > 0 {
		add("LK043", livecheck.Warning, "Programs that use this database and serve requests without calling Server.Run: %d. They send no logouts to applications, no emails and no webhooks. Call Server.Run in each of them.", idle)
	}
	if store.Tables.Newer() {
		add("LK016", livecheck.Warning, "The tables belong to a newer release: they have version %d, and this release knows version %d. This release works with them. Upgrade all servers to the newer release.", store.Tables.Have, store.Tables.Known)
	}
	if store.Warnings == nil {
		return nil
	}
	warnings, err := store.Warnings(ctx)
	for _, warning := range warnings {
		add("LK014", livecheck.Warning, "%s.", warning)
	}
	return err
}
