package main

import (
	"context"
	"errors"
	"fmt"
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

func (c *command) appRotate() *cobra.Command {
	var (
		overlap  time.Duration
		readable bool
	)
	cmd := &cobra.Command{Use: "rotate-secret CLIENT_ID", Short: "Add a new client secret and print it once"}
	durationVar(cmd.Flags(), &overlap, "overlap", 24*time.Hour, "how long the old secrets remain valid")
	cmd.Flags().BoolVar(&readable, "readable", false, "store the new secret encrypted instead of hashed, as HS256 and client_secret_jwt require")
	return c.addJSONFlag(c.appCommand(cmd, func(cmd *cobra.Command, in administration, client *oauth.Client) (string, error) {
		if err := c.unavailable(cmd, "readable"); err != nil {
			return "", err
		}
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
