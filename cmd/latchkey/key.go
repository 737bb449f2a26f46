package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// key returns the commands for signing keys.
func (c *command) key() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "Manage the keys that sign tokens", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.keyList(), c.keyShow(), c.keyRotate(), c.keyRetire(), c.keyImport())
	return cmd
}

// keyOutput is the JSON form of a key.
type keyOutput struct {
	ID        string          `json:"kid"`
	Alg       string          `json:"alg"`
	State     oauth.KeyState  `json:"state"`
	CreatedAt time.Time       `json:"created_at"`
	ActiveAt  time.Time       `json:"active_at"`
	RetiredAt time.Time       `json:"retired_at,omitzero"`
	ExpiresAt time.Time       `json:"expires_at,omitzero"`
	RotatesAt time.Time       `json:"rotates_at,omitzero"` // when the next key replaces it, if it has no end yet
	Public    json.RawMessage `json:"public"`
}

func newKeyOutput(server *provider.Provider, k oauth.SigningKey) keyOutput {
	return keyOutput{k.ID, k.Alg, k.State(time.Now()), k.CreatedAt, k.ActiveAt, k.RetiredAt, k.ExpiresAt, server.Rotation(&k), json.RawMessage(k.Public)}
}

// times returns when the key signs, and until when it is published, in words.
func (k keyOutput) times() (from, until, published string) {
	from, until, published = formatTime(k.ActiveAt), formatTime(k.RetiredAt), formatTime(k.ExpiresAt)
	switch {
	case !k.RetiredAt.IsZero() && !k.RetiredAt.After(k.ActiveAt): // another key replaced it before it was active
		from, until = "never", "never"
	case !k.RetiredAt.IsZero():
	case k.RotatesAt.IsZero():
		until, published = "rotated by hand", "31 days later"
	default:
		until, published = formatTime(k.RotatesAt)+" (rotation)", "31 days later"
	}
	return from, until, published
}

func (k keyOutput) print(w io.Writer) {
	from, until, published := k.times()
	row(w, "Key ID:", k.ID)
	row(w, "Algorithm:", k.Alg)
	row(w, "State:", k.State)
	row(w, "Created:", formatTime(k.CreatedAt))
	row(w, "Signs from:", from)
	row(w, "Signs until:", until)
	row(w, "Published until:", published)
}

// withKeysOf calls run with the database, and with a provider that has its keys.
func (c *command) withKeysOf(ctx context.Context, run func(*provider.Provider, *sqlstore.Store) error) error {
	return c.withStore(ctx, func(store *sqlstore.Store) error {
		server, err := c.openKeys(ctx, store)
		if err != nil {
			return err
		}
		return run(server, store)
	})
}

// openKeys returns a provider that has the keys of the database. Everything that a command
// seals, it seals with this provider, so that a master key that is not that of the database
// is an error. A database without keys gets the first one.
func (c *command) openKeys(ctx context.Context, store *sqlstore.Store) (*provider.Provider, error) {
	master, err := c.masterKey(ctx, store)
	if err != nil {
		return nil, err
	}
	keys, err := store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if err := provider.CheckMasterKey(master, keys, time.Now()); err != nil {
		return nil, fmt.Errorf("the master key in %s does not belong to this database: %w. %s", c.masterKeySource(), err, keyOfProgram)
	}
	// The keys do not depend on the issuer.
	config := provider.Config{Issuer: "http://localhost", Store: store, MasterKey: encodeMasterKey(master)}
	config.KeyRotation = c.config.KeyRotation // when the keys are rotated, for key list
	return provider.New(ctx, config)
}

func (c *command) keyList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the keys, oldest first", Args: flagsOnly}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			outputs, err := in.Keys(cmd.Context())
			if err != nil {
				return err
			}
			return c.print(outputs, func(w io.Writer) {
				row(w, "KEY ID", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL")
				for _, a := range outputs {
					from, until, published := a.times()
					row(w, a.ID, a.Alg, a.State, from, until, published)
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) keyShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show KID", Short: "Show a key; --json also prints its public part", Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			output, err := findKey(cmd.Context(), in, args[0])
			if err != nil {
				return err
			}
			return c.print(output, output.print)
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func findKey(ctx context.Context, in administration, id string) (keyOutput, error) {
	all, err := in.Keys(ctx)
	if err != nil {
		return keyOutput{}, err
	}
	i := slices.IndexFunc(all, func(k keyOutput) bool { return k.ID == id })
	if i < 0 {
		return keyOutput{}, fmt.Errorf("there is no key with the ID %q. List the keys: latchkey key list", id)
	}
	return all[i], nil
}

func (c *command) keyRotate() *cobra.Command {
	var (
		alg string
		now bool
	)
	cmd := &cobra.Command{
		Use: "rotate", Short: "Generate a key that replaces the current one in an hour", Args: flagsOnly,
		Long: `Generate a key. It is published at once and starts to sign tokens an hour later,
so that every client can fetch it first.

With --now, it starts to sign after two seconds. Clients that have cached the
old key set cannot verify new tokens until they fetch the key set again. A
client that follows the cache headers does so within five minutes.

Without --alg, the command replaces the key that signs the tokens of the
applications. If they use several algorithms, it replaces the key for RS256, and
lists the keys that it did not replace. With --server, --alg is required if the
server has keys for several algorithms.`,
	}
	cmd.Flags().StringVar(&alg, "alg", "", "algorithm: "+strings.Join(oauth.SigningAlgorithms(), ", ")+" (default: the one that the applications use; "+oauth.DefaultIDTokenAlg+" if they use several)")
	cmd.Flags().BoolVar(&now, "now", false, "start signing after two seconds instead of an hour")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			chosen, others, err := alg, []string(nil), error(nil)
			if chosen == "" {
				if chosen, others, err = in.KeyAlgorithm(cmd.Context()); err != nil {
					return err
				}
			}
			output, err := in.RotateKey(cmd.Context(), chosen, now)
			if err != nil {
				return err
			}
			if err := c.print(output, output.print); err != nil {
				return err
			}
			for _, other := range others {
				line(c.err, "%s", c.suggest(fmt.Sprintf("The key of %s was not replaced. To replace it: latchkey key rotate --alg %s", other, other)))
			}
			return nil
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) keyRetire() *cobra.Command {
	var distrust, yes bool
	cmd := &cobra.Command{
		Use: "retire KID --yes", Short: "Stop signing with a key", Args: cobra.ExactArgs(1),
		Long: `Stop signing with a key at once. The published key with the same algorithm replaces
it. If there is no published key, a new one is generated.

Tokens that the key has signed stay valid until they expire. With --distrust they
become invalid, because the key is no longer published. Use --distrust for a key
that may have been stolen.`,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm that the key should be retired")
	cmd.Flags().BoolVar(&distrust, "distrust", false, "invalidate the tokens that the key has signed")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			if _, err := findKey(cmd.Context(), in, args[0]); err != nil {
				return err
			}
			if !yes {
				return errors.New("retiring a key cannot be undone. For a planned change, use latchkey key rotate, which clients do not notice. Otherwise, confirm with --yes")
			}
			if err := in.RetireKey(cmd.Context(), args[0], distrust); err != nil {
				return err
			}
			output, err := findKey(cmd.Context(), in, args[0])
			if err != nil {
				return err
			}
			return c.print(output, output.print)
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) keyImport() *cobra.Command {
	var (
		alg string
		now bool
	)
	cmd := &cobra.Command{Use: "import FILE", Short: "Import a private key, in PEM format or as a JWK; - means standard input", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&alg, "alg", "", "algorithm: "+strings.Join(oauth.SigningAlgorithms(), ", ")+" (default: "+oauth.AlgES256+", "+oauth.AlgRS256+" or "+oauth.AlgEdDSA+", depending on the key)")
	cmd.Flags().BoolVar(&now, "now", false, "start signing after two seconds instead of an hour")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		text, err := c.readFile(args[0])
		if err != nil {
			return err
		}
		private, err := parsePrivateKey(text)
		if err != nil {
			return err
		}
		return c.withKeysOf(cmd.Context(), func(server *provider.Provider, store *sqlstore.Store) error {
			key, err := server.ImportKey(cmd.Context(), cmp.Or(alg, algorithmOf(private)), private, now)
			if err != nil {
				return newKeyError(err)
			}
			c.changed(cmd, store, key.ID, nil)
			output := newKeyOutput(server, key)
			return c.print(output, output.print)
		})
	})
	return c.addJSONFlag(cmd)
}

func (c *command) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(c.in, 64<<10))
	}
	return os.ReadFile(name) //nolint:gosec // the administrator names the file
}

// parsePrivateKey parses PEM (PKCS #8, PKCS #1 or SEC 1) or a JWK. Its errors never
// quote the text.
func parsePrivateKey(text []byte) (any, error) {
	if block, _ := pem.Decode(text); block != nil {
		for _, parse := range []func([]byte) (any, error){
			x509.ParsePKCS8PrivateKey,
			func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
			func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
		} {
			if key, err := parse(block.Bytes); err == nil {
				return key, nil
			}
		}
		return nil, errors.New("the PEM block is not an unencrypted private key")
	}
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(text, &jwk); err != nil || !jwk.Valid() || jwk.IsPublic() {
		return nil, errors.New("the input is neither PEM nor a JWK with a private key")
	}
	return jwk.Key, nil
}
