package main

import (
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestCheckFindsFilesThatOthersCanReadOrChange and says nothing once they are
// private.
func TestCheckFindsFilesThatOthersCanReadOrChange(t *testing.T) {
	folder := t.TempDir()
	data, config, key := filepath.Join(folder, "data"), filepath.Join(folder, "latchkey.yaml"), filepath.Join(folder, "key")
	const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	webhook, inline := filepath.Join(folder, "webhook"), filepath.Join(folder, "inline.yaml")
	database := filepath.Join(folder, "other", "my.db")
	for _, path := range []string{data, filepath.Dir(database)} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range map[string]string{
		config:  "db: " + database + "\nwebhooks: [{name: audit, url: 'https://hooks.example/', secret_file: webhook}]\n",
		inline:  "webhooks: [{name: audit, url: 'https://hooks.example/', secret: " + webhookSecret + "}]\n",
		webhook: webhookSecret,
		key:     base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcde\x00")) + "\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("LATCHKEY_MASTER_KEY_FILE", key)
	if found, status := runCheck(t, data, "--config", config); status != exitOK || found["LK006"].ID+found["LK017"].ID+found["LK018"].ID != "" {
		t.Fatalf("private files: %d %v", status, found)
	}
	// A connection that is open keeps the files beside the database, and a write fills them.
	store, err := sqlite.Open(t.Context(), database, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.CreateClient(t.Context(), &oauth.Client{ID: "shop", Name: "Shop", Type: oauth.Confidential, CreatedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path string
		mode os.FileMode
		id   string
	}{
		{config, 0o660, "LK018"},
		{key, 0o640, "LK006"},
		{webhook, 0o644, "LK006"},
		{database, 0o644, "LK006"},
		{database, 0o602, "LK006"},
		{database + "-wal", 0o644, "LK006"},
		{database + "-shm", 0o644, "LK006"},
		{data, 0o777, "LK017"},
		{data, 0o720, "LK017"},
		{filepath.Dir(database), 0o702, "LK017"},
	} {
		before, err := os.Stat(test.path)
		if err == nil {
			err = os.Chmod(test.path, test.mode)
		}
		if err != nil {
			t.Fatal(err)
		}
		if found, status := runCheck(t, data, "--config", config); status != exitFailed || !strings.Contains(found[test.id].Text, test.path) {
			t.Errorf("%s with mode %o: %d %v", test.path, test.mode, status, found)
		}
		if err := os.Chmod(test.path, before.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(inline, 0o644); err != nil {
		t.Fatal(err)
	}
	if found, _ := runCheck(t, data, "--config", inline); !strings.Contains(found["LK006"].Text, inline) {
		t.Errorf("a configuration file with the secret of a webhook: %v", found)
	}
	for db, secret := range map[string]bool{"postgres://latchkey:hush@127.0.0.1:1/x": true, "postgres://latchkey@127.0.0.1:1/x": false} {
		path := filepath.Join(folder, "postgres.yaml")
		if err := os.WriteFile(path, []byte("db: "+db+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		found, _ := runCheck(t, data, "--config", path, "--db", database)
		advice := "Run: chmod 600 " + path
		if os.Geteuid() == 0 {
			advice = "Run: chown root:GROUP " + path + " && chmod 640 " + path
		}
		if text := found["LK006"].Text; strings.Contains(text, advice) != secret || !secret && text != "" {
			t.Errorf("a configuration file with %s: %q", db, text)
		}
		if os.Geteuid() != 0 || !secret {
			continue
		}
		if err := errors.Join(os.Chown(path, 0, 1), os.Chmod(path, 0o640)); err != nil {
			t.Fatal(err)
		}
		if found, _ := runCheck(t, data, "--config", path, "--db", database); found["LK006"].ID != "" {
			t.Errorf("after this advice: %v", found["LK006"])
		}
	}
	if err := os.WriteFile(key, []byte(base64.StdEncoding.EncodeToString(make([]byte, masterKeyLength))), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, status := runCheck(t, data, "--config", config); status != exitFailed || found["LK019"].ID == "" {
		t.Errorf("a master key of zeros: %d %v", status, found)
	}
}

func TestPasswordInTheNameOfADatabaseIsFound(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"postgres://u:p@host/db":                           true,
		"POSTGRESQL://u:p%40@a:1,b:2/db":                   true,
		"postgres://host/db?user=u&password=p":             true,
		"postgres://u@host/db?sslpassword=p":               true,
		"host=h user=u password = 'p'":                     true,
		"password=p host=h":                                true,
		"postgres://u:p?q@host/db":                         true, // rejected, but still a secret
		"mysql://u:p@host/db":                              true,
		"postgres://u@a:1,b:2/db?passfile=/p":              false,
		"postgres://u@host:5432/db?application_name=a:b@c": false,
		"postgres://host:5432/db":                          false,
		"host=h port=5432 user=u passfile=p":               false,
		"/var/lib/latchkey/latchkey.db":                    false,
		"sqlite:latchkey.db":                               false,
	} {
		if got := hasPassword(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestSecretsInTheConfigurationFileAreRefused: the error names the variable, and
// does not quote the secret.
func TestSecretsInTheConfigurationFileAreRefused(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"smtp_password", "master_key"} {
		config := filepath.Join(t.TempDir(), "latchkey.yaml")
		if err := os.WriteFile(config, []byte(setting+": hush7\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(program(t), "check", "--config", config, "--data", t.TempDir()).CombinedOutput()
		if name := "LATCHKEY_" + strings.ToUpper(setting); err == nil || !strings.Contains(string(out), name+"_FILE") || strings.Contains(string(out), "hush7") {
			t.Errorf("%s: %v %s", setting, err, out)
		}
	}
}

// TestNoDataFolderIsCreatedBelowAHomeThatDoesNotExist: accounts of services often
// have such a home.
func TestNoDataFolderIsCreatedBelowAHomeThatDoesNotExist(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "nonexistent")
	for _, args := range [][]string{{"user", "add", "ada", "--generate"}, {"serve", "--addr", "localhost:0"}, {"migrate", "--create"}} {
		cmd := exec.Command(program(t), args...)
		cmd.Env = []string{"HOME=" + home}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "does not exist: set --data") {
			t.Errorf("%v: %v %s", args, err, out)
		}
		if _, err := os.Stat(home); err == nil {
			t.Fatalf("%v: the home was created", args)
		}
	}
}

func TestServeWithoutAnAdministratorSaysHowToAddOne(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0")
	if line, err := s.stdout.ReadString('\n'); err != nil || !strings.Contains(line, "latchkey user add --data "+data+" NAME --admin --generate") {
		t.Errorf("got %q, %v", line, err)
	}
}
