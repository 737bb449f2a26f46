package main

import (
	"bytes"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// directives returns the values of a unit file. A directive that is disabled by a
// # without a space counts too.
func directives(t *testing.T, name string) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	for line := range strings.Lines(deploymentFile(t, name)) {
		if key, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "#"), "="); ok && !strings.HasPrefix(line, "# ") {
			found[key] = append(found[key], value)
		}
	}
	return found
}

// TestUnitUsesCommandsAndSettingsThatExist checks every path, flag and variable.
func TestUnitUsesCommandsAndSettingsThatExist(t *testing.T) {
	unit, socket := directives(t, "systemd/latchkey.service"), directives(t, "systemd/latchkey.socket")
	args := strings.Fields(unit["ExecStart"][0])
	if args[0] != "/usr/local/bin/latchkey" {
		t.Errorf("the program is %s", args[0])
	}
	checkArguments(t, "ExecStart", args[1:])
	env := make(map[string]string)
	for _, pair := range unit["Environment"] {
		name, value, _ := strings.Cut(pair, "=")
		if name == envPrefix+"CONFIG" {
			if value != "/etc/latchkey/latchkey.yaml" || !strings.Contains(deploymentFile(t, "latchkey.yaml"), value) {
				t.Errorf("the settings are in %s", value)
			}
			continue
		}
		env[name] = value
	}
	checkEnvironment(t, "Environment", env)
	for _, credential := range unit["LoadCredential"] {
		name, path, _ := strings.Cut(credential, ":")
		usedByName := name == "master.key" // see masterKeyPaths
		if !strings.HasPrefix(path, "/etc/latchkey/") || (!usedByName && !slices.Contains(slices.Collect(maps.Values(env)), "%d/"+name)) {
			t.Errorf("no setting uses the credential %s", credential)
		}
	}
	if folder := "/var/lib/" + unit["StateDirectory"][0]; !strings.Contains(deploymentFile(t, "latchkey.yaml"), "\ndata: "+folder+"\n") {
		t.Errorf("the data folder is not %s, the only folder to which the server can write", folder)
	}
	users := deploymentFile(t, "systemd/latchkey.sysusers")
	user := strings.Fields(users[strings.Index(users, "\nu "):])[1]
	for _, value := range []string{unit["User"][0], unit["Group"][0], socket["SocketUser"][0]} {
		if value != user {
			t.Errorf("the user is %s, not %s", value, user)
		}
	}
	// A group that other programs have would let them forge the address of a client.
	if group := socket["SocketGroup"][0]; group != "latchkey-proxy" || !strings.Contains(users, "\ng "+group+" -\n") || strings.Contains(users, "\nm ") {
		t.Errorf("the group of the socket is %s, and the users and groups are %s", group, users)
	}
	path := socket["ListenStream"][0]
	for _, proxy := range []string{"nginx/latchkey.conf", "caddy/Caddyfile"} {
		if !strings.Contains(deploymentFile(t, proxy), path) {
			t.Errorf("%s does not use %s", proxy, path)
		}
	}
}

// TestSystemdAcceptsTheUnits, and finds hardly anything that they allow.
func TestSystemdAcceptsTheUnits(t *testing.T) {
	t.Parallel()
	program := needs.SystemdAnalyze(t)
	folder := t.TempDir()
	for _, name := range []string{"latchkey.service", "latchkey.socket"} {
		// The program must exist where the unit says.
		text := strings.ReplaceAll(deploymentFile(t, "systemd/"+name), "/usr/local/bin/latchkey", os.Args[0])
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	service := filepath.Join(folder, "latchkey.service")
	for _, args := range [][]string{
		{"verify", "--recursive-errors=no", service, filepath.Join(folder, "latchkey.socket")},
		{"security", "--offline=true", "--threshold=20", "--no-pager", service}, // tenths
	} {
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+folder+":")
		var out, complaint bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaint
		if err := cmd.Run(); err != nil || (args[0] == "verify" && complaint.Len() > 0) {
			t.Errorf("%v: %v\n%s%s", args, err, &complaint, &out)
		}
	}
}

// systemCalls returns the system calls that the unit allows.
func systemCalls(t *testing.T) map[string]bool {
	t.Helper()
	out, err := exec.Command(needs.SystemdAnalyze(t), "syscall-filter", "--no-pager").Output()
	if err != nil {
		t.Fatal(err)
	}
	groups, group := make(map[string][]string), ""
	for line := range strings.Lines(string(out)) {
		switch word := strings.TrimSpace(line); {
		case strings.HasPrefix(line, "@"):
			group = word
		case word != "" && !strings.HasPrefix(word, "#"):
			groups[group] = append(groups[group], word)
		}
	}
	allowed := make(map[string]bool)
	var set func(name string, allow bool)
	set = func(name string, allow bool) {
		for _, member := range groups[name] {
			set(member, allow)
		}
		if len(groups[name]) == 0 {
			allowed[name] = allow
		}
	}
	for _, value := range directives(t, "systemd/latchkey.service")["SystemCallFilter"] {
		names, denied := strings.CutPrefix(value, "~")
		for name := range strings.FieldsSeq(names) {
			set(name, !denied)
		}
	}
	set("@default", true) // always allowed, like execve
	allowed["execve"] = true
	return allowed
}

// TestServerUsesOnlySystemCallsThatTheUnitAllows while it starts, logs a person
// in, writes, and stops.
func TestServerUsesOnlySystemCallsThatTheUnitAllows(t *testing.T) {
	t.Parallel()
	allowed := systemCalls(t)
	if len(allowed) < 200 || allowed["chown"] || !allowed["openat"] {
		t.Fatalf("the system calls of the unit are %v", allowed)
	}
	folder := shortDir(t)
	path, trace, data := filepath.Join(folder, "latchkey"), filepath.Join(folder, "trace"), filepath.Join(folder, "data")
	install(t, program(t), path)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(needs.Strace(t), "-f", "-qq", "-o", trace, path, "serve", "--data", data, "--addr", "localhost:0", "--ops-addr", "localhost:0")
	if os.Getuid() == 0 { // SQLite changes owners only as root
		for _, name := range []string{folder, data} {
			if err := os.Chown(name, imageUser, imageUser); err != nil {
				t.Fatal(err)
			}
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: imageUser, Gid: imageUser}}
	}
	s := started(t, filepath.Join(folder, "log"), cmd)
	if status, body := fetch(t, s.ops+"/metrics"); status != http.StatusOK {
		t.Errorf("/metrics: %d %s", status, body)
	}
	_ = awaitReady(t, s)
	add := exec.Command(path, "user", "add", "ada", "--data", data, "--password-stdin")
	add.Stdin, add.SysProcAttr = strings.NewReader("correct horse battery staple\n"), cmd.SysProcAttr
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_ = logIn(t, s.issuer, "correct horse battery staple")
	pid := strings.Fields(firstLine(t, trace))[0]
	if out, err := exec.Command("kill", pid).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_ = s.Wait()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, found := range regexp.MustCompile(`(?m)^\d+ +(?:<... )?([a-z_0-9]+)[( ]`).FindAllStringSubmatch(string(text), -1) {
		used[found[1]] = true
	}
	for name := range used {
		if !allowed[name] {
			t.Errorf("the unit does not allow %s", name)
		}
	}
	if len(used) < 30 {
		t.Errorf("only %d system calls", len(used))
	}
}

func firstLine(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}
