package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// config is every setting, once. A setting named trusted_proxies here and in
// the YAML file is the flag --trusted-proxies and the environment variable
// LATCHKEY_TRUSTED_PROXIES (a list then has commas). The flag wins over the
// environment, that over the file. One that is secret or may hide a secret can
// be in a file that LATCHKEY_…_FILE names.
type config struct {
	Addr         string `key:"addr" help:"address to listen on"`
	ConsumerAddr string `key:"consumer_addr" help:"address of the demo's consumer"`
	OpsAddr      string `key:"ops_addr" help:"address for health, metrics and profiles (default none); keep it from the outside"`
	RequestLog   bool   `key:"request_log" help:"write a line for every request into the log"`
	Issuer       string `key:"issuer" help:"issuer identifier (default http://localhost:PORT/o)"`
	Data         string `key:"data" help:"folder for the database and the master key"`
	DB           string `key:"db" hides:"true" help:"database: a path, sqlite:PATH (default latchkey.db in --data), or postgres://USER:PASSWORD@HOST/NAME"`
	Migrate      bool   `key:"migrate" help:"bring the tables of a PostgreSQL up to date at the start"`

	TLSCert       string `key:"tls_cert" help:"TLS certificate file (PEM)"`
	TLSKey        string `key:"tls_key" help:"TLS key file (PEM)"`
	TLSSelfSigned bool   `key:"tls_self_signed" help:"make a certificate for localhost at start, for local work"`

	Templates              string   `key:"templates" help:"folder with pages that replace ours"`
	Brand                  string   `key:"brand" help:"name in the header of the pages"`
	TrustedProxies         []string `key:"trusted_proxies" help:"networks whose X-Forwarded-For is believed, like 10.0.0.0/8"`
	InsecureOutbound       []string `key:"insecure_outbound" help:"networks that are not public but may be asked all the same, by http too, for development, like 127.0.0.0/8"`
	OutboundCA             string   `key:"outbound_ca" help:"PEM file of certificate authorities to trust besides the system's when applications are asked"`
	InsecureAllowAnyOrigin bool     `key:"insecure_allow_any_origin" help:"let web pages of every origin call the token endpoint"`

	CodeTTL         time.Duration `key:"code_ttl" help:"lifetime of an authorization code"`
	AccessTokenTTL  time.Duration `key:"access_token_ttl" help:"lifetime of an access token"`
	RefreshIdleTTL  time.Duration `key:"refresh_token_idle_ttl" help:"lifetime of a refresh token without use"`
	RefreshTokenTTL time.Duration `key:"refresh_token_ttl" help:"lifetime of a refresh token in all"`
	IDTokenTTL      time.Duration `key:"id_token_ttl" help:"lifetime of an ID token"`
	KeyRotation     time.Duration `key:"key_rotation" help:"how long a key signs until the next one takes over; negative: until somebody rotates"`
	ReplayWindow    time.Duration `key:"replay_window" help:"how long a refresh token used twice gets the same answer"`
	SessionIdleTTL  time.Duration `key:"session_idle_ttl" help:"lifetime of a log-in without use"`

	SignUp       bool   `key:"sign_up" help:"let people make accounts by themselves"`
	SMTPHost     string `key:"smtp_host" help:"mail server; without one no mail is sent, and nobody can reset a password"`
	SMTPPort     int    `key:"smtp_port" help:"its port; 465 speaks TLS from the start, any other must offer STARTTLS"`
	SMTPUser     string `key:"smtp_user" help:"username there; empty means none is needed"`
	SMTPFrom     string `key:"smtp_from" help:"address that mails come from"`
	InsecureSMTP bool   `key:"insecure_smtp" help:"send mails without TLS, passwords and links readable on the way"`
	// SMTPPassword is only in the environment, like MasterKey.
	SMTPPassword string `key:"smtp_password" secret:"true"`

	// MasterKey is only in the environment (LATCHKEY_MASTER_KEY, base64, or
	// LATCHKEY_MASTER_KEY_FILE) or a file; never in a flag, which others see.
	MasterKey string `key:"master_key" secret:"true"`

	// Scopes are only in the YAML file.
	Scopes []scope `key:"scopes" file:"true"`
}

type scope struct {
	Name, Description string
	Optional          bool
	Default           *bool // nil means yes, unless optional
}

// prefix is that of the environment variables.
const prefix = "LATCHKEY_"

func defaults() *config {
	return &config{
		Addr: "localhost:8000", ConsumerAddr: "localhost:8001", RequestLog: true,
		CodeTTL: time.Minute, AccessTokenTTL: time.Hour, RefreshIdleTTL: 30 * 24 * time.Hour, RefreshTokenTTL: 180 * 24 * time.Hour,
		IDTokenTTL: time.Hour, KeyRotation: 90 * 24 * time.Hour,
		ReplayWindow: 10 * time.Second, SessionIdleTTL: 12 * time.Hour, SMTPPort: 587,
	}
}

// setting is one field of the config.
type setting struct {
	key, help           string
	secret, hides, file bool
	value               reflect.Value
}

// flag is the setting's name on the command line.
func (s setting) flag() string { return strings.ReplaceAll(s.key, "_", "-") }

// variable is its name in the environment.
func (s setting) variable() string { return prefix + strings.ToUpper(s.key) }

// inFile is the variable that names a file with the setting in it, "" if there
// is none.
func (s setting) inFile() string {
	if !s.secret && !s.hides {
		return ""
	}
	return s.variable() + "_FILE"
}

func (c *config) settings() []setting {
	v := reflect.ValueOf(c).Elem()
	var all []setting
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		all = append(all, setting{tag.Get("key"), tag.Get("help"), tag.Get("secret") != "", tag.Get("hides") != "", tag.Get("file") != "", v.Field(i)})
	}
	return all
}

// addFlags adds those settings as flags.
func (c *config) addFlags(flags *pflag.FlagSet, keys ...string) {
	for _, s := range c.settings() {
		if s.secret || s.file || !slices.Contains(keys, s.key) {
			continue
		}
		switch field := s.value.Addr().Interface().(type) {
		case *int:
			flags.IntVar(field, s.flag(), *field, s.help)
		case *string:
			flags.StringVar(field, s.flag(), *field, s.help)
		case *bool:
			flags.BoolVar(field, s.flag(), *field, s.help)
		case *time.Duration:
			flags.DurationVar(field, s.flag(), *field, s.help)
		case *[]string:
			flags.StringArrayVar(field, s.flag(), *field, s.help+" (repeatable)")
		}
	}
}

// load fills in what no flag has set: from the environment, and behind that
// from the YAML file.
func (c *config) load(flags *pflag.FlagSet, path string, env []string) error {
	if err := knownFiles(env); err != nil {
		return err
	}
	values, err := readFile(path)
	if err != nil {
		return err
	}
	for _, s := range c.settings() {
		if flag := flags.Lookup(s.flag()); flag != nil && flag.Changed {
			continue
		}
		text, found, err := fromEnv(s, env)
		if err != nil {
			return err
		}
		switch {
		case found && !s.file:
			if err := s.parse(text); err != nil {
				return fmt.Errorf("%s: %w", s.variable(), err)
			}
		case values.Exists(s.key):
			if err := s.take(values); err != nil {
				return fmt.Errorf("%s: %s: %w", path, s.key, err)
			}
		}
	}
	return nil
}

// readFile reads the YAML file, if there is one, and refuses names that are no
// settings: a misspelt one would be silently without effect.
func readFile(path string) (*koanf.Koanf, error) {
	k := koanf.New("\x00")
	if path == "" {
		return k, nil
	}
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var unknown []string
	for key := range k.Raw() {
		if !slices.ContainsFunc(defaults().settings(), func(s setting) bool { return s.key == key }) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return nil, fmt.Errorf("%s: unknown settings: %s", path, strings.Join(unknown, ", "))
	}
	return k, nil
}

// knownFiles refuses a LATCHKEY_X_FILE of a setting that is not read from a
// file: it would be silently without effect.
func knownFiles(env []string) error {
	var files []string
	known := map[string]bool{prefix + "CONFIG": true}
	for _, s := range defaults().settings() {
		known[s.variable()] = true
		if s.inFile() != "" {
			files = append(files, s.inFile())
		}
	}
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if of, found := strings.CutSuffix(name, "_FILE"); found && known[of] && !slices.Contains(files, name) {
			return fmt.Errorf("%s is not understood, only %s are; set %s itself", name, strings.Join(files, ", "), of)
		}
	}
	return nil
}

// fromEnv finds LATCHKEY_X, or the content of the file that LATCHKEY_X_FILE
// names.
func fromEnv(s setting, env []string) (text string, found bool, err error) {
	var path string
	var inFile bool
	for _, pair := range env {
		switch name, value, _ := strings.Cut(pair, "="); {
		case name == s.variable():
			text, found = value, true
		case name == s.inFile() && name != "":
			path, inFile = value, true
		}
	}
	switch {
	case !inFile:
		return text, found, nil
	case found:
		return "", false, fmt.Errorf("%s and %s are both set: which one is meant?", s.variable(), s.inFile())
	}
	content, err := os.ReadFile(path) //nolint:gosec // the administrator names the file
	if err != nil {
		return "", false, fmt.Errorf("%s: %w", s.inFile(), err)
	}
	if text = strings.TrimSpace(string(content)); text == "" {
		return "", false, fmt.Errorf("%s: %s is empty", s.inFile(), path)
	}
	return text, true, nil
}

func (s setting) parse(text string) error {
	switch field := s.value.Addr().Interface().(type) {
	case *string:
		*field = text
	case *bool:
		switch strings.ToLower(text) {
		case "1", "true", "yes", "on":
			*field = true
		case "0", "false", "no", "off", "":
			*field = false
		default:
			return fmt.Errorf("want true or false, not %q", text)
		}
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("want a number, not %q", text)
		}
		*field = n
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("want a time like 90s, 15m or 12h, not %q", text)
		}
		*field = d
	case *[]string:
		*field = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return nil
}

func (s setting) take(k *koanf.Koanf) error {
	switch field := s.value.Addr().Interface().(type) {
	case *[]string:
		*field = k.Strings(s.key)
	case *[]scope:
		return k.Unmarshal(s.key, field)
	default:
		return s.parse(k.String(s.key))
	}
	return nil
}

// finish fills in what follows from other settings.
func (c *config) finish(demo bool) error {
	if c.Data == "" {
		c.Data = dataFolder(demo)
	}
	if err := knownDatabase("--db", c.DB); err != nil {
		return err
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key belong together: give both")
	}
	if c.TLSSelfSigned && c.TLSCert != "" {
		return errors.New("--tls-self-signed makes its own certificate: leave --tls-cert away")
	}
	return nil
}

// tls reports whether the server speaks https itself.
func (c *config) tls() bool { return c.TLSCert != "" || c.TLSSelfSigned }

// dataFolder is where a program's data belongs: what systemd says, or the
// person's own data folder.
func dataFolder(demo bool) string {
	name := "latchkey"
	if demo {
		name = "latchkey-demo"
	}
	if folder := os.Getenv("STATE_DIRECTORY"); folder != "" && !demo {
		return folder
	}
	if folder := os.Getenv("XDG_DATA_HOME"); folder != "" {
		return filepath.Join(folder, name)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return name
	}
	return filepath.Join(home, ".local", "share", name)
}

// What a database setting may look like. A file that looks like one of them is
// named sqlite:FILE.
var (
	postgresText = regexp.MustCompile(`(?i)^postgres(ql)?://|^\s*\w+\s*=`) // a URL or keywords
	sqliteText   = regexp.MustCompile(`(?i)^sqlite:(//[^/])?`)
	otherText    = regexp.MustCompile(`^[^/\\]+:`) // of another kind
)

// knownDatabase refuses what is no database, instead of making a SQLite file of
// that name. It does not quote it: there may be a password in it.
func knownDatabase(flag, text string) error {
	switch begin := sqliteText.FindString(text); {
	case postgresText.MatchString(text), len(begin) == len("sqlite:"):
		return nil
	case begin != "":
		return fmt.Errorf("%s: sqlite: is followed by a path, and no host", flag)
	case otherText.MatchString(text) && filepath.VolumeName(text) == "":
		return fmt.Errorf("%s is no database that is known here: want a path, sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME or host=HOST dbname=NAME …", flag)
	}
	return nil
}

// postgres reports whether the database is a PostgreSQL.
func (c *config) postgres() bool { return postgresText.MatchString(c.DB) }

// path is the SQLite file.
func (c *config) path() string {
	path := c.DB[len(sqliteText.FindString(c.DB)):]
	if path == "" {
		path = filepath.Join(c.Data, "latchkey.db")
	}
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	return path
}

// database names the database without its password, as its errors do.
func (c *config) database() (string, error) {
	if c.postgres() {
		return postgres.Name(c.DB)
	}
	return c.path(), nil
}

// scopes are the server's scopes; nil means its own.
func (c *config) scopes() (known []oauth.ScopeInfo, given oauth.Scopes) {
	for _, s := range c.Scopes {
		known = append(known, oauth.ScopeInfo{Name: s.Name, Description: s.Description, Optional: s.Optional})
		if (s.Default == nil && !s.Optional) || (s.Default != nil && *s.Default) {
			given = append(given, s.Name)
		}
	}
	return known, given
}

// knownScopes are those that an application can be given, those of OpenID
// Connect among them.
func (c *config) knownScopes() []oauth.ScopeInfo {
	known, _ := c.scopes()
	if known == nil {
		known = oauth.DefaultScopeInfos()
	}
	return append(slices.Clone(known), oauth.OpenIDScopeInfos()...)
}

func (c *config) proxies() ([]netip.Prefix, error) {
	return networks("trusted_proxies", c.TrustedProxies)
}

// networks reads addresses and networks.
func networks(setting string, texts []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range texts {
		if addr, err := netip.ParseAddr(text); err == nil {
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is neither an address nor a network like 10.0.0.0/8", setting, text)
		}
		list = append(list, network)
	}
	return list, nil
}

// outbound is whom the server may ask besides public addresses, and whose
// certificates it trusts besides the system's.
func (c *config) outbound() (allowed []netip.Prefix, authorities *x509.CertPool, err error) {
	if allowed, err = networks("insecure_outbound", c.InsecureOutbound); err != nil || c.OutboundCA == "" {
		return allowed, nil, err
	}
	text, err := os.ReadFile(c.OutboundCA)
	if err != nil {
		return nil, nil, err
	}
	if authorities, err = x509.SystemCertPool(); err != nil {
		authorities = x509.NewCertPool()
	}
	if !authorities.AppendCertsFromPEM(text) {
		return nil, nil, fmt.Errorf("outbound_ca: %s holds no certificate in PEM", c.OutboundCA)
	}
	return allowed, authorities, nil
}
