package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// sealing are the commands that read or write something that is encrypted with the master key,
// by their names, with arguments that work. An application "signed" and a login provider
// "acme" exist.
var sealing = map[string][][]string{
	"app add": {
		{"--client-name", "Printer", "--redirect-uri", "http://localhost/cb", "--id-token-alg", "HS256"},
		{"--client-name", "Job", "--token-endpoint-auth-method", "client_secret_jwt"},
	},
	"app rotate-secret":     {{"signed"}, {"plain", "--readable"}},
	"invitation add":        {{"--email", "ada@example.com"}},
	"key import":            {{"../../internal/testkeys/rsa.pem"}},
	"key list":              {{}},
	"key retire":            {{"any"}},
	"key rotate":            {{}, {"--alg", "RS256", "--now"}},
	"key show":              {{"any"}},
	"apply":                 {{"-f", "testdata/apply/sealed.yaml", "--yes"}},
	"diff":                  {{"-f", "testdata/apply/sealed.yaml"}},
	"login-provider add":    {{"other", "issuer=https://127.0.0.1:1", "client_id=latchkey", "--secret-stdin"}},
	"login-provider edit":   {{"acme", "title=Acme", "--secret-stdin"}},
	"login-provider list":   {{}},
	"login-provider remove": {{"acme"}},
	"login-provider show":   {{"acme"}},
	"login-provider test":   {{"acme"}},
	"serve":                 {{"--addr", "localhost:0"}},
}

// notSealing are the commands that encrypt nothing: they store hashes and plain rows, read, or
// use a server. check and audit verify report the wrong key as a finding. demo and mock have
// databases of their own.
var notSealing = strings.FieldsFunc(`
	app delete,app disable,app edit,app enable,app list,app restore,app revoke-registration-token,app show,consent list,consent withdraw,
	audit export,audit list,audit verify,
	bench,check,db backup,db copy,demo,export,group add,group delete,group edit,group list,group members,health,invitation list,invitation withdraw,migrate,mock,
	registration token add,registration token list,registration token revoke,session end,session list,token revoke,
	user add,user delete,user disable,user edit,user enable,user export,user factors list,user import,
	user factors reset,user list,user metadata,user passwd,user show,user use-accounts,version,webhook test`,
	func(r rune) bool { return strings.ContainsRune(",\n\t", r) })

// TestNoCommandSealsWithAMasterKeyThatIsNotThatOfTheDatabase: what it seals could never be
// opened again by the servers of the database.
func TestNoCommandSealsWithAMasterKeyThatIsNotThatOfTheDatabase(t *testing.T) {
	data, wrong := t.TempDir(), t.TempDir()
	db := filepath.Join(data, "latchkey.db")
	run := func(folder string, args ...string) (status int, output string) {
		var out bytes.Buffer
		status = execute(t.Context(), append(args, "--data", folder, "--db", db), streams{strings.NewReader("a secret of 32 characters or more"), &out, &out})
		return status, out.String()
	}
	for _, args := range [][]string{
		{"app", "add", "--client-id", "signed", "--client-name", "Signed", "--redirect-uri", "http://localhost/cb", "--id-token-alg", "HS256"},
		{"app", "add", "--client-id", "plain", "--client-name", "Plain", "--redirect-uri", "http://localhost/cb"},
		{"login-provider", "add", "acme", "issuer=https://127.0.0.1:1", "client_id=latchkey", "--secret-stdin"},
	} {
		if status, out := run(data, args...); status != exitOK {
			t.Fatalf("%v: %s", args, out)
		}
	}
	key := make([]byte, masterKeyLength)
	_, _ = rand.Read(key)
	if err := os.WriteFile(filepath.Join(wrong, "master.key"), []byte(base64.StdEncoding.EncodeToString(key)), 0o600); err != nil {
		t.Fatal(err)
	}
	var names []string
	eachCommand(rootCommand(&command{config: newConfig()}), func(name string, _ *cobra.Command) {
		names = append(names, name)
		calls := sealing[name]
		if (calls != nil) == slices.Contains(notSealing, name) {
			t.Errorf("add the command %q to sealing, or to notSealing", name)
		}
		for _, args := range calls {
			status, out := run(wrong, append(strings.Fields(name), args...)...)
			if status == exitOK || !strings.Contains(out, "different master key, or was changed. Use the master key with which the database was created") {
				t.Errorf("latchkey %s %v with a wrong master key: status %d, %s", name, args, status, out)
			}
		}
	})
	for name := range maps.Keys(sealing) {
		if !slices.Contains(names, name) {
			t.Errorf("the command %q does not exist", name)
		}
	}
	for _, name := range notSealing {
		if !slices.Contains(names, name) {
			t.Errorf("the command %q does not exist", name)
		}
	}
	if status, out := run(wrong, "audit", "verify"); status != exitFailed || !strings.Contains(out, "does not belong to this database") || strings.Contains(out, "wrong seal") || strings.Contains(out, "not intact") || strings.Contains(out, "does not have the master key") {
		t.Errorf("audit verify with a wrong master key: status %d, %s", status, out)
	}
	if status, out := run(data, "check", "--issuer", "http://localhost:8000/o"); strings.Contains(out, "LK060") || strings.Contains(out, "LK013") {
		t.Errorf("check: status %d, %s", status, out)
	}
}

// TestCheckFindsSecretsThatTheMasterKeyDoesNotDecrypt, because
// they were encrypted with another one.
func TestCheckFindsSecretsThatTheMasterKeyDoesNotDecrypt(t *testing.T) {
	ctx, data := t.Context(), t.TempDir()
	run := func(args ...string) string {
		var out bytes.Buffer
		execute(ctx, append(args, "--data", data), streams{strings.NewReader("a secret of 32 characters or more"), &out, &out})
		return out.String()
	}
	run("app", "add", "--client-id", "printer", "--client-name", "Printer", "--redirect-uri", "http://localhost/cb", "--id-token-alg", "HS256")
	run("login-provider", "add", "acme", "issuer=https://127.0.0.1:1", "client_id=latchkey", "--secret-stdin")
	check := func() string { return run("check", "--issuer", "http://localhost:8000/o") }
	if out := check(); strings.Contains(out, "LK060") || strings.Contains(out, "LK059") {
		t.Errorf("secrets that the master key decrypts: %s", out)
	}
	store, err := sqlite.Open(ctx, filepath.Join(data, "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := provider.New(ctx, provider.Config{Issuer: "http://localhost", Store: memstore.New(nil), MasterKey: bytes.Repeat([]byte{1}, masterKeyLength)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = oauth.EditClient(ctx, store, "printer", func(c *oauth.Client) error {
		return other.SecretKeeper().Keep(c, "a secret of 32 characters or more")
	})
	providers := loginproviders.New(loginproviders.Config{Store: store, Key: other.Key(loginproviders.KeyPurpose), Open: (&command{config: newConfig()}).openProvider, Clock: time.Now})
	err = errors.Join(err, providers.Add(ctx, upstream.Settings{Name: "sealed", Issuer: "https://127.0.0.1:1", ClientID: "latchkey", ClientSecret: "hush"}), store.Close())
	if err != nil {
		t.Fatal(err)
	}
	if out := check(); !strings.Contains(out, "LK060  error") || !strings.Contains(out, " printer --readable") || !strings.Contains(out, "LK059  error    People cannot log in with the login provider sealed") {
		t.Errorf("secrets that the master key does not decrypt: %s", out)
	}
}

// eachCommand calls f for all commands that are not groups of others.
func eachCommand(cmd *cobra.Command, f func(name string, cmd *cobra.Command)) {
	if !cmd.HasSubCommands() {
		f(strings.TrimPrefix(cmd.CommandPath(), "latchkey "), cmd)
	}
	for _, sub := range cmd.Commands() {
		eachCommand(sub, f)
	}
}
