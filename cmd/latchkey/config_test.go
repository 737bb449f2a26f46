package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// TestSecretSettingsCanBeReadFromAFile also checks that such a variable for another
// setting is rejected: it would have no effect.
func TestSecretSettingsCanBeReadFromAFile(t *testing.T) {
	folder := t.TempDir()
	full, empty := filepath.Join(folder, "full"), filepath.Join(folder, "empty")
	for path, text := range map[string]string{full: "  postgres://u:hush@h/x\n", empty: " \n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		env  []string
		want string // in the error
	}{
		{env: []string{"LATCHKEY_DB_FILE=" + full, "LATCHKEY_SMTP_PASSWORD_FILE=" + full, "LATCHKEY_MASTER_KEY_FILE=" + full}},
		{env: []string{"LATCHKEY_DB_FILE=" + full, "LATCHKEY_OTHER_FILE=x", "OTHER_FILE=x", "=x"}},
		{[]string{"LATCHKEY_DB_FILE=" + full, "LATCHKEY_DB=x"}, "LATCHKEY_DB and LATCHKEY_DB_FILE are both set"},
		{[]string{"LATCHKEY_DB=x", "LATCHKEY_DB_FILE=" + full}, "LATCHKEY_DB and LATCHKEY_DB_FILE are both set"},
		{[]string{"LATCHKEY_DB_FILE=" + empty}, "is empty"},
		{[]string{"LATCHKEY_MASTER_KEY_FILE=" + empty}, "is empty"},
		{[]string{"LATCHKEY_DB_FILE=" + full + "er"}, "LATCHKEY_DB_FILE: open"},
		{[]string{"LATCHKEY_ISSUER_FILE=" + full}, "LATCHKEY_ISSUER_FILE is not supported: only LATCHKEY_DB_FILE, LATCHKEY_MASTER_KEY_FILE, LATCHKEY_SMTP_PASSWORD_FILE can name a file. Set LATCHKEY_ISSUER instead"},
		{[]string{"LATCHKEY_SCOPES_FILE=" + full}, "LATCHKEY_SCOPES_FILE is not supported"},
		{[]string{"LATCHKEY_CONFIG_FILE=" + full}, "LATCHKEY_CONFIG_FILE is not supported"},
	} {
		config := newConfig()
		err := config.load(new(pflag.FlagSet), "", c.env)
		switch {
		case c.want == "" && (err != nil || config.DB != "postgres://u:hush@h/x"):
			t.Errorf("%v: %q, %v", c.env, config.DB, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush")):
			t.Errorf("%v: %v", c.env, err)
		}
	}
}

// TestMasterKeyFileContainsBase64OrTheRawKey: a program that embeds Latchkey usually stores the raw
// bytes.
func TestMasterKeyFileContainsBase64OrTheRawKey(t *testing.T) {
	t.Parallel()
	raw := []byte("\n\x00234567890123456789012345678901 ") // spaces at the ends are part of the key
	long := bytes.Repeat([]byte{1, 2, 3}, 20)
	for name, test := range map[string]struct {
		content []byte
		want    []byte // nil: an error
	}{
		"raw":                {raw[:32], raw[:32]},
		"raw, with a space":  {append([]byte(" "), raw[1:32]...), append([]byte(" "), raw[1:32]...)},
		"raw, one more":      {append([]byte("x"), raw[:32]...), append([]byte("x"), raw[:32]...)},
		"hexadecimal digits": {[]byte(hex.EncodeToString(raw[:32]) + "\n"), raw[:32]},
		"raw, one less":      {raw[:31], nil},
		"base64":             {[]byte(base64.StdEncoding.EncodeToString(raw[:32]) + "\n"), raw[:32]},
		"base64, longer":     {[]byte(base64.StdEncoding.EncodeToString(long)), long},
		"text":               {[]byte("a passphrase of thirty-two bytes"), nil},
		"base64 of 24 bytes": {[]byte(base64.StdEncoding.EncodeToString(long[:24])), nil},
	} {
		path := filepath.Join(t.TempDir(), "master.key")
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		for where, c := range map[string]*command{"environment": {config: newConfig()}, "data folder": {config: newConfig()}} {
			env := []string{"LATCHKEY_DATA=" + filepath.Dir(path)}
			if where == "environment" {
				env = []string{"LATCHKEY_MASTER_KEY_FILE=" + path}
			}
			if err := c.config.load(new(pflag.FlagSet), "", env); err != nil {
				t.Fatal(err)
			}
			if got, err := c.readMasterKey(); (err != nil) != (test.want == nil) || !bytes.Equal(got, test.want) {
				t.Errorf("%s in the %s: %x, %v", name, where, got, err)
			}
		}
	}
}

// TestADatabaseSettingThatIsNotUnderstoodIsRejected: a password must not become
// the name of a file, and no error contains it.
func TestADatabaseSettingThatIsNotUnderstoodIsRejected(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	const refused = ""
	for text, want := range map[string]string{
		"":                                       "/data/latchkey.db",
		"sqlite:":                                "/data/latchkey.db",
		"/a/b.db":                                "/a/b.db",
		"b.db":                                   here + "/b.db",
		"./c:d=e.db":                             here + "/c:d=e.db",
		"sqlite:b.db":                            here + "/b.db",
		"SQLite:host=b.db":                       here + "/host=b.db",
		"sqlite:///a/b.db":                       "/a/b.db",
		"postgres://u:hush@h/x":                  "x on h:5432",
		"Postgres://u:hush@h/x":                  "x on h:5432",
		"POSTGRESQL://u:hush@h/x":                "x on h:5432",
		"host=h user=u password=hush dbname=x":   "x on h:5432",
		" dbname = x host = h password = 'hu=h'": "x on h:5432",
		"mysql://u:hush@h/x":                     refused,
		"sqlite::memory:":                        refused,
		"sqlite:file:a.db?mode=ro":               refused,
		"a.db?mode=ro":                           refused,
		" postgres://u:hush@h/x":                 refused,
		"postgres:/u:hush@h/x":                   refused,
		"postgres:u:hush@h/x":                    refused,
		"jdbc:postgresql://u:hush@h/x":           refused,
		"u:hush@h/x":                             refused,
		"sqlite://u:hush@h/x":                    refused,
		"file:b.db":                              refused,
	} {
		c := newConfig()
		c.DB, c.Data = text, "/data"
		err := c.finish(false)
		if want == refused {
			if err == nil || !strings.HasPrefix(c.text(err), "the setting db") || strings.Contains(err.Error(), "hush") {
				t.Errorf("%q is refused as: %v", text, err)
			}
			continue
		}
		if name, wrong := c.database(); err != nil || wrong != nil || name != want {
			t.Errorf("%q is %q, want %q: %v %v", text, name, want, err, wrong)
		}
	}
}

// TestFlagOverridesTheEnvironmentAndTheFile, for every setting that has a flag. The value in the
// environment is not even read, so it can be invalid.
func TestFlagOverridesTheEnvironmentAndTheFile(t *testing.T) {
	t.Parallel()
	const wrong = "not a value: \x01"
	values := map[string]string{"string": "value", "int": "7", "bool": "true", "duration": "7m", "strings": "10.0.0.0/8"}
	tested := 0
	for _, command := range []string{"all", "serve", "demo", "check"} {
		flags := pflag.NewFlagSet(command, pflag.ContinueOnError)
		c := newConfig()
		c.addFlags(flags, command)
		var env []string
		for _, s := range settings.Of(c) {
			env = append(env, variable(s)+"="+wrong)
			if name := fileVariable(s); name != "" {
				env = append(env, name+"=/none")
			}
		}
		flags.VisitAll(func(f *pflag.Flag) {
			tested++
			value := values[f.Value.Type()]
			if f.Value.Type() == "bool" && f.DefValue == "true" {
				value = "false"
			}
			if err := flags.Set(f.Name, value); err != nil {
				t.Fatalf("--%s=%s: %v", f.Name, value, err)
			}
		})
		before := make(map[string]string)
		flags.VisitAll(func(f *pflag.Flag) { before[f.Name] = f.Value.String() })
		err := c.load(flags, "", env)
		flags.VisitAll(func(f *pflag.Flag) {
			name := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			if f.Value.String() != before[f.Name] || err != nil && regexp.MustCompile(`\b`+name+`\b`).MatchString(err.Error()) {
				t.Errorf("%s: --%s=%s is %q, and the environment has another value: %v", command, f.Name, before[f.Name], f.Value, err)
			}
		})
	}
	if tested < 50 {
		t.Errorf("only %d flags were tested", tested)
	}
}

// TestDataOverridesADatabaseOfTheEnvironment, but not a database that another flag or the file
// sets, and not a PostgreSQL database. The folder then contains only the master key.
func TestDataOverridesADatabaseOfTheEnvironment(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "latchkey.yaml")
	write(t, file, "db: of-file.db\n")
	ofFile := filepath.Join(filepath.Dir(file), "of-file.db")
	for _, test := range []struct{ args, env, file, db string }{
		{"", "LATCHKEY_DB=of-env.db", file, "of-env.db"},
		{"--data d", "LATCHKEY_DB=of-env.db", file, ""},
		{"--data d", "", file, ofFile},
		{"--data d --db of-flag.db", "LATCHKEY_DB=of-env.db", file, "of-flag.db"},
		{"--data d", "LATCHKEY_DB=postgres://id@db.example/latchkey", "", "postgres://id@db.example/latchkey"},
		{"", "LATCHKEY_DATA=d", file, ofFile},
	} {
		flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
		c := newConfig()
		c.addFlags(flags, "all")
		if err := errors.Join(flags.Parse(strings.Fields(test.args)), c.load(flags, test.file, []string{test.env})); err != nil {
			t.Fatal(err)
		}
		if c.DB != test.db || (c.overridden != "") != (test.db == "") {
			t.Errorf("%s, %s, %s: the database is %q, and %q is overridden", test.args, test.env, test.file, c.DB, c.overridden)
		}
	}
}

// TestPathsInTheFileAreRelativeToItsFolder: otherwise, a command in another folder would use, or create,
// another database. Flags and the environment are relative to the current folder.
func TestPathsInTheFileAreRelativeToItsFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, absolute := filepath.Join(folder, "latchkey.yaml"), filepath.Join(folder, "absolute")
	for _, test := range []struct{ key, value, want string }{
		{"db", "l.db", filepath.Join(folder, "l.db")},
		{"db", "../l.db", filepath.Join(filepath.Dir(folder), "l.db")},
		{"db", "sqlite:l.db", "sqlite:" + filepath.Join(folder, "l.db")},
		{"db", absolute, absolute},
		{"db", "host=db.example dbname=l", "host=db.example dbname=l"},
		{"db", "postgres://id@db.example/l", "postgres://id@db.example/l"},
		{"addr", ":8000", ":8000"},
		{"addr", "localhost:8000", "localhost:8000"},
		{"addr", "unix:l.sock", "unix:" + filepath.Join(folder, "l.sock")},
	} {
		write(t, file, test.key+": '"+test.value+"'\n")
		c := newConfig()
		if err := c.load(pflag.NewFlagSet("", pflag.ContinueOnError), file, nil); err != nil {
			t.Fatal(err)
		}
		if got := map[string]string{"db": c.DB, "addr": c.Addr}[test.key]; got != test.want {
			t.Errorf("%s: %s in the file is %s, want %s", test.key, test.value, got, test.want)
		}
	}
	paths := 0
	for _, s := range settings.Of(newConfig()) {
		if isPath := regexp.MustCompile(`(?i)\b(file|folder|image|path)\b`).MatchString(s.Help) && s.Key != "addr" && s.Key != "ops_addr"; isPath != s.Path && s.Key != "master_key" {
			t.Errorf("%s: is a path: %t, and the help is %q", s.Key, s.Path, s.Help)
		}
		if !s.Path {
			continue
		}
		paths++
		write(t, file, s.Key+": x\n")
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		for _, from := range []struct {
			file, env, want string
		}{{file, "", filepath.Join(folder, "x")}, {"", variable(s) + "=x", "x"}, {file, variable(s) + "=y", "y"}} {
			c := newConfig()
			if err := c.load(flags, from.file, []string{from.env}); err != nil {
				t.Fatal(err)
			}
			if got := settingText(c, s.Key); got != from.want {
				t.Errorf("%s in %q or %q is %s, want %s", s.Key, from.file, from.env, got, from.want)
			}
		}
	}
	if paths < 8 {
		t.Errorf("only %d settings are paths", paths)
	}
	write(t, file, "login_providers: [{name: a, type: ldap, ca_file: ca.pem}, {name: b, type: ldap, ca_file: "+absolute+"}, {name: c}]\n")
	c := newConfig()
	if err := c.load(pflag.NewFlagSet("", pflag.ContinueOnError), file, nil); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{filepath.Join(folder, "ca.pem"), absolute, ""} {
		if got := c.LoginProviders[i].CAFile; got != want {
			t.Errorf("the ca_file of provider %d is %q, want %q", i, got, want)
		}
	}
	members := regexp.MustCompile("`koanf:\"(\\w+)\"([^`]*)`")
	tagged := 0
	for _, pattern := range []string{"*.go", "../../*.go", "../../oauth/*.go", "../../internal/upstream/*.go"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, member := range members.FindAllStringSubmatch(string(source), -1) {
				isPath := regexp.MustCompile(`(^|_)(file|folder|path|dir)$`).MatchString(member[1]) || regexp.MustCompile(`help:"[^"]*\b(file|folder|image)\b`).MatchString(member[2])
				if marked := strings.Contains(member[2], `path:"true"`); marked != isPath {
					t.Errorf("%s: %s is a path: %t, but its tag path says %t", name, member[1], isPath, marked)
				} else if marked {
					tagged++
				}
			}
		}
	}
	if tagged < 2 {
		t.Errorf("only %d members of lists are paths", tagged)
	}
}

// settingText returns the text of a setting.
func settingText(c *config, key string) string {
	for _, s := range settings.Of(c) {
		if text, ok := s.Pointer.(*string); ok && s.Key == key {
			return *text
		}
	}
	return ""
}

// TestListsAreWrittenInTheSameWayAsFlagsAndInTheEnvironment tests every setting that is
// a list and has a flag.
func TestListsAreWrittenInTheSameWayAsFlagsAndInTheEnvironment(t *testing.T) {
	tested := 0
	for i, s := range settings.Of(newConfig()) {
		switch s.Pointer.(type) {
		case *[]netip.Prefix, *[]string:
		default:
			continue
		}
		if s.Secret || s.FileOnly {
			continue
		}
		tested++
		inEnvironment, asFlags := newConfig(), newConfig()
		if err := settings.Of(inEnvironment)[i].Parse("10.0.0.1,10.0.0.2, 10.0.0.3"); err != nil {
			t.Fatalf("%s: %v", s.Key, err)
		}
		var flags pflag.FlagSet
		asFlags.addFlags(&flags, "serve")
		if err := flags.Parse([]string{"--" + s.Flag(), "10.0.0.1,10.0.0.2", "--" + s.Flag() + "=10.0.0.3"}); err != nil {
			t.Fatalf("%s: %v", s.Key, err)
		}
		want, got := settings.Of(inEnvironment)[i].Pointer, settings.Of(asFlags)[i].Pointer
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: flags %v, environment %v", s.Key, reflect.ValueOf(got).Elem(), reflect.ValueOf(want).Elem())
		}
	}
	if tested < 3 {
		t.Errorf("only %d settings are lists", tested)
	}
}

// TestFileForApplyIsRejectedAsConfigurationFile: the error says what the file is.
func TestFileForApplyIsRejectedAsConfigurationFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "applications.yaml")
	if err := os.WriteFile(path, []byte("people: []\nscopes: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readConfigFile(path); err == nil || !strings.Contains(err.Error(), "is a file for the apply command, not a configuration file: it has people") {
		t.Errorf("got %v", err)
	}
}
