package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// runCheck runs latchkey check, and returns the findings by their number, and the
// exit status.
func runCheck(t *testing.T, data string, args ...string) (map[string]livecheck.Finding, int) {
	t.Helper()
	cmd := exec.Command(program(t), append([]string{"check", "--json", "--data", data}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	var list []livecheck.Finding
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		t.Fatalf("%v: %v: %s%s", args, err, &out, &errs)
	}
	found := make(map[string]livecheck.Finding)
	for _, f := range list {
		f.Text += found[f.ID].Text
		found[f.ID] = f
	}
	return found, cmd.ProcessState.ExitCode()
}

// stop stops a server as an operator does.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil {
		t.Fatal(err)
	}
}

// logged returns the lines of the log that have a level.
func (s *server) logged(t *testing.T, level string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"level":"`+level+`"`) {
			lines = append(lines, line)
		}
	}
	return lines
}

// anyContains reports whether one of the lines contains all texts.
func anyContains(lines []string, what ...string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		return !slices.ContainsFunc(what, func(text string) bool { return !strings.Contains(line, text) })
	})
}

func TestCheckReportsADifferentMasterKey(t *testing.T) {
	data := t.TempDir()
	serve(t, data, "--addr", "localhost:0").stop(t)
	if found, status := runCheck(t, data); status != exitOK || found["LK013"].ID != "" || found["LK011"].ID != "" {
		t.Errorf("with the right key: %d %v", status, found)
	}
	key := make([]byte, masterKeyLength)
	_, _ = rand.Read(key)
	for name, text := range map[string]string{"another key": base64.StdEncoding.EncodeToString(key), "an invalid key": "secret"} {
		t.Setenv("LATCHKEY_MASTER_KEY", text)
		if found, status := runCheck(t, data); status != exitFailed || found["LK013"].Level != "error" {
			t.Errorf("with %s: %d %v", name, status, found)
		}
	}
}

// TestCheckReportsSettingsThatCanLoseAcknowledgedData also checks that a server logs
// them at the start. The settings of Latchkey's own connections are decisive.
func TestCheckReportsSettingsThatCanLoseAcknowledgedData(t *testing.T) {
	t.Parallel()
	_, db := startPostgres(t, "fsync=on")
	for setting, says := range map[string]string{"on": "", "remote_apply": "", "off": "synchronous_commit is off", "local": "synchronous_commit is local"} {
		data := t.TempDir()
		write(t, filepath.Join(data, "master.key"), base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcde\x00")))
		db := db + "&options=" + "-c%20synchronous_commit%3D" + setting
		s := serve(t, data, "--db", db, "--migrate", "--addr", "localhost:0")
		found, status := runCheck(t, data, "--db", db)
		if f := found["LK014"]; status != exitOK || !strings.Contains(f.Text, says) || (f.ID != "") != (says != "") {
			t.Errorf("%s: %d %v", setting, status, found)
		}
		if lines := s.logged(t, "WARN"); anyContains(lines, "synchronous_commit", says) != (says != "") {
			t.Errorf("%s: logged at the start: %v", setting, lines)
		}
		s.stop(t)
	}
	db = sharedPostgres.DatabaseFor(t)
	data := t.TempDir()
	s := serve(t, data, "--db", db, "--migrate", "--addr", "localhost:0")
	if found, _ := runCheck(t, data, "--db", db); !strings.Contains(found["LK014"].Text, "fsync is off") || !anyContains(s.logged(t, "WARN"), "fsync is off") {
		t.Errorf("without fsync: %v %v", found, s.logged(t, "WARN"))
	}
}

// TestServersWithTwoIssuersCannotShareADatabase: the second one does not start while the
// first one runs. Afterwards it starts, and logs that the issuer was changed. check knows the issuer of the
// server that started last.
func TestServersWithTwoIssuersCannotShareADatabase(t *testing.T) {
	t.Parallel()
	const old, next = "https://old.example.com/o", "https://new.example.com/o"
	for engine, db := range map[string]string{"SQLite": "", "PostgreSQL": sharedPostgres.DatabaseFor(t)} {
		t.Run(engine, func(t *testing.T) {
			data := t.TempDir()
			write(t, filepath.Join(data, "master.key"), base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcde\x00")))
			database := []string{"--db", db, "--migrate"}
			if db == "" {
				database = nil
			}
			first := serve(t, data, append(database, "--addr", "localhost:0", "--issuer", old)...)
			command := []string{"serve", "--data", data, "--addr", "localhost:0", "--issuer", next}
			text, err := exec.Command(program(t), append(command, database...)...).CombinedOutput()
			if err == nil || !strings.Contains(string(text), "the Issuer is "+next+", but a server with the issuer "+old+" uses this database now") {
				t.Errorf("beside the first server: %v %s", err, text)
			}
			first.stop(t)
			second := serve(t, data, append(database, "--addr", "localhost:0", "--issuer", next)...)
			if lines := second.logged(t, "WARN"); db == "" && (len(lines) != 1 || !strings.Contains(fmt.Sprint(lines), "the issuer was changed")) {
				t.Errorf("after the first server: %v", lines)
			}
			second.stop(t)
			if db != "" {
				return
			}
			if found, status := runCheck(t, data, "--issuer", next); status != exitOK || found["LK015"].ID != "" {
				t.Errorf("check with the same issuer: %d %v", status, found)
			}
			if found, status := runCheck(t, data, "--issuer", old); status != exitFailed || found["LK015"].Level != "error" || !strings.Contains(found["LK015"].Text, old) || !strings.Contains(found["LK015"].Text, next) {
				t.Errorf("check with another issuer: %d %v", status, found)
			}
			if found, status := runCheck(t, data); status != exitOK || found["LK015"].Level != "warning" || !strings.Contains(found["LK015"].Text, next) {
				t.Errorf("check without an issuer: %d %v", status, found)
			}
		})
	}
}

// A program that has called New, but not Run, is not visible otherwise.
func TestCheckReportsAProgramWithoutBackgroundWork(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(data, "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.UseIssuer(t.Context(), oauth.IssuerUse{Server: "a", Issuer: "https://id.example/o", Lasts: time.Minute, Idle: true}), store.Close()); err != nil {
		t.Fatal(err)
	}
	if found, _ := runCheck(t, data, "--issuer", "https://id.example/o"); found["LK043"].Level != "warning" {
		t.Errorf("found %v", found)
	}
}

// The scopes and grant types of a host program are not in the configuration file, so an
// application of its database that has them is not invalid.
func TestCheckAcceptsWhatAHostProgramDefines(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(data, "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	shop := &oauth.Client{
		ID: "shop", Name: "Shop", Type: oauth.Public, RedirectURIs: []string{"https://shop.example/cb"}, GrantTypes: []string{oauth.GrantAuthorizationCode, "urn:example:voucher"},
		Scopes: oauth.Scopes{"read", "orders"}, DefaultScopes: oauth.Scopes{"orders"}, RecommendedScopes: oauth.Scopes{"invoices"},
	}
	if err := errors.Join(store.CreateClient(t.Context(), shop), store.Close()); err != nil {
		t.Fatal(err)
	}
	found, status := runCheck(t, data)
	if status != exitOK || found["LK020"].ID != "" {
		t.Errorf("status %d, found %v", status, found)
	}
	for id, want := range map[string]string{"LK051": "configuration file: invoices, orders.", "LK052": "Latchkey: urn:example:voucher."} {
		if found[id].Level != livecheck.Warning || !strings.Contains(found[id].Text, want) {
			t.Errorf("%s is %v", id, found[id])
		}
	}
	file := filepath.Join(t.TempDir(), "latchkey.yaml")
	write(t, file, "scopes: [{name: read}, {name: orders}]\n")
	if found, status = runCheck(t, data, "--config", file); status != exitOK || !strings.Contains(found["LK051"].Text, "file: invoices.") {
		t.Errorf("with one of the scopes: status %d, found %v", status, found)
	}
}

// TestBackOfficeSaysWhichApplicationsWereNotChecked: it also shows the variables that have no effect, and
// the application that each finding is about.
func TestBackOfficeSaysWhichApplicationsWereNotChecked(t *testing.T) {
	t.Setenv("LATCHKEY_ISUER", "https://id.example")
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	for _, name := range []string{"a", "b", "c"} {
		if err := store.CreateClient(t.Context(), &oauth.Client{ID: name, Name: name, Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, SkipAuthorization: true, RedirectURIs: []string{"https://" + name + ".example/cb"}, CreatedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	defer func(n int) { mostChecked = n }(mostChecked)
	for most, want := range map[int]string{2: "a b", 3: "a b c", 500: "a b c"} {
		mostChecked = most
		c := &command{config: new(config)}
		found, err := c.findings(t.Context(), store)
		if err != nil {
			t.Fatal(err)
		}
		var applications, variables, partial []string
		for _, f := range found {
			switch {
			case f.ID == "LK054":
				variables = append(variables, f.Text)
			case f.ID == "LK065":
				partial = append(partial, f.Text)
			case f.ClientID != "" && !slices.Contains(applications, f.ClientID):
				applications = append(applications, f.ClientID)
			}
		}
		if got := strings.Join(applications, " "); got != want || len(variables) != 1 || !strings.Contains(variables[0], "LATCHKEY_ISUER") {
			t.Errorf("%d: findings about %q, want %q, and %q", most, got, want, variables)
		}
		if (most == 2) != (len(partial) == 1) || most == 2 && !strings.Contains(partial[0], "the first 2 applications") {
			t.Errorf("%d: %q", most, partial)
		}
	}
}
