package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// app is the commands for applications.
func (c *command) app() *cobra.Command {
	cmd := &cobra.Command{Use: "app", Short: "Add and manage applications", Args: cobra.NoArgs, RunE: needsCommand}
	cmd.AddCommand(
		c.appAdd(), c.appList(), c.appShow(), c.appEdit(), c.appRotate(), c.appDelete(),
		c.appSwitch("disable", "Disable an application: its tokens stand still", true),
		c.appSwitch("enable", "Enable an application again", false),
	)
	return cmd
}

// appAnswer is an application in JSON, with the names of RFC 7591 §2 where it
// has them.
type appAnswer struct {
	ClientID string `json:"client_id"`
	// ClientSecret is there only when it was just made.
	ClientSecret           string   `json:"client_secret,omitempty"`
	Name                   string   `json:"client_name"`
	Type                   string   `json:"client_type"`
	GrantTypes             []string `json:"grant_types"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitempty"`
	AllowedOrigins         []string `json:"allowed_origins,omitempty"`
	Scope                  string   `json:"scope,omitempty"`
	DefaultScope           string   `json:"default_scope,omitempty"`
	SkipAuthorization      bool     `json:"skip_authorization,omitempty"`
	RequirePKCE            bool     `json:"require_pkce,omitempty"`
	ResourceServer         bool     `json:"resource_server,omitempty"`
	TokenFormat            string   `json:"access_token_format"`
	OwnerID                string   `json:"owner_id,omitempty"`
	oauth.ClientOpenID
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"created_at"`
}

func answerApp(c *oauth.Client, secret string) appAnswer {
	format := c.AccessTokenFormat
	if format == "" {
		format = oauth.Opaque
	}
	return appAnswer{
		ClientID: c.ID, ClientSecret: secret, Name: c.Name, Type: string(c.Type), GrantTypes: orEmpty(c.GrantTypes), RedirectURIs: orEmpty(c.RedirectURIs),
		PostLogoutRedirectURIs: c.PostLogoutRedirectURIs, AllowedOrigins: c.AllowedOrigins,
		Scope: c.Scopes.String(), DefaultScope: c.DefaultScopes.String(), SkipAuthorization: c.SkipAuthorization, RequirePKCE: c.RequirePKCE,
		ResourceServer: c.ResourceServer, TokenFormat: string(format), OwnerID: c.OwnerID, ClientOpenID: c.ClientOpenID, Disabled: c.Disabled, CreatedAt: c.CreatedAt,
	}
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// print writes an application for people.
func (a appAnswer) print(w io.Writer) {
	for _, line := range []struct {
		name  string
		value string
	}{
		{"Client id", a.ClientID},
		{"Client secret", a.ClientSecret},
		{"Name", a.Name},
		{"Type", a.Type},
		{"Grant types", strings.Join(a.GrantTypes, ", ")},
		{"Redirect URIs", strings.Join(a.RedirectURIs, ", ")},
		{"Allowed origins", strings.Join(a.AllowedOrigins, ", ")},
		{"Scopes", a.Scope},
		{"Default scopes", a.DefaultScope},
		{"Access tokens", a.TokenFormat},
	} {
		if line.value != "" {
			field(w, line.name+":", line.value)
		}
	}
	if a.Disabled {
		field(w, "Disabled:", "yes")
	}
	if a.ClientSecret != "" {
		field(w, "Keep the secret now: it is not shown again.")
	}
}

// appFlags are the flags of add and edit.
type appFlags struct {
	name, kind, format, owner, logo, homepage string
	redirects, logouts, origins, grants       []string
	scopes, defaultScopes                     []string
	skip, pkce, resource                      bool
	openID                                    openIDFlags
}

func (f *appFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "name", "", "name that people read on the consent page")
	flags.StringArrayVar(&f.redirects, "redirect-uri", nil, "redirect URI (repeatable)")
	flags.StringArrayVar(&f.logouts, "post-logout-redirect-uri", nil, "redirect URI after log-out (repeatable)")
	flags.StringArrayVar(&f.origins, "origin", nil, "web origin that may call the token endpoint (repeatable)")
	flags.StringArrayVar(&f.grants, "grant", nil, "grant type: authorization_code (code), refresh_token (refresh), client_credentials (repeatable)")
	flags.StringArrayVar(&f.scopes, "scope", nil, "scope that the application may have (repeatable; none means all)")
	flags.StringArrayVar(&f.defaultScopes, "default-scope", nil, "scope given when a request names none (repeatable)")
	flags.StringVar(&f.format, "token-format", "", "access tokens: opaque or jwt")
	flags.StringVar(&f.owner, "owner", "", "username of who looks after it")
	flags.StringVar(&f.logo, "logo", "", "address of a logo")
	flags.StringVar(&f.homepage, "homepage", "", "address of the homepage")
	flags.BoolVar(&f.skip, "skip-authorization", false, "do not ask people: only for applications of your own")
	flags.BoolVar(&f.pkce, "require-pkce", false, "require PKCE always")
	f.openID.add(flags)
	flags.BoolVar(&f.resource, "resource-server", false, "is an API: may introspect the tokens of all applications")
}

// apply takes over those flags that were given.
func (f *appFlags) apply(ctx context.Context, flags *pflag.FlagSet, store *sqlstore.Store, client *oauth.Client) error {
	for name, set := range map[string]func(){
		"name":                     func() { client.Name = f.name },
		"redirect-uri":             func() { client.RedirectURIs = f.redirects },
		"post-logout-redirect-uri": func() { client.PostLogoutRedirectURIs = f.logouts },
		"origin":                   func() { client.AllowedOrigins = f.origins },
		"grant":                    func() { client.GrantTypes = grantTypes(f.grants) },
		"scope":                    func() { client.Scopes = split(f.scopes) },
		"default-scope":            func() { client.DefaultScopes = split(f.defaultScopes) },
		"token-format":             func() { client.AccessTokenFormat = oauth.TokenFormat(f.format) },
		"logo":                     func() { client.LogoURL = f.logo },
		"homepage":                 func() { client.HomepageURL = f.homepage },
		"skip-authorization":       func() { client.SkipAuthorization = f.skip },
		"require-pkce":             func() { client.RequirePKCE = f.pkce },
		"resource-server":          func() { client.ResourceServer = f.resource },
	} {
		if flags.Changed(name) {
			set()
		}
	}
	if err := f.openID.apply(flags, client); err != nil {
		return err
	}
	if !flags.Changed("owner") || f.owner == "" {
		return nil
	}
	u, err := findUser(ctx, store, f.owner)
	if err != nil {
		return err
	}
	client.OwnerID = u.ID
	return nil
}

// split lets several scopes stand in one flag, with blanks.
func split(values []string) oauth.Scopes { return strings.Fields(strings.Join(values, " ")) }

// grantTypes knows the short names too.
func grantTypes(names []string) []string {
	short := map[string]string{"code": oauth.GrantAuthorizationCode, "refresh": oauth.GrantRefreshToken, "client": oauth.GrantClientCredentials}
	var types []string
	for _, name := range strings.Fields(strings.ReplaceAll(strings.Join(names, " "), "-", "_")) {
		if full, ok := short[name]; ok {
			name = full
		}
		types = append(types, name)
	}
	return types
}

func (c *command) appAdd() *cobra.Command {
	var (
		f           appFlags
		id          string
		secretStdin bool
	)
	cmd := &cobra.Command{Use: "add --name NAME [--redirect-uri URI …]", Short: "Add an application and print its credentials once", Args: flagsOnly}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&f.kind, "type", "confidential", "confidential or public")
	cmd.Flags().StringVar(&id, "client-id", "", "client id that exists already (default: a new one)")
	cmd.Flags().BoolVar(&secretStdin, "client-secret-stdin", false, "read a client secret that exists already from standard input")
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) error {
		now := time.Now()
		client := &oauth.Client{ID: id, Type: oauth.ClientType(f.kind), CreatedAt: now, UpdatedAt: now}
		if id == "" {
			client.ID = oauth.NewClientID()
		}
		switch {
		case len(f.grants) > 0:
		case len(f.redirects) > 0:
			client.GrantTypes = []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
		case !f.resource:
			client.GrantTypes = []string{oauth.GrantClientCredentials}
		}
		secret, shown, err := c.credentials(client, secretStdin)
		if err != nil {
			return err
		}
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			if err := f.apply(cmd.Context(), cmd.Flags(), store, client); err != nil {
				return err
			}
			if client.NeedsReadableSecret() && secret != "" {
				if err := c.keep(cmd.Context(), store, client, secret); err != nil {
					return err
				}
			}
			if err := c.validate(cmd.Context(), nil, client); err != nil {
				return err
			}
			err := store.CreateClient(cmd.Context(), client)
			if errors.Is(err, oauth.ErrConflict) {
				return fmt.Errorf("there is an application with the client id %q already", client.ID)
			}
			if err != nil {
				return err
			}
			answer := answerApp(client, shown)
			return c.answer(answer, answer.print)
		})
	})
	return c.answers(cmd)
}

// validate holds an application to the rules, and asks its sector for the
// redirect URIs. before is what it was, or nil.
func (c *command) validate(ctx context.Context, before, client *oauth.Client) error {
	if faults := provider.ValidateClient(client, c.config.AllScopes()); len(faults) > 0 {
		return faults
	}
	authorities, err := c.config.outboundAuthorities()
	if err != nil {
		return err
	}
	ask := outbound.New(outbound.Options{InsecureNetworks: c.config.InsecureOutboundNetworks, Authorities: authorities})
	if faults := provider.CheckSector(ctx, ask, before, client); len(faults) > 0 {
		return faults
	}
	return nil
}

// keep keeps the newest secret of an application readable, for HS256.
func (c *command) keep(ctx context.Context, store *sqlstore.Store, client *oauth.Client, secret string) error {
	master, err := c.masterKey(ctx, store)
	if err != nil {
		return err
	}
	return provider.NewSecretKeeper(master).Keep(client, secret)
}

// credentials gives a confidential application its secret, and what is to be
// shown of it: the secret, if it was just made.
func (c *command) credentials(client *oauth.Client, fromStdin bool) (secret, shown string, err error) {
	if client.Type != oauth.Confidential {
		if fromStdin {
			return "", "", usage{"a public application has no secret: leave --client-secret-stdin away"}
		}
		return "", "", nil
	}
	if !fromStdin {
		secret = client.RotateSecret(client.CreatedAt, 0)
		return secret, secret, nil
	}
	if secret, err = c.secretLine("client secret"); err != nil {
		return "", "", err
	}
	kept, err := oauth.ImportClientSecret(secret, client.CreatedAt)
	client.Secrets = []oauth.ClientSecret{kept}
	return secret, "", err
}

func (c *command) appList() *cobra.Command {
	var search string
	cmd := &cobra.Command{Use: "list", Short: "List applications", Args: flagsOnly}
	cmd.Flags().StringVar(&search, "search", "", "only those whose name, client id or owner holds this")
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) error {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			answers := []appAnswer{}
			err := eachClient(cmd.Context(), store, search, func(client *oauth.Client) { answers = append(answers, answerApp(client, "")) })
			if err != nil {
				return err
			}
			return c.answer(answers, func(w io.Writer) {
				field(w, "CLIENT ID", "NAME", "TYPE", "GRANT TYPES", "DISABLED")
				for _, a := range answers {
					field(w, a.ClientID, a.Name, a.Type, strings.Join(a.GrantTypes, ","), a.Disabled)
				}
			})
		})
	})
	return c.answers(cmd)
}

// eachClient goes through all applications, a page at a time.
func eachClient(ctx context.Context, store oauth.AdminStore, search string, do func(*oauth.Client)) error {
	for after := ""; ; {
		clients, cursor, err := store.Clients(ctx, oauth.ClientFilter{Search: search}, paging.Page{Limit: 500, After: after})
		if err != nil {
			return err
		}
		for _, client := range clients {
			do(client)
		}
		if after = cursor.Next; after == "" {
			return nil
		}
	}
}

// appChange is a command that finds an application, changes it, and prints it.
func (c *command) appChange(cmd *cobra.Command, change func(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client) (secret string, err error)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = c.does(func(cmd *cobra.Command, args []string) error {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			client, err := findClient(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			secret, err := change(cmd, store, client)
			if err != nil {
				return err
			}
			answer := answerApp(client, secret)
			return c.answer(answer, answer.print)
		})
	})
	return c.answers(cmd)
}

func findClient(ctx context.Context, store *sqlstore.Store, id string) (*oauth.Client, error) {
	client, err := store.Client(ctx, id)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, fmt.Errorf("there is no application with the client id %q; see: latchkey app list", id)
	}
	return client, err
}

func save(ctx context.Context, store *sqlstore.Store, client *oauth.Client) error {
	client.UpdatedAt = time.Now()
	return store.UpdateClient(ctx, client)
}

func (c *command) appShow() *cobra.Command {
	return c.appChange(&cobra.Command{Use: "show CLIENT_ID", Short: "Show an application"},
		func(*cobra.Command, *sqlstore.Store, *oauth.Client) (string, error) { return "", nil })
}

func (c *command) appEdit() *cobra.Command {
	f := new(appFlags)
	cmd := &cobra.Command{Use: "edit CLIENT_ID", Short: "Change what the flags name; a list is replaced as a whole"}
	f.add(cmd.Flags())
	return c.appChange(cmd, func(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client) (string, error) {
		before := *client
		if err := f.apply(cmd.Context(), cmd.Flags(), store, client); err != nil {
			return "", err
		}
		if err := c.validate(cmd.Context(), &before, client); err != nil {
			return "", err
		}
		if !client.NeedsReadableSecret() {
			client.DropReadableSecrets()
		}
		return "", save(cmd.Context(), store, client)
	})
}

func (c *command) appRotate() *cobra.Command {
	var (
		overlap  time.Duration
		readable bool
	)
	cmd := &cobra.Command{Use: "rotate-secret CLIENT_ID", Short: "Make a new secret and print it once"}
	cmd.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "how long the old secrets go on")
	cmd.Flags().BoolVar(&readable, "readable", false, "keep it encrypted, not hashed, so that it can sign ID tokens with HS256")
	return c.appChange(cmd, func(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client) (string, error) {
		if client.Type != oauth.Confidential {
			return "", errors.New("a public application has no secret")
		}
		secret := client.RotateSecret(time.Now(), overlap)
		if readable || client.NeedsReadableSecret() {
			if err := c.keep(cmd.Context(), store, client, secret); err != nil {
				return "", err
			}
		}
		return secret, save(cmd.Context(), store, client)
	})
}

func (c *command) appSwitch(use, short string, disabled bool) *cobra.Command {
	return c.appChange(&cobra.Command{Use: use + " CLIENT_ID", Short: short},
		func(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client) (string, error) {
			client.Disabled = disabled
			return "", save(cmd.Context(), store, client)
		})
}

func (c *command) appDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{Use: "delete CLIENT_ID --yes", Short: "Delete an application with all that hangs on it"}
	cmd.Flags().BoolVar(&yes, "yes", false, "really delete")
	return c.appChange(cmd, func(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client) (string, error) {
		if !yes {
			usage, err := store.ClientUsage(cmd.Context(), client.ID, time.Now())
			if err != nil {
				return "", err
			}
			return "", fmt.Errorf("with %s go %d permissions of people, %d access tokens and %d consents; add --yes to delete it",
				client.Name, usage.Families, usage.AccessTokens, usage.Consents)
		}
		return "", store.DeleteClient(cmd.Context(), client.ID)
	})
}
