package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	scheme  = regexp.MustCompile(`(?i)^postgres(ql)?://`)
	keyword = regexp.MustCompile(`^[\w.]+$`)
)

// The errors for a text that is not a URL, and for one that is not a keyword string.
// They do not quote the text, because the wrong part may belong to the password.
var (
	errURL      = errors.New("the database URL cannot be read: want postgres://user:password@host/name, where / # % ? @ in the password are written %2F %23 %25 %3F %40")
	errKeywords = errors.New("the database keywords cannot be read: want host=HOST user=USER dbname=NAME, where a value with spaces is quoted: password='a b'")
)

// errExecMode is the error for ways to run statements that do not work with a pooler
// in transaction mode, and have no advantage without one.
var errExecMode = errors.New("default_query_exec_mode in the database URL can only be exec, which is for a pooler in transaction mode. Without such a pooler, omit it")

// wrong finds the name of a setting in an error of pgx, before any value.
var wrong = regexp.MustCompile(`^(?:cannot parse |invalid |unknown )?([a-z]+(?:_[a-z]+)+)`)

// parse reads a URL or a keyword string. Its errors contain no part of the password.
func parse(text string) (*pgxpool.Config, error) {
	unreadable := errKeywords
	if begin := scheme.FindString(text); begin != "" {
		unreadable = errURL
		text = strings.ToLower(begin) + text[len(begin):]
	}
	config, err := pgxpool.ParseConfig(text)
	if err == nil {
		if misread(text, config.ConnConfig) {
			return nil, unreadable
		}
		if mode := config.ConnConfig.DefaultQueryExecMode; mode != pgx.QueryExecModeCacheStatement && mode != pgx.QueryExecModeExec {
			return nil, errExecMode
		}
		return config, nil
	}
	var parsing *pgconn.ParseConfigError
	if !errors.As(err, &parsing) {
		return nil, unreadable
	}
	bare := *parsing
	bare.ConnString = "" // the error quotes it
	reason := strings.TrimPrefix(bare.Error(), "cannot parse ``: ")
	name := ""
	if found := wrong.FindStringSubmatch(reason); found != nil {
		name = found[1]
	} else if strings.HasPrefix(reason, "failed to configure TLS") {
		name = "sslmode, sslrootcert, sslcert or sslkey"
	}
	switch {
	case strings.HasPrefix(reason, "failed to parse as"), reason == "invalid port", strings.Contains(reason, "@"):
		return nil, unreadable
	case name == "default_query_exec_mode":
		return nil, errExecMode
	case reveals(reason, text) && name != "":
		return nil, fmt.Errorf("the setting %s of the database cannot be used: its value is invalid", name)
	case reveals(reason, text):
		return nil, unreadable
	}
	return nil, fmt.Errorf("the settings of the database cannot be used: %s", reason)
}

// misread reports whether an unescaped password was read as something else: one with
// a slash as a port and a name, one with an @ as a host or a part of it. Errors would
// then contain the password, and Latchkey would connect to another host.
func misread(text string, c *pgx.ConnConfig) bool {
	if slices.ContainsFunc(hosts(c), func(host string) bool { return strings.Contains(host, "@") }) {
		return true
	}
	for name := range c.RuntimeParams {
		if !keyword.MatchString(name) {
			return true
		}
	}
	if !scheme.MatchString(text) {
		return false
	}
	_, rest, _ := strings.Cut(text, "://")
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, name, _ := strings.Cut(rest, "/")
	if _, host, found := strings.Cut(query, "@"); found && name != "" && strings.Contains(host, "/") && !strings.Contains(authority, "@") {
		return true // a password with a slash and a question mark
	}
	return strings.Contains(name+fragment, "@")
}

// reveals reports whether a sentence contains a secret of the URL.
func reveals(sentence, text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	password, _ := u.User.Password()
	for _, secret := range []string{password, u.Query().Get("password"), u.Query().Get("sslpassword")} {
		if secret != "" && strings.Contains(sentence, secret) {
			return true
		}
	}
	return false
}

// Name returns the name of a database without its user and its password, in the form
// that errors have: NAME on HOST:PORT.
func Name(text string) (string, error) {
	config, err := parse(text)
	if err != nil {
		return "", err
	}
	return name(config.ConnConfig), nil
}

func name(c *pgx.ConnConfig) string {
	return cmp.Or(c.Database, c.User) + " on " + strings.Join(hosts(c), ", ")
}

// hosts returns the hosts that are tried, each once.
func hosts(c *pgx.ConnConfig) []string {
	all := []string{at(c.Host, c.Port)}
	for _, other := range c.Fallbacks {
		if host := at(other.Host, other.Port); !slices.Contains(all, host) {
			all = append(all, host)
		}
	}
	return all
}

func at(host string, port uint16) string { return net.JoinHostPort(host, strconv.Itoa(int(port))) }
