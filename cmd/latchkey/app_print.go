package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// appOutput is an application in JSON.
type appOutput struct {
	*oauth.Client
	// Secrets are set only by the commands that show them.
	Secrets []appSecret `json:"secrets,omitempty"`
	// ClientSecret is set only if it was just generated.
	ClientSecret string `json:"client_secret,omitempty"`
	// UsedAt is the last use, to the hour. Only app list sets it.
	UsedAt time.Time `json:"used_at,omitzero"`
}

// newAppOutput returns the output for a client. Lists that a client always has,
// and the algorithm of its ID tokens, are never omitted: RFC 7591 §2 and OpenID
// Connect Registration §2 have defaults for them.
func newAppOutput(client *oauth.Client, secret string) appOutput {
	shown := *client
	if shown.GrantTypes == nil {
		shown.GrantTypes = []string{}
	}
	if shown.IDTokenAlg == "" && len(shown.RedirectURIs) > 0 {
		shown.IDTokenAlg = oauth.DefaultIDTokenAlg
	}
	if shown.RedirectURIs == nil {
		shown.RedirectURIs = []string{}
	}
	return appOutput{Client: &shown, ClientSecret: secret}
}

// printChanged prints an application after a change with the error err. A generated secret is
// printed in any case: it replaces another one, and cannot be read again.
func (c *command) printChanged(cmd *cobra.Command, in administration, client *oauth.Client, secret string, err error) error {
	if err != nil && secret == "" {
		return err
	}
	failed := c.printApp(cmd, in, client, secret)
	return cmp.Or(err, failed)
}

// printSwitched prints what the commands that disable, delete or restore an application have done, and what
// remains valid or what to do next.
func (c *command) printSwitched(w io.Writer, cmd *cobra.Command, client *oauth.Client) {
	given := func(flag string) bool {
		value, err := cmd.Flags().GetBool(flag)
		return err == nil && value
	}
	switch name := fmt.Sprintf("%s (%s)", client.Name, client.ID); {
	case cmd.Name() == "delete" && given("permanently"):
		row(w, "Deleted "+name+" with its tokens and consents. It cannot be restored.")
	case cmd.Name() == "delete":
		row(w, c.suggest("Deleted "+name+" with its tokens and consents. Within seven days, you can restore it: latchkey app restore "+client.ID))
	case cmd.Name() == "disable" && given("keep-tokens"):
		row(w, "Disabled "+name+". Its tokens become valid again when it is enabled.")
	case cmd.Name() == "disable":
		row(w, "Disabled "+name+", and revoked its tokens.")
	case cmd.Name() == "restore":
		row(w, c.suggest("Restored "+name+". It is disabled. To enable it: latchkey app enable "+client.ID))
		row(w)
		return
	default:
		return
	}
	printJWTs(w)
	row(w)
}

// printApp prints an application as JSON or for people. app show prints fields
// without a value too. With a secret, an error is returned only after it was printed.
func (c *command) printApp(cmd *cobra.Command, in administration, client *oauth.Client, secret string) (err error) {
	names := make(map[string]string) // of accounts, by their ids
	for _, id := range append([]string{client.OwnerID, client.ServiceUserID}, client.CoOwnerIDs...) {
		if err == nil {
			names[id], err = in.Username(cmd.Context(), id)
		}
	}
	issuer := ""
	if err == nil {
		issuer, err = in.Issuer(cmd.Context())
	}
	issuer = cmp.Or(issuer, unknownIssuer)
	claims := clientfields.KnownClaims
	if err == nil {
		claims, err = in.PersonClaims(cmd.Context())
	}
	all, rotated := cmd.Name() == "show", cmd.Name() == "rotate-secret"
	output := newAppOutput(client, secret)
	if err == nil && (all || rotated) {
		output.Secrets, err = validSecrets(cmd.Context(), in, client)
	}
	if err != nil && secret == "" {
		return err
	}
	printed := c.print(output, func(w io.Writer) {
		if c.printSwitched(w, cmd, client); cmd.Name() == "delete" {
			return
		}
		for _, f := range clientfields.All() {
			if unchanged(f.Name, client) {
				continue
			}
			text := strings.Join(f.Shown(client), ", ")
			if f.Kind == clientfields.Account || f.Kind == clientfields.Accounts {
				var people []string
				for _, id := range f.Get(client) {
					people = append(people, cmp.Or(names[id], id))
				}
				text = strings.Join(people, ", ")
			}
			if text == "" && all {
				text = unset(f)
			}
			if f.Kind == clientfields.List && f.Choices == nil && len(f.Get(client)) > 1 { // a URI can contain a comma
				label := f.Label + ":"
				for _, value := range f.Get(client) {
					row(w, label, readable(value))
					label = ""
				}
				continue
			}
			if text != "" {
				row(w, f.Label+":", readable(text))
			}
			if f.Name == "client_id" && secret != "" {
				row(w, "Client secret:", secret)
			}
		}
		printSecrets(w, output.Secrets)
		if secret != "" {
			row(w, "Store the secret now. It is not shown again.")
		}
		if rotated && err == nil {
			c.printEarlier(w, client, output.Secrets)
		}
		if all || cmd.Name() == "add" {
			row(w)
			row(w, "Settings for the application:")
			for _, s := range clientfields.Settings(issuer, client, claims) {
				row(w, s.Label.String()+":", s.Value.String())
			}
			if issuer == unknownIssuer && err == nil {
				row(w)
				row(w, unknownIssuer+" is the issuer of the server, such as https://id.example.com/o.")
			}
		}
	})
	if issuer == unknownIssuer && err == nil && (all || cmd.Name() == "add") {
		database, _ := c.config.database() // it was opened
		c.noteUnused("The database is " + database + ".")
	}
	return cmp.Or(printed, err)
}

// unchanged reports whether the field says that something has happened which has not:
// a new application is stored with a RevokedBefore just before its creation.
func unchanged(name string, client *oauth.Client) bool {
	switch name {
	case "revoked_before":
		return !client.RevokedBefore.After(client.CreatedAt)
	case "credential_generation":
		return client.SecretGeneration == 0
	}
	return false
}

// readable adds the host name of a URI as people write it.
func readable(text string) string {
	if uri := clientfields.Readable(text); uri != "" {
		return text + " (" + uri + ")"
	}
	return text
}

// unknownIssuer is printed in place of an issuer that is not known.
const unknownIssuer = "ISSUER"

// unset returns the text that is printed for an empty field.
func unset(f clientfields.Field) string {
	switch {
	case f.Kind == clientfields.Switch:
		return "no"
	case f.Default != "":
		return "(" + f.Default + ")"
	}
	return "-"
}

func (c *command) appList() *cobra.Command {
	var search string
	var deleted bool
	cmd := &cobra.Command{Use: "list", Short: "List applications", Args: flagsOnly}
	cmd.Flags().StringVar(&search, "search", "", "list only applications whose name, client ID or owner contains this text")
	cmd.Flags().BoolVar(&deleted, "deleted", false, "list deleted applications that can be restored, instead of the existing ones")
	exclude(cmd, "search", "deleted")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			if deleted {
				return c.listDeleted(cmd.Context(), in)
			}
			answers := []appOutput{}
			err := in.EachApplication(cmd.Context(), search, func(client *oauth.Client, usedAt time.Time) {
				shown := newAppOutput(client, "")
				shown.UsedAt = usedAt
				answers = append(answers, shown)
			})
			if err != nil {
				return err
			}
			return c.print(answers, func(w io.Writer) {
				row(w, "CLIENT ID", "NAME", "TYPE", "GRANT TYPES", "DISABLED", "LAST USED")
				for _, a := range answers {
					row(w, a.ID, a.Name, a.Type, strings.Join(clientfields.GrantNames(a.GrantTypes), ","), a.Disabled, formatTime(a.UsedAt))
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// listDeleted prints the applications that can be restored.
func (c *command) listDeleted(ctx context.Context, in administration) error {
	deleted, err := in.DeletedApplications(ctx)
	if err != nil {
		return err
	}
	return c.print(append([]deletedApplication{}, deleted...), func(w io.Writer) {
		row(w, "CLIENT ID", "NAME", "DELETED", "RESTORABLE UNTIL")
		for _, d := range deleted {
			row(w, d.ClientID, printable(d.ClientName), formatTime(d.DeletedAt), formatTime(d.ExpiresAt))
		}
	})
}

// eachClient calls do for every application, and reads a page at a time.
func eachClient(ctx context.Context, store oauth.AdminStore, search string, do func(*oauth.Client)) error {
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		clients, cursor, err := store.Clients(ctx, oauth.ClientFilter{Search: search}, p)
		for _, client := range clients {
			do(client)
		}
		return cursor, err
	})
}
