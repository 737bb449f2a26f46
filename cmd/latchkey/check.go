package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func (c *command) check() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check [ISSUER]", Args: cobra.MaximumNArgs(1),
		Short: "Look for what is unsafe or missing in the settings and the database, or at a running server",
		Long: `Look for what is unsafe or missing: in the settings and the database, or, with
the issuer URL of a running server, in what it answers to strangers. That one
can be any OAuth 2 server; nothing is changed there.`,
	}
	c.config.addFlags(cmd.Flags(), "check")
	cmd.RunE = c.does(func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return c.report(livecheck.Check(cmd.Context(), args[0]))
		}
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			findings, err := c.findings(cmd.Context(), store)
			if err != nil {
				return err
			}
			return c.report(findings)
		})
	})
	return c.answers(cmd)
}

// report writes the findings, and fails if there is an error among them.
func (c *command) report(findings []livecheck.Finding) error {
	faults := 0
	for _, f := range findings {
		if f.Level == livecheck.Error {
			faults++
		}
	}
	err := c.answer(findings, func(w io.Writer) {
		for _, f := range findings {
			field(w, f.ID, f.Level, f.Text)
		}
		if len(findings) == 0 {
			field(w, "Nothing found.")
		}
	})
	if err == nil && faults > 0 {
		err = fmt.Errorf("%s found", count(int64(faults), "error"))
	}
	return err
}

// addFinding adds a finding with a formatted text.
type addFinding func(id string, level livecheck.Level, format string, args ...any)

func (c *command) findings(ctx context.Context, store *sqlstore.Store) ([]livecheck.Finding, error) {
	found := []livecheck.Finding{}
	add := func(id string, level livecheck.Level, format string, args ...any) {
		found = append(found, livecheck.Finding{ID: id, Level: level, Text: fmt.Sprintf(format, args...)})
	}
	c.checkSettings(add)
	yes := true
	admins, _, err := store.Users(ctx, account.UserFilter{Admin: &yes}, paging.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(admins) == 0 {
		add("LK010", livecheck.Warning, "There is no administrator. Add one: latchkey user add NAME --admin --generate")
	}
	lacks, err := store.Lacks(ctx)
	if err != nil {
		return nil, err
	}
	if lacks != "" {
		add("LK030", livecheck.Error, "The rights in the database are too few, and soon nothing will be swept: %s.", lacks)
	}
	keys, err := store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	c.checkMasterKey(keys, add)
	if err := c.checkDatabase(ctx, store, add); err != nil {
		return nil, err
	}
	err = eachClient(ctx, store, "", func(client *oauth.Client) { c.checkClient(client, add) })
	return found, err
}

// checkMasterKey looks whether a server could open the signing keys.
func (c *command) checkMasterKey(keys []oauth.SigningKey, add addFinding) {
	key, err := c.knownMasterKey()
	switch {
	case err != nil:
		add("LK013", livecheck.Error, "The master key cannot be read: %v.", err)
	case key == nil && len(keys) > 0:
		add("LK011", livecheck.Error, "The master key is missing, but the database has keys sealed with it.")
	case key != nil:
		if err := provider.CheckMasterKey(key, keys, time.Now()); err != nil {
			add("LK013", livecheck.Error, "The master key is another than the database's, and no server starts with it: %v. Give the one that the other servers have.", err)
		}
	}
}

// checkDatabase looks whether the database keeps what servers rely on, and is
// that of servers with these settings.
func (c *command) checkDatabase(ctx context.Context, store *sqlstore.Store, add addFinding) error {
	issuer, err := store.Issuer(ctx)
	if err != nil {
		return err
	}
	switch {
	case issuer == "" || c.config.Issuer == issuer:
	case c.config.Issuer != "":
		add("LK015", livecheck.Error, "The issuer is %s here, and the server that started last on this database has %s: tokens of the one are not good at the other. Give all the same --issuer.", c.config.Issuer, issuer)
	case c.issuer(hostPort(nil, c.config.Addr)) != issuer:
		add("LK015", livecheck.Warning, "No issuer is set here, and the server that started last on this database has %s. Give check the settings of that server, --issuer among them.", issuer)
	}
	if store.Tables.Newer() {
		add("LK016", livecheck.Warning, "The tables are of a newer release: they have version %d, and this one knows them up to %d. It works on them; make its processes of the newer release too.", store.Tables.Have, store.Tables.Known)
	}
	if store.Doubts == nil {
		return nil
	}
	doubts, err := store.Doubts(ctx)
	for _, doubt := range doubts {
		add("LK014", livecheck.Warning, "%s.", doubt)
	}
	return err
}

func (c *command) checkSettings(add addFinding) {
	if c.config.InsecureAllowAnyOrigin {
		add("LK001", livecheck.Warning, "insecure_allow_any_origin is on: web pages of every origin may read the token endpoint's answers.")
	}
	if networks := c.config.InsecureOutboundNetworks; len(networks) > 0 {
		add("LK007", livecheck.Warning, "insecure_outbound is set: applications can make the server send requests to %s.", strings.Trim(fmt.Sprint(networks), "[]"))
	}
	if _, err := c.config.outboundAuthorities(); err != nil {
		add("LK008", livecheck.Error, "%v.", err)
	}
	if c.config.InsecureSMTP {
		add("LK009", livecheck.Warning, "insecure_smtp is on: links to set a new password travel readable.")
	}
	if _, err := c.config.mailer(); err != nil {
		add("LK012", livecheck.Error, "%v.", err)
	}
	if strings.HasPrefix(c.config.Issuer, "http://") {
		host := strings.TrimPrefix(c.config.Issuer, "http://")
		if !strings.HasPrefix(host, "localhost") && !strings.HasPrefix(host, "127.0.0.1") && !strings.HasPrefix(host, "[::1]") {
			add("LK002", livecheck.Error, "The issuer %s is not https.", c.config.Issuer)
		}
	}
	if c.config.ReplayWindow > time.Minute {
		add("LK003", livecheck.Warning, "replay_window is %s: a stolen refresh token goes unnoticed for that long.", c.config.ReplayWindow)
	}
	if c.config.AccessTokenTTL > 24*time.Hour {
		add("LK004", livecheck.Warning, "access_token_ttl is %s: a stolen access token is good for that long.", c.config.AccessTokenTTL)
	}
	for _, path := range []string{filepath.Join(c.config.Data, "master.key"), filepath.Join(c.config.Data, "latchkey.db")} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			add("LK006", livecheck.Error, "%s can be read by others: chmod 600 it.", path)
		}
	}
}

func (c *command) checkClient(client *oauth.Client, add addFinding) {
	for _, fault := range provider.ValidateClient(client, c.config.AllScopes()) {
		add("LK020", livecheck.Error, "Application %s (%s): %s: %s", client.Name, client.ID, fault.Field, fault.Message)
	}
	if client.SkipAuthorization {
		add("LK021", livecheck.Warning, "Application %s (%s) skips authorization: people are not asked.", client.Name, client.ID)
	}
	if types := slices.DeleteFunc(slices.Clone(client.ResponseTypes), func(t string) bool { return t == oauth.ResponseTypeCode }); len(types) > 0 {
		add("LK023", livecheck.Warning, "Application %s (%s) may use the response types %s, which send tokens through the browser (RFC 9700 section 2.1.2).",
			client.Name, client.ID, strings.Join(types, ", "))
	}
	if client.CodeWithoutPKCE {
		add("LK025", livecheck.Warning, "Application %s (%s) gets codes without PKCE or nonce: a stolen code can be slipped into another session of it (RFC 9700 section 2.1.1).", client.Name, client.ID)
	}
	if client.RequestObjectAlg == oauth.AlgNone {
		add("LK026", livecheck.Warning, "Application %s (%s) sends request objects without a signature: they say no more than plain parameters do.", client.Name, client.ID)
	}
	if client.NeedsReadableSecret() {
		add("LK024", livecheck.Warning, "Application %s (%s) gets HS256: its secret is kept encrypted, not hashed, and whoever has it can make its ID tokens.", client.Name, client.ID)
	}
	for _, secret := range client.Secrets {
		if secret.Slow != "" {
			add("LK022", livecheck.Warning, "Application %s (%s) has a secret that somebody chose. Make a generated one: latchkey app rotate-secret %s", client.Name, client.ID, client.ID)
			break
		}
	}
}
