package main

import (
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

// key is the commands for signing keys.
func (c *command) key() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "Look after the keys that sign tokens", Args: cobra.NoArgs, RunE: needsCommand}
	cmd.AddCommand(c.keyList(), c.keyShow(), c.keyRotate(), c.keyRetire(), c.keyImport())
	return cmd
}

// keyAnswer is a key in JSON.
type keyAnswer struct {
	ID        string          `json:"kid"`
	Alg       string          `json:"alg"`
	State     oauth.KeyState  `json:"state"`
	CreatedAt time.Time       `json:"created_at"`
	ActiveAt  time.Time       `json:"active_at"`
	RetiredAt time.Time       `json:"retired_at,omitzero"`
	ExpiresAt time.Time       `json:"expires_at,omitzero"`
	Public    json.RawMessage `json:"public"`
}

func answerKey(k oauth.SigningKey) keyAnswer {
	return keyAnswer{k.ID, k.Alg, k.State(time.Now()), k.CreatedAt, k.ActiveAt, k.RetiredAt, k.ExpiresAt, json.RawMessage(k.Public)}
}

func (k keyAnswer) print(w io.Writer) {
	field(w, "Key id:", k.ID)
	field(w, "Algorithm:", k.Alg)
	field(w, "State:", k.State)
	field(w, "Created:", day(k.CreatedAt))
	field(w, "Signs from:", day(k.ActiveAt))
	field(w, "Signs until:", day(k.RetiredAt))
	field(w, "Published until:", day(k.ExpiresAt))
}

// withKeys runs a command on the keys, as the server would see them.
func (c *command) withKeys(ctx context.Context, run func(*provider.Provider) error) error {
	return c.withStore(ctx, func(store *sqlstore.Store) error {
		master, err := c.masterKey(ctx, store)
		if err != nil {
			return err
		}
		// The issuer stands in no key.
		server, err := provider.New(ctx, provider.Config{Issuer: "http://localhost", Store: store, MasterKey: master})
		if err != nil {
			return err
		}
		return run(server)
	})
}

func (c *command) keyList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the keys, oldest first", Args: flagsOnly}
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) error {
		return c.withKeys(cmd.Context(), func(server *provider.Provider) error {
			keys, err := server.SigningKeys(cmd.Context())
			if err != nil {
				return err
			}
			answers := []keyAnswer{}
			for _, k := range keys {
				answers = append(answers, answerKey(k))
			}
			return c.answer(answers, func(w io.Writer) {
				field(w, "KEY ID", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL")
				for _, a := range answers {
					field(w, a.ID, a.Alg, a.State, day(a.ActiveAt), day(a.RetiredAt), day(a.ExpiresAt))
				}
			})
		})
	})
	return c.answers(cmd)
}

func (c *command) keyShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show KID", Short: "Show a key; with --json its public half too", Args: cobra.ExactArgs(1)}
	cmd.RunE = c.does(func(cmd *cobra.Command, args []string) error {
		return c.withKeys(cmd.Context(), func(server *provider.Provider) error {
			answer, err := findKey(cmd.Context(), server, args[0])
			if err != nil {
				return err
			}
			return c.answer(answer, answer.print)
		})
	})
	return c.answers(cmd)
}

func findKey(ctx context.Context, server *provider.Provider, id string) (keyAnswer, error) {
	keys, err := server.SigningKeys(ctx)
	if err != nil {
		return keyAnswer{}, err
	}
	i := slices.IndexFunc(keys, func(k oauth.SigningKey) bool { return k.ID == id })
	if i < 0 {
		return keyAnswer{}, fmt.Errorf("there is no key with the id %q; see: latchkey key list", id)
	}
	return answerKey(keys[i]), nil
}

func (c *command) keyRotate() *cobra.Command {
	var (
		alg string
		now bool
	)
	cmd := &cobra.Command{
		Use: "rotate", Short: "Make a new key that takes over in an hour", Args: flagsOnly,
		Long: `Make a new key. It is published at once and takes over in an hour, when every
client has seen it. With --now it takes over in two seconds: clients that keep the old
set of keys cannot check new tokens until they fetch it again, at most five
minutes later if they follow the cache headers.`,
	}
	cmd.Flags().StringVar(&alg, "alg", oauth.AlgES256, "algorithm: "+strings.Join(oauth.SigningAlgorithms(), ", "))
	cmd.Flags().BoolVar(&now, "now", false, "sign with it in two seconds, not in an hour")
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) error {
		return c.withKeys(cmd.Context(), func(server *provider.Provider) error {
			key, err := server.RotateKey(cmd.Context(), alg, now)
			return c.answerNewKey(key, err)
		})
	})
	return c.answers(cmd)
}

func (c *command) answerNewKey(key oauth.SigningKey, err error) error {
	if errors.Is(err, oauth.ErrConflict) {
		return errors.New("a new key is waiting already, or was made in this moment; see: latchkey key list")
	}
	if err != nil {
		return err
	}
	answer := answerKey(key)
	return c.answer(answer, answer.print)
}

func (c *command) keyRetire() *cobra.Command {
	var distrust bool
	cmd := &cobra.Command{
		Use: "retire KID", Short: "End the signing of a key at once", Args: cobra.ExactArgs(1),
		Long: `End the signing of a key at once; another takes over, a new one if need be.
What it signed stays good until it expires. With --distrust nothing does: the
key leaves the published set, as befits one that was stolen.`,
	}
	cmd.Flags().BoolVar(&distrust, "distrust", false, "what it signed is no longer good either")
	cmd.RunE = c.does(func(cmd *cobra.Command, args []string) error {
		return c.withKeys(cmd.Context(), func(server *provider.Provider) error {
			if _, err := findKey(cmd.Context(), server, args[0]); err != nil {
				return err
			}
			if err := server.RetireKey(cmd.Context(), args[0], distrust); err != nil {
				return err
			}
			answer, err := findKey(cmd.Context(), server, args[0])
			if err != nil {
				return err
			}
			return c.answer(answer, answer.print)
		})
	})
	return c.answers(cmd)
}

func (c *command) keyImport() *cobra.Command {
	var (
		alg string
		now bool
	)
	cmd := &cobra.Command{Use: "import FILE", Short: "Add a private key made elsewhere, in PEM or as a JWK; - is standard input", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&alg, "alg", oauth.AlgES256, "algorithm: "+strings.Join(oauth.SigningAlgorithms(), ", "))
	cmd.Flags().BoolVar(&now, "now", false, "sign with it in two seconds, not in an hour")
	cmd.RunE = c.does(func(cmd *cobra.Command, args []string) error {
		text, err := c.readFile(args[0])
		if err != nil {
			return err
		}
		private, err := parsePrivateKey(text)
		if err != nil {
			return err
		}
		return c.withKeys(cmd.Context(), func(server *provider.Provider) error {
			key, err := server.ImportKey(cmd.Context(), alg, private, now)
			return c.answerNewKey(key, err)
		})
	})
	return c.answers(cmd)
}

func (c *command) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(c.in, 64<<10))
	}
	return os.ReadFile(name) //nolint:gosec // the administrator names it
}

// parsePrivateKey reads PEM (PKCS #8, PKCS #1, SEC 1) or a JWK. Its errors
// never quote the text.
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
		return nil, errors.New("the PEM block is no private key that is not encrypted")
	}
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(text, &jwk); err != nil || !jwk.Valid() || jwk.IsPublic() {
		return nil, errors.New("this is neither PEM nor a JWK with a private key")
	}
	return jwk.Key, nil
}
