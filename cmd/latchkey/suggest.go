package main

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// suggestedCommand matches a command in a text, with words that can be its arguments.
var suggestedCommand = regexp.MustCompile(`\blatchkey( [a-z][a-z-]*)+`)

// placeFlags are the flags that select the database or the server of a command.
var placeFlags = []string{"config", "data", "db", serverFlag}

// withoutPlace are the commands that do not use the database that these flags select.
var withoutPlace = []string{"latchkey mock", "latchkey version", "latchkey db copy"}

// suggest adds the flags that selected the database or the server of this command to each command
// in a text. Without them, a person who copies the command would run it on another database. All
// texts that suggest a command pass through it: see warn, execute and check. Those for the back office do not: see findings.
func (c *command) suggest(text string) string {
	if c.running == nil {
		return text
	}
	c.suggesting.Lock() // a server finds problems for several requests, and the library changes commands that it searches
	defer c.suggesting.Unlock()
	return suggestedCommand.ReplaceAllStringFunc(text, func(found string) string {
		words := strings.Fields(found)[1:]
		suggested, rest, err := c.running.Root().Find(words)
		if err != nil || !suggested.HasParent() || suggested.HasSubCommands() || slices.Contains(withoutPlace, suggested.CommandPath()) {
			return found
		}
		return c.variableOfDatabase() + strings.Join(slices.Concat([]string{"latchkey"}, words[:len(words)-len(rest)], c.placeOf(suggested), rest), " ")
	})
}

// placeOf returns the flags, with their values, that select for another command the database or the
// server of this one. Settings of the environment apply to both; see variableOfDatabase.
func (c *command) placeOf(suggested *cobra.Command) (flags []string) {
	for _, name := range placeFlags {
		flag := c.running.Flags().Lookup(name)
		if flag == nil || !flag.Changed || name == serverFlag && suggested.Flags().Lookup(name) == nil {
			continue
		}
		value := flag.Value.String()
		if name == "db" && postgresForm.MatchString(value) {
			value = withoutPassword(value)
		}
		flags = append(flags, "--"+name, shellWord(value))
	}
	return flags
}

// variableOfDatabase returns the beginning of a command that a server suggests, if its environment
// selects the database: the shell of a person does not have the environment of a service. The value can
// be a secret, or a path that only the service can read.
func (c *command) variableOfDatabase() string {
	if source := c.config.sources["db"]; c.running.Name() == "serve" && strings.HasPrefix(source, envPrefix) {
		return source + "=… "
	}
	return ""
}

// publicParameters are the parameters of the address of a PostgreSQL database that contain no password
// and select the database or how the server is verified.
var publicParameters = []string{"host", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation", "target_session_attrs", "search_path"}

// withoutPassword returns the address of a PostgreSQL database without what can be a password. The person
// who copies it adds the password again.
func withoutPassword(database string) string {
	u, err := url.Parse(database)
	if err != nil || u.Host == "" {
		return "…"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	maps.DeleteFunc(query, func(name string, _ []string) bool { return !slices.Contains(publicParameters, name) })
	u.RawQuery, u.ForceQuery, u.Fragment = query.Encode(), false, ""
	return u.String()
}

// plainWord matches a word that a shell does not change.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// shellWord quotes a word for a shell, if necessary.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
