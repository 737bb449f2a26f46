package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// quietCommands are the commands that cause no event, with the reason.
var quietCommands = map[string]string{
	"serve": "a server", "demo": "a server", "mock": "a server", "health": "reads", "version": "reads", "bench": "writes to a database of its own",
	"check": "reads", "diff": "reads", "export": "reads", "app list": "reads", "app show": "reads", "session list": "reads", "group list": "reads", "consent list": "reads", "user show": "reads", "user list": "reads", "user export": "reads", "user factors list": "reads", "key list": "reads", "key show": "reads", "registration token list": "reads",
	"db backup": "reads", "db copy": "reads one database, and writes another one, which no server uses", "migrate": "changes the tables, and nothing in them",
	"webhook test": "sends its message itself",
	"audit list":   "reads", "audit verify": "reads", "audit export": "reads",
	"invitation list": "reads", "login-provider list": "reads", "login-provider show": "reads", "login-provider test": "sends a request, and changes nothing",
}

// TestEveryCommandThatWritesIsAnEvent compares the commands with the messages that they
// add to the queue of a webhook.
func TestEveryCommandThatWritesIsAnEvent(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "latchkey.yaml")
	text := "issuer: https://id.example.com/o\nwebhooks:\n  - {name: audit, url: https://audit.example/, secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, events: [administration]}\n" +
		"  - {name: logins, url: https://logins.example/, secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, events: [login]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	wanted := make(map[string]string) // the targets
	// run runs a command, and returns what it prints as JSON.
	run := func(command string, arguments ...string) (out map[string]any) {
		t.Helper()
		args := append(strings.Fields(command), arguments...)
		if command != "registration token revoke" && command != "invitation withdraw" && command != "login-provider remove" {
			args = append(args, "--json")
		}
		args = append(args, "--config", file, "--data", folder)
		if yes := slices.Index(args, "--yes"); yes >= 0 && command != "apply" { // which reads the answer to a question
			var stderr bytes.Buffer
			if status := execute(t.Context(), slices.Delete(slices.Clone(args), yes, yes+1), streams{strings.NewReader(""), io.Discard, &stderr}); status != exitFailed || !strings.Contains(stderr.String(), "onfirm with --yes") {
				t.Errorf("%s without --yes: %d %s", command, status, stderr.String())
			}
		}
		var stdout, stderr bytes.Buffer
		if status := execute(t.Context(), args, streams{strings.NewReader(""), &stdout, &stderr}); status != exitOK {
			t.Fatalf("%s: %s", command, stderr.String())
		}
		if stdout.Len() > 0 && command != "group members" { // which prints a list
			if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
				t.Fatalf("%s: %v", command, err)
			}
		}
		wanted[command] = ""
		return out
	}
	target := func(out map[string]any, member string, commands ...string) (id string) {
		t.Helper()
		id, _ = out[member].(string)
		if id == "" {
			t.Fatalf("%s is missing in %v", member, out)
		}
		for _, command := range commands {
			wanted[command] = id
		}
		return id
	}
	out := run("app add", "--client-name", "Shop", "--redirect-uri", "https://app.example/cb")
	id, _ := out["client_id"].(string)
	run("app edit", id, "--client-name", "Store")
	run("app rotate-secret", id)
	run("app disable", id)
	run("app enable", id)
	run("app delete", id, "--yes")
	run("app restore", id)
	target(out, "client_id", "app restore", "app add", "app edit", "app rotate-secret", "app disable", "app enable", "app delete")

	out = run("user add", "ada", "--generate")
	run("user edit", "ada", "--name", "Ada Lovelace")
	metadata := filepath.Join(folder, "metadata.json")
	if err := os.WriteFile(metadata, []byte(`{"plan": "gold"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	run("user metadata", "ada", metadata)
	run("user passwd", "ada", "--generate")
	addFactors(t, folder, "ada")
	run("user factors reset", "ada", "--yes")
	group := target(run("group add", "crew"), "id", "group add", "group edit", "group delete")
	run("group edit", "crew", "--description", "Who sails")
	run("group members", "crew", "--add", "ada")
	run("group delete", "crew", "--yes")
	wanted["group members"], wanted["group edit"], wanted["group add"], wanted["group delete"] = group, group, group, group
	run("user disable", "ada")
	run("user enable", "ada")
	run("session end", "--user", "ada")
	run("consent withdraw", "--user", "ada", "--app", id)
	run("token revoke", "--user", "ada")
	run("user delete", "ada", "--yes")
	target(out, "id", "session end", "consent withdraw", "user delete", "user add", "user edit", "user metadata", "user passwd", "user factors reset", "user disable", "user enable", "token revoke")

	imported := filepath.Join(folder, "users.json")
	if err := os.WriteFile(imported, []byte(`[{"id": "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "username": "grace"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	run("user import", imported)
	wanted["user import"] = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

	out = run("registration token add", "--name", "CI")
	run("registration token revoke", target(out, "id", "registration token add"))
	target(out, "id", "registration token add", "registration token revoke")

	invited := target(run("invitation add", "--note", "Grace"), "id", "invitation add")
	run("invitation withdraw", invited)
	wanted["invitation withdraw"], wanted["invitation add"] = invited, invited

	target(run("key rotate", "--alg", oauth.AlgES256), "kid", "key rotate")
	key := filepath.Join(folder, "key.json")
	if err := os.WriteFile(key, []byte(`{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	kid := target(run("key import", key), "kid", "key import")
	run("key retire", kid, "--yes")
	wanted["key retire"], wanted["key import"] = kid, kid

	run("login-provider add", "google", "issuer=https://accounts.google.com", "client_id=1234")
	run("login-provider edit", "google", "title=Google")
	run("login-provider remove", "google", "--yes")
	for _, command := range []string{"add", "edit", "remove"} {
		wanted["login-provider "+command] = "google"
	}

	inStore(t, folder, func(store *sqlstore.Store) error {
		return store.CreateClient(t.Context(), &oauth.Client{ID: registered[0], Name: "Robot", Type: oauth.Public, CreatedAt: time.Now()})
	})
	run("app revoke-registration-token", registered[0])
	wanted["app revoke-registration-token"] = registered[0]

	useHostPeople(t, folder)
	run("user use-accounts")
	wanted["user use-accounts"] = audit.TargetAccounts

	applied := filepath.Join(folder, "applied.yaml")
	if err := os.WriteFile(applied, []byte("login_providers: [{name: acme, issuer: 'https://acme.example', client_id: c}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("apply", "-f", applied, "--yes")
	wanted["apply"] = "acme"

	var leaves func(cmd *cobra.Command)
	leaves = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			leaves(sub)
		}
		_, name, _ := strings.Cut(cmd.CommandPath(), " ")
		_, tried := wanted[name]
		if quietCommands[name] == "" != tried && !cmd.HasSubCommands() {
			t.Errorf("%s: it must be tried here, or have a reason to cause no event", name)
		}
	}
	leaves(rootCommand(&command{config: newConfig()}))

	store, err := sqlite.Open(t.Context(), filepath.Join(folder, "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	recorded := make(map[string]bool)
	waiting, err := audit.Waiting(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range waiting {
		command := commandOf(r.Kind)
		if r.Event == oauth.EventAdministration && !audit.HasSentence(r.Kind) {
			t.Errorf("%s has no sentence in the audit log", r.Kind)
		}
		recorded[command] = r.Event == oauth.EventAdministration && r.ActorKind == audit.ActorCommand && r.Actor != "os:" && r.Person+r.ClientID+r.Target != "" && r.Person != audit.TargetAccounts
	}
	for command := range wanted {
		if !recorded[command] {
			t.Errorf("%s is not in the audit log, or without its actor or target", command)
		}
	}
	messages, err := store.TakeWebhookMessages(t.Context(), time.Now(), time.Minute, 100)
	if err != nil || len(messages) != len(wanted) {
		t.Errorf("%d messages, want %d: %v", len(messages), len(wanted), err)
	}
	for _, m := range messages {
		var message struct {
			Data oauth.Event `json:"data"`
		}
		if err := json.Unmarshal([]byte(m.Body), &message); err != nil {
			t.Fatal(err)
		}
		e := message.Data
		command := commandOf(e.Kind)
		want, tried := wanted[command]
		if !tried || e.Target != want || m.Webhook != "audit" || e.Name != oauth.EventAdministration || e.Outcome != oauth.OutcomeOK ||
			!strings.HasPrefix(e.Actor, "os:") || e.Actor == "os:" || e.At.IsZero() {
			t.Errorf("%s: %+v, want the target %s", m.Webhook, e, want)
		}
		delete(wanted, command)
	}
	for command := range wanted {
		t.Errorf("%s caused no event", command)
	}
}

// commandOf returns the command in the kind of an event.
func commandOf(kind string) string {
	if strings.HasPrefix(kind, audit.ApplyPrefix) {
		return "apply"
	}
	_, command, _ := strings.Cut(kind, " ")
	return command
}

// useHostPeople records that a program with Options.People has used the database.
func useHostPeople(t *testing.T, folder string) {
	t.Helper()
	inStore(t, folder, func(store *sqlstore.Store) error {
		return store.UseIssuer(t.Context(), oauth.IssuerUse{Issuer: "https://id.example.com/o", Server: "host", Lasts: time.Nanosecond, HostPeople: true})
	})
}

// inStore opens the database in a folder for do.
func inStore(t *testing.T, folder string, do func(*sqlstore.Store) error) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(folder, "latchkey.db"), sqlite.Options{})
	if err == nil {
		err = errors.Join(do(store), store.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}
