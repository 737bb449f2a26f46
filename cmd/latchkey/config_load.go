package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// envPrefix is the prefix of the environment variables.
const envPrefix = "LATCHKEY_"

// variable returns the environment variable of a setting.
func variable(s settings.Setting) string { return envPrefix + strings.ToUpper(s.Key) }

// fileVariable returns the environment variable that names a file with the
// value of a setting, or "" if the setting does not have one.
func fileVariable(s settings.Setting) string {
	if !s.Secret && !s.Sensitive {
		return ""
	}
	return variable(s) + "_FILE"
}

// load sets the settings that no flag has set: from the environment, or else
// from the configuration file. The error reports all settings that are wrong.
func (c *config) load(flags *pflag.FlagSet, path string, env []string) error {
	values, err := readConfigFile(path)
	c.folder = filepath.Dir(path)
	faults := []error{checkFileVariables(env), err}
	for _, s := range settings.Of(c) {
		if flag := flags.Lookup(s.Flag()); flag != nil && flag.Changed {
			c.note(s.Key, "--"+s.Flag())
			continue
		}
		if err := c.loadSetting(s, values, path, env); err != nil {
			faults, c.unread = append(faults, err), append(c.unread, s.Field)
		}
	}
	c.preferData(flags)
	return errors.Join(faults...)
}

// preferData removes a SQLite file that the environment names, if the flag --data is given: it names
// another file. A PostgreSQL database and one of the configuration file are kept, because --data is then
// the folder of the master key.
func (c *config) preferData(flags *pflag.FlagSet) {
	if flag := flags.Lookup("data"); flag == nil || !flag.Changed || c.DB == "" || !strings.HasPrefix(c.sources["db"], envPrefix) || c.postgres() || checkDatabase(c.DB) != "" {
		return
	}
	c.overridden, c.DB = c.sources["db"], ""
	delete(c.sources, "db")
}

// follows reports whether a fault can be the consequence of a setting that load could not
// read, and has already reported.
func (c *config) follows(fault error) bool {
	of, ok := errors.AsType[*settings.Fault](fault)
	if !ok {
		return false
	}
	usesScopes := slices.Contains([]string{"DefaultScopes", "Resources", "TrustedIssuers"}, of.Field)
	return slices.Contains(c.unread, of.Field) || usesScopes && slices.Contains(c.unread, "Scopes")
}

// loadSetting sets one setting that no flag has set.
func (c *config) loadSetting(s settings.Setting, values *koanf.Koanf, path string, env []string) error {
	text, source, err := fromEnv(s, env)
	if err != nil {
		return err
	}
	switch {
	case source != "" && !s.FileOnly:
		c.note(s.Key, source)
		if err := s.Parse(text); err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
	case values.Exists(s.Key) && s.Secret:
		return fmt.Errorf("%s: %s is a secret and cannot be in this file, which is often copied and readable by others. Set %s, or %s to the path of a file that contains it", path, s.Key, variable(s), fileVariable(s))
	case values.Exists(s.Key) && values.Get(s.Key) != nil: // a name without a value is not set
		c.note(s.Key, path+": "+s.Key)
		var faults []error
		for _, err := range settings.Split(c.setFromFile(s, values, env)) {
			text := err.Error()
			if !strings.HasPrefix(text, "[") { // the place in a list
				text = ": " + text
			}
			faults = append(faults, fmt.Errorf("%s: %s%s", path, s.Key, text))
		}
		return errors.Join(faults...)
	}
	return nil
}

// aboutFile returns an error about a file, with its name once.
func aboutFile(name string, err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok && failed.Path == name {
		err = failed.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// readConfigFile reads a YAML file, or nothing if path is empty. It rejects
// names that are not settings: a misspelled setting would have no effect. With an
// error, it returns the settings that it could read.
func readConfigFile(path string) (*koanf.Koanf, error) {
	k := koanf.New("\x00")
	if path == "" {
		return k, nil
	}
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		if strings.Contains(err.Error(), "cannot unmarshal !!") && !strings.Contains(err.Error(), "line 0") {
			err = errors.New("the file must have a line for each setting, such as addr: localhost:8000")
		}
		return k, aboutFile(path, err)
	}
	var known, unknown []string
	for _, s := range settings.Of(new(config)) {
		known = append(known, s.Key)
	}
	for key := range k.Raw() {
		if !slices.Contains(known, key) {
			unknown = append(unknown, key+settings.DidYouMean(key, known))
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		if slices.ContainsFunc(unknown, func(name string) bool {
			return name != declared.LoginProviders && slices.Contains(declared.Kinds(), name)
		}) {
			return k, fmt.Errorf("%s is a file for the apply command, not a configuration file: it has %s", path, strings.Join(unknown, ", "))
		}
		return k, fmt.Errorf("%s: unknown settings: %s. docs/reference/configuration.md lists all settings", path, strings.Join(unknown, ", "))
	}
	return k, nil
}

// checkFileVariables rejects LATCHKEY_X_FILE if the setting X cannot be read
// from a file: the variable would have no effect.
func checkFileVariables(env []string) error {
	var files []string
	known := map[string]bool{envPrefix + "CONFIG": true}
	for _, s := range settings.Of(new(config)) {
		known[variable(s)] = true
		if name := fileVariable(s); name != "" {
			files = append(files, name)
		}
	}
	var faults []error
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if of, found := strings.CutSuffix(name, "_FILE"); found && known[of] && !slices.Contains(files, name) {
			faults = append(faults, fmt.Errorf("%s is not supported: only %s can name a file. Set %s instead", name, strings.Join(files, ", "), of))
		}
	}
	return errors.Join(faults...)
}

// fromEnv returns the value of a setting in the environment, or in the file that
// the environment names, and the name of the variable, or "".
func fromEnv(s settings.Setting, env []string) (text, source string, err error) {
	var path string
	var found, inFile bool
	for _, pair := range env {
		switch name, value, _ := strings.Cut(pair, "="); {
		case name == variable(s):
			text, found = value, true
		case name == fileVariable(s) && name != "":
			path, inFile = value, true
		}
	}
	switch {
	case !inFile && !found:
		return "", "", nil
	case !inFile:
		return text, variable(s), nil
	case found:
		return "", "", fmt.Errorf("%s and %s are both set; unset one of them", variable(s), fileVariable(s))
	}
	if path == "" {
		return "", "", fmt.Errorf("%s is empty. Set it to the path of a file, or unset it", fileVariable(s))
	}
	content, err := os.ReadFile(path) //nolint:gosec // the administrator names the file
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", fileVariable(s), err)
	}
	text = strings.TrimSpace(string(content))
	if text == "" {
		return "", "", fmt.Errorf("%s: %s is empty", fileVariable(s), path)
	}
	if s.Key == "master_key" {
		if key, err := provider.ParseMasterKey(content); err == nil {
			text = string(encodeMasterKey(key))
		} else {
			text = string(content) // readMasterKey reports it, with the number of its bytes
		}
	}
	return text, fileVariable(s), nil
}

func (c *config) setFromFile(s settings.Setting, k *koanf.Koanf, env []string) error {
	switch s.Pointer.(type) {
	case *[]netip.Prefix, *[]string:
		var texts []string
		if err := decode("", k.Get(s.Key), reflect.ValueOf(&texts).Elem()); err != nil {
			return errors.New("write a list of texts, or a text with commas between them")
		}
		return s.ParseList(texts)
	case *[]oauth.ScopeInfo:
		return c.setScopes(s.Key, k)
	case *[]oauth.ResourceInfo:
		return c.setResources(s.Key, k)
	case *[]oauth.TrustedIssuer:
		return c.setTrustedIssuers(s.Key, k)
	case *[]oauth.Webhook:
		return c.setWebhooks(s.Key, k)
	case *[]latchkey.LoginProvider:
		return c.setLoginProviders(s.Key, k, env)
	default:
		if kind := kindOf(k.Get(s.Key)); kind == "list" || kind == "map" {
			return fmt.Errorf("write one value, not a %s", kind)
		}
		return s.Parse(c.besideFile(s, k.String(s.Key)))
	}
}

// besideFile returns the value of a setting of the configuration file. A relative path is relative to
// the folder of the file there, and to the current folder here. An address that is not a Unix socket and a
// database that is not a SQLite file are returned as they are.
func (c *config) besideFile(s settings.Setting, text string) string {
	form := ""
	switch {
	case strings.HasPrefix(text, unixPrefix):
		form = unixPrefix
	case !s.Path:
		return text
	case s.Key == "db":
		if form = sqliteForm.FindString(text); form == "" && (postgresForm.MatchString(text) || otherForm.MatchString(text)) {
			return text
		}
	}
	file := text[len(form):]
	if file == "" || filepath.IsAbs(file) {
		return text
	}
	return form + filepath.Join(c.folder, file)
}

// setScopes sets the scopes, and which of them are default scopes.
func (c *config) setScopes(key string, k *koanf.Koanf) error {
	var scopes []struct {
		Name         string            `koanf:"name"`
		Description  string            `koanf:"description"`
		Optional     bool              `koanf:"optional"`
		Default      *bool             `koanf:"default"` // nil means oauth.ScopeInfo.ByDefault
		Claims       []string          `koanf:"claims"`
		Weight       oauth.ScopeWeight `koanf:"weight"`
		SecondFactor bool              `koanf:"second_factor"`
	}
	if err := c.decodeList(k, key, &scopes); err != nil {
		return err
	}
	c.Scopes, c.DefaultScopes = nil, nil
	for _, s := range scopes {
		info := oauth.ScopeInfo{Name: s.Name, Description: s.Description, Optional: s.Optional, Claims: s.Claims, Weight: s.Weight, SecondFactor: s.SecondFactor}
		c.Scopes = append(c.Scopes, info)
		if (s.Default == nil && info.ByDefault()) || (s.Default != nil && *s.Default) {
			c.DefaultScopes = append(c.DefaultScopes, s.Name)
		}
	}
	return nil
}

// setResources sets the resources.
func (c *config) setResources(key string, k *koanf.Koanf) error {
	var resources []struct {
		URI            string        `koanf:"uri"`
		Name           string        `koanf:"name"`
		Scopes         []string      `koanf:"scopes"`
		TokenFormat    string        `koanf:"token_format"`
		SigningAlg     string        `koanf:"signing_alg"`
		AccessTokenTTL time.Duration `koanf:"access_token_ttl"`
		ClientID       string        `koanf:"client_id"`
	}
	if err := c.decodeList(k, key, &resources); err != nil {
		return err
	}
	c.Resources = nil
	for _, r := range resources {
		c.Resources = append(c.Resources, oauth.ResourceInfo{
			URI: r.URI, Name: r.Name, Scopes: r.Scopes, TokenFormat: oauth.TokenFormat(r.TokenFormat),
			SigningAlg: r.SigningAlg, AccessTokenTTL: r.AccessTokenTTL, ClientID: r.ClientID,
		})
	}
	return nil
}
