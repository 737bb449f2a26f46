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

// What is said of a text that is no URL, and of one that is no keyword string.
// Neither quotes it, for what is wrong may be a part of the password.
var (
	errURL      = errors.New("the database URL cannot be read: want postgres://user:password@host/name, where / # % ? @ in the password are written %2F %23 %25 %3F %40")
	errKeywords = errors.New("the database's keywords cannot be read: want host=HOST user=USER dbname=NAME, where a value with spaces is quoted: password='a b'")
)

// errExecMode refuses the ways to run a statement that no pooler in transaction
// mode takes, and that gain nothing without one.
var errExecMode = errors.New("default_query_exec_mode of the database can only be exec, for a pooler in transaction mode: else leave it out")

// wrong finds the name of a setting in what pgx says of it, before any value.
var wrong = regexp.MustCompile(`^(?:cannot parse |invalid |unknown )?([a-z]+(?:_[a-z]+)+)`)

// parse reads a URL or keyword string. The errors hold nothing of the password.
func parse(text string) (*pgxpool.Config, error) {
	unreadable := errKeywords
	if begin := scheme.FindString(text); begin != "" {
		unreadable = errURL
		text = strings.ToLower(begin) + text[len(begin):]
	}
	config, err := pgxpool.ParseConfig(text)
	if err == nil {
		if torn(text, config.ConnConfig) {
			return nil, unreadable
		}
		if mode := config.ConnConfig.DefaultQueryExecMode; mode != pgx.QueryExecModeCacheStatement && mode != pgx.QueryExecModeExec {
			return nil, errExecMode
		}
		return config, nil
	}
	var said *pgconn.ParseConfigError
	if !errors.As(err, &said) {
		return nil, unreadable
	}
	bare := *said
	bare.ConnString = "" // which it quotes
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
	case tells(reason, text) && name != "":
		return nil, fmt.Errorf("the setting %s of the database cannot be used: its value is wrong", name)
	case tells(reason, text):
		return nil, unreadable
	}
	return nil, fmt.Errorf("the settings of the database cannot be used: %s", reason)
}

// torn reports whether an unescaped password was taken for something else: one
// with a slash for a port and a name, one with an @ for a host or a part of it.
// What is to be said of such a database would tell it, and what is to be sent
// would go elsewhere.
func torn(text string, c *pgx.ConnConfig) bool {
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
		return true // a password with a slash and a question mark in it
	}
	return strings.Contains(name+fragment, "@")
}

// tells reports whether a sentence has a secret of the URL in it.
func tells(sentence, text string) bool {
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

// Name names a database without its user and its password, as the errors do:
// NAME on HOST:PORT.
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

// hosts are those that are tried, each once.
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
