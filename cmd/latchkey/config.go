package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/ldap"
)

// config holds all settings. See package settings for the tags. The setting
// trusted_proxies of the configuration file is the flag --trusted-proxies and the
// environment variable LATCHKEY_TRUSTED_PROXIES. A flag overrides the environment,
// which overrides the file; see also preferData. A secret or sensitive setting can be in its own file,
// which LATCHKEY_…_FILE names.
type config struct {
	serverConfig     `title:"Server"`
	storageConfig    `title:"Database and keys"`
	latchkey.Options `title:"Pages and requests"`
	pagesConfig      `title:"Pages and requests"`
	mailConfig       `title:"Mail"`

	sources map[string]string // the names with which settings were set, by their keys; see note
	folder  string            // that of the configuration file
	unread  []string          // the fields of the settings that load could not read
	// overridden is the name with which the database was set, if --data overrides it.
	overridden string
	// secretPaths are the files with secrets that the configuration file names, and hasSecret reports whether
	// it contains one itself, in a list.
	secretPaths []string
	hasSecret   bool
}

type serverConfig struct {
	Addr         string `key:"addr" default:"localhost:8000" help:"address to listen on: HOST:PORT, or unix:PATH for a Unix socket"`
	OpsAddr      string `key:"ops_addr" commands:"serve demo" help:"address for health checks, metrics and profiles, like --addr (default none); must not be reachable from the internet"`
	ConsumerAddr string `key:"consumer_addr" default:"localhost:8001" commands:"demo" help:"address of the demo's consumer"`
	RequestLog   bool   `key:"request_log" default:"true" help:"log a line for every request"`
	EventLog     bool   `key:"event_log" help:"log a line for every event that the audit log records"`
	LogLevel     string `key:"log_level" default:"info" help:"lowest level that is logged: debug, info, warn or error"`
	LogFormat    string `key:"log_format" default:"auto" help:"format of the log: text, json, or auto, which is text on a terminal and JSON otherwise"`

	ShutdownDelay time.Duration `key:"shutdown_delay" min:"0s" max:"1h" commands:"serve" help:"how long to keep serving after SIGTERM while /healthz and /readyz return 503, so that load balancers stop sending requests"`

	TLSCert       string `key:"tls_cert" path:"true" commands:"serve check" help:"file with the TLS certificate, in PEM format"`
	TLSKey        string `key:"tls_key" path:"true" commands:"serve check" help:"file with the TLS key, in PEM format"`
	TLSSelfSigned bool   `key:"tls_self_signed" commands:"serve check" help:"generate a certificate for localhost at startup, for local development"`
}

type storageConfig struct {
	Data    string `key:"data" path:"true" commands:"all" help:"folder that contains the database and the master key (default the user's data folder)"`
	DB      string `key:"db" path:"true" sensitive:"true" commands:"all" help:"database: a path, sqlite:PATH, or postgres://USER:PASSWORD@HOST/NAME (default latchkey.db in --data)"`
	Migrate bool   `key:"migrate" help:"migrate the tables of a PostgreSQL database at startup"`
	// EncodedMasterKey is never a flag, because other users of the machine can
	// read flags. Without it, the key is read from a file; see masterkey.go.
	EncodedMasterKey string `key:"master_key" secret:"true" help:"master key in base64 (default the file master.key)"`
}

type pagesConfig struct {
	TemplatesFolder string `key:"templates" path:"true" option:"Templates" help:"folder with pages that replace the built-in pages, and with translations"`
	BrandLogoFile   string `key:"brand_logo" path:"true" option:"BrandLogo" help:"image for the header of pages and emails, of at most 256 KiB: PNG, JPEG, GIF, WebP or SVG (default a built-in logo); emails do not show WebP and SVG images"`
	GeoIPDatabase   string `key:"geoip_database" path:"true" help:"MaxMind DB file, such as GeoLite2-City.mmdb, that lets pages and emails show the approximate location of a network address (default none)"`
	OutboundCA      string `key:"outbound_ca" path:"true" help:"PEM file with certificate authorities to trust in requests to applications, in addition to those of the system"`
}

type mailConfig struct {
	SMTPHost     string `key:"smtp_host" help:"mail server (default none); without one, no email is sent and users cannot reset their passwords"`
	SMTPPort     int    `key:"smtp_port" default:"587" min:"1" max:"65535" help:"port of the mail server; 465 uses TLS from the start, and any other port must offer STARTTLS"`
	SMTPUser     string `key:"smtp_user" help:"username for the mail server (default none)"`
	SMTPPassword string `key:"smtp_password" secret:"true" help:"password for the mail server"`
	SMTPFrom     string `key:"smtp_from" help:"sender address of emails"`
	InsecureSMTP bool   `key:"insecure_smtp" help:"send email without TLS; others can then read the emails and the password of the mail server"`
}

func newConfig() *config {
	c := new(config)
	settings.SetDefaults(c)
	c.OpenDirectory = ldap.Open
	c.AllSettings, c.SettingSource = c, func(key string) string { return c.sources[key] }
	return c
}

// finish sets what follows from other settings, and checks the settings that
// all commands use.
func (c *config) finish(demo bool) error {
	if c.Data == "" {
		c.Data = dataFolder(demo)
	}
	var faults []error
	if problem := checkDatabase(c.DB); problem != "" {
		faults = append(faults, settings.Faultf("DB", "%s", problem))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		faults = append(faults, errors.New("the settings tls_cert and tls_key must be given together"))
	}
	if c.TLSSelfSigned && c.TLSCert != "" {
		faults = append(faults, settings.Faultf("TLSSelfSigned", " generates a certificate; remove tls_cert and tls_key"))
	}
	if !slices.Contains([]string{"auto", "text", "json"}, c.LogFormat) {
		faults = append(faults, settings.Faultf("LogFormat", " is %q; it must be auto, text or json", c.LogFormat))
	}
	if _, err := c.logLevel(); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// logsJSON reports whether the log that is written to w is JSON. An unknown
// format is treated like auto: the log reports it.
func (c *config) logsJSON(w io.Writer) bool {
	return c.LogFormat == "json" || (c.LogFormat != "text" && !isTerminal(w))
}

// logLevel returns the level of the log.
func (c *config) logLevel() (level slog.Level, err error) {
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
		return level, level.UnmarshalText([]byte(c.LogLevel))
	}
	return level, settings.Faultf("LogLevel", " is %q; it must be debug, info, warn or error", c.LogLevel)
}

// tls reports whether the server listens with TLS.
func (c *config) tls() bool { return c.TLSCert != "" || c.TLSSelfSigned }

// dataFolder returns the folder that systemd has created for the service, or a
// folder in the data folder of the user.
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

// makeDataFolder creates the data folder. It does not create the home folder of
// the user: accounts of services often have one that does not exist, and nobody
// would look for the data there.
func (c *config) makeDataFolder() error {
	home, err := os.UserHomeDir()
	if err == nil && strings.HasPrefix(c.Data, home+string(filepath.Separator)) {
		if _, err := os.Stat(home); err != nil {
			return fmt.Errorf("the home folder %s of this user does not exist: set --data to the folder of the database and the master key", home)
		}
	}
	return os.MkdirAll(c.Data, 0o700)
}

// outboundAuthorities returns the certificate authorities for requests to
// applications, or nil for those of the system.
func (c *config) outboundAuthorities() (*x509.CertPool, error) {
	if c.OutboundCA == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.OutboundCA)
	if err != nil {
		return nil, settings.Faultf("OutboundCA", ": %v", err)
	}
	authorities, err := x509.SystemCertPool()
	if err != nil {
		authorities = x509.NewCertPool()
	}
	if !authorities.AppendCertsFromPEM(text) {
		return nil, settings.Faultf("OutboundCA", ": %s contains no certificate in PEM format", c.OutboundCA)
	}
	return authorities, nil
}

// makeDatabaseFolder creates the data folder if the SQLite file is in it. A command
// that uses the database of another program leaves no empty folder.
func (c *config) makeDatabaseFolder() error {
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return err
	}
	if filepath.Dir(c.path()) != data {
		return nil
	}
	return c.makeDataFolder()
}
