package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// readSecret reads the secret of a new application from standard input.
func (c *command) readSecret(client *oauth.Client) (string, error) {
	if client.Type != oauth.Confidential {
		return "", usageError{"a public application has no secret: omit --client-secret-stdin"}
	}
	return c.secretLine("client secret")
}

// firstSecret adds the first secret to a new application that needs one. If the given secret is
// empty, it generates one. It returns the secret, and whether it was generated.
func (c *command) firstSecret(client *oauth.Client, existing string) (text, generated string, err error) {
	if existing == "" {
		if client.NeedsSecret() {
			generated = client.RotateSecret(client.CreatedAt, 0)
		}
		return generated, generated, nil
	}
	imported, err := oauth.ImportClientSecret(existing, client.CreatedAt)
	client.Secrets = []oauth.ClientSecret{imported}
	if _, known := oauth.ParseToken(existing, oauth.KindClientSecret); !known {
		c.warnOfSecret(client, len(existing))
	}
	return existing, "", err
}

// warnOfSecret warns that a secret which a person chose is weaker than a generated
// one.
func (c *command) warnOfSecret(client *oauth.Client, length int) {
	why := "was chosen by a person"
	if length < oauth.ShortClientSecret {
		why = fmt.Sprintf("has only %d characters and can be guessed", length)
	}
	c.warn("the secret %s. Replace it soon: latchkey app rotate-secret %s", why, client.ID)
}

// keepReadable stores the newest secret of an application in readable form too,
// for HS256 and client_secret_jwt.
func (c *command) keepReadable(ctx context.Context, store *sqlstore.Store, client *oauth.Client, text string) error {
	server, err := c.openKeys(ctx, store)
	if err != nil {
		return err
	}
	return server.SecretKeeper().Keep(client, text)
}

// appSecret describes a secret of an application, without the secret itself.
type appSecret struct {
	ID        string    `json:"id"`
	End       string    `json:"end,omitempty"` // the last characters of a generated secret
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at,omitzero"` // the last use, to the hour
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// validSecrets returns the secrets that have not expired.
func validSecrets(ctx context.Context, in administration, client *oauth.Client) ([]appSecret, error) {
	all, err := in.Secrets(ctx, client)
	return slices.DeleteFunc(all, func(s appSecret) bool { return oauth.ClientSecret{ExpiresAt: s.ExpiresAt}.Expired(time.Now()) }), err
}

// printSecrets prints a row for each secret.
func printSecrets(w io.Writer, secrets []appSecret) {
	label := "Secrets:"
	for _, s := range secrets {
		end, until := "chosen by a person", "no end date"
		if s.End != "" {
			end = "…" + s.End
		}
		if !s.ExpiresAt.IsZero() {
			until = "valid until " + formatTime(s.ExpiresAt)
		}
		row(w, label, fmt.Sprintf("%s, created %s, last used %s, %s", end, formatTime(s.CreatedAt), formatTime(s.UsedAt), until))
		label = ""
	}
}

// printEarlier prints until when the secrets from before a rotation are valid.
func (c *command) printEarlier(w io.Writer, client *oauth.Client, secrets []appSecret) {
	earlier, last := 0, time.Time{}
	for _, s := range secrets {
		if !s.ExpiresAt.IsZero() {
			earlier++
		}
		if s.ExpiresAt.After(last) {
			last = s.ExpiresAt
		}
	}
	switch earlier {
	case 0:
		row(w, "Earlier secrets are no longer valid.")
		return
	case 1:
		row(w, "The earlier secret is valid until "+formatTime(last)+" UTC.")
	default:
		row(w, fmt.Sprintf("The %d earlier secrets are valid until %s UTC.", earlier, formatTime(last)))
	}
	row(w, c.suggest("To revoke all these secrets now and get another new one: latchkey app rotate-secret "+client.ID+" --overlap 0s"))
}

func (c *command) appRotate() *cobra.Command {
	var (
		overlap  time.Duration
		readable bool
	)
	cmd := &cobra.Command{Use: "rotate-secret CLIENT_ID", Short: "Add a new client secret and print it once", Long: `Add a new client secret and print it once.

The earlier secrets remain valid for the time of --overlap, so that the application can
change to the new one. If a secret has leaked, use --overlap 0s. latchkey app show lists
the valid secrets.`}
	durationVar(cmd.Flags(), &overlap, "overlap", 24*time.Hour, "how long the old secrets remain valid")
	cmd.Flags().BoolVar(&readable, "readable", false, "store the new secret encrypted instead of hashed, as HS256 and client_secret_jwt require")
	return c.addJSONFlag(c.appCommand(cmd, func(cmd *cobra.Command, in administration, client *oauth.Client) (string, error) {
		if client.Type != oauth.Confidential {
			return "", errors.New("a public application has no secret")
		}
		if err := oauth.CheckSecretOverlap(overlap); err != nil {
			return "", usageError{"--overlap: " + err.Error()}
		}
		text, err := in.RotateSecret(cmd.Context(), client, overlap, readable)
		if text != "" && !client.UsesSecret() {
			c.warn("the application authenticates with %s, so the server rejects this secret until its token_endpoint_auth_method is changed.", client.AuthMethod)
		}
		return text, err
	}))
}
