package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestCommandThatFailsOnItsInputCreatesNoDatabase, and no master key and no folder. Every command that
// can create a database is in the table.
func TestCommandThatFailsOnItsInputCreatesNoDatabase(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"users.json": `[{"username": "two words"}]`, "app.json": `{"client_name": "Shop", "redirect_uris": ["nowhere"]}`, "config.yaml": "login_providers: [{name: acme}]",
		"key.pem": "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var tested []string
	for command, want := range map[string]string{
		"app add --name Shop --redirect-uri nowhere":                                      "redirect_uris",
		"app add --name Shop --redirect-uri https://shop.example/ --owner nobody":         `there is no user "nobody"`,
		"app add --json FOLDER/app.json":                                                  "redirect_uris",
		"user add ada --password-stdin":                                                   "password",
		"user add two-words --generate --email nowhere":                                   "email",
		"user import FOLDER/users.json":                                                   "line 1, user 1",
		"group add Staff --role owner":                                                    "role",
		"invitation add --email ada@example.com":                                          "does not send emails",
		"invitation add --role owner":                                                     "role",
		"key import FOLDER/key.pem --alg RS256":                                           "RS256",
		"login-provider add acme issuer=acme":                                             "client_id is missing",
		"login-provider add acme issuer=https://acme.example --config FOLDER/config.yaml": "client_id is missing",
		"registration token add":                                                          "Enter a name",
	} {
		data := filepath.Join(folder, "data")
		args := append(strings.Fields(strings.ReplaceAll(command, "FOLDER", folder)), "--data", data)
		var out, errs bytes.Buffer
		status := execute(t.Context(), args, streams{strings.NewReader("short"), &out, &errs})
		if _, err := os.Stat(data); status == exitOK || !strings.Contains(errs.String(), want) || out.Len() > 0 || !os.IsNotExist(err) {
			t.Errorf("latchkey %s: status %d, %s%s; the folder: %v", command, status, &out, &errs, err)
		}
		for n := range 4 {
			tested = append(tested, strings.Join(strings.Fields(command)[:n], " "))
		}
	}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		if path := strings.TrimPrefix(cmd.CommandPath(), "latchkey "); slices.Contains(creatingVerbs, cmd.Name()) && !slices.Contains(tested, path) {
			t.Errorf("latchkey %s is not tested", path)
		}
	}
	visit(rootCommand(&command{config: newConfig()}))

	data := filepath.Join(folder, "data") // standard input is read by both runs
	var out, errs bytes.Buffer
	args := []string{"app", "add", "--name", "Shop", "--grant", "client_credentials", "--client-secret-stdin", "--data", data}
	if status := execute(t.Context(), args, streams{strings.NewReader("correct horse battery staple"), &out, &errs}); status != exitOK || !strings.Contains(errs.String(), "The new database") {
		t.Errorf("status %d: %s", status, &errs)
	}
}
