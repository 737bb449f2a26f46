package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// addJSONFlagFromFile adds --json to a command that takes count arguments. The name
// of a file can follow, from which the fields are read.
func (c *command) addJSONFlagFromFile(cmd *cobra.Command, count int) *cobra.Command {
	args, omitted := cmd.Args, "keeps\nits value, and null means the default. Flags are applied after the file."
	if count == 0 { // add
		omitted = "or\nis null gets its default value. Flags are applied after the file."
	}
	cmd.Args = func(cmd *cobra.Command, given []string) error {
		if c.json && len(given) == count+1 {
			given = given[:count]
		}
		return args(cmd, given)
	}
	cmd.Long = cmd.Short + `.

With --json FILE, the fields are read from a JSON file in the form that latchkey
app show --json prints; - means standard input. A field that is not in the file ` + omitted
	c.addJSONFlag(cmd).Flags().Lookup("json").Usage = "print JSON, and read the fields from FILE if it is given"
	return cmd
}

// readFields reads a JSON file and returns a function that changes a client by its
// members. names contains the name of the file, or is empty.
func (c *command) readFields(names []string, adding bool) (func(*oauth.Client) error, error) {
	if len(names) == 0 {
		return func(*oauth.Client) error { return nil }, nil
	}
	text, err := c.readJSON(names[0])
	return func(client *oauth.Client) error {
		if err := setMembers(text, client, adding); err != nil {
			return fmt.Errorf("%s: %w", names[0], err)
		}
		return nil
	}, err
}

func (c *command) readJSON(name string) ([]byte, error) {
	const most = 1 << 20
	if name == "-" {
		return io.ReadAll(io.LimitReader(c.in, most))
	}
	return os.ReadFile(name) //nolint:gosec // the administrator names the file
}

// setMembers changes the client by the members of a JSON object.
func setMembers(text []byte, client *oauth.Client, adding bool) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return fmt.Errorf("this is not a JSON object: %w", err)
	}
	for _, f := range clientfields.All() {
		value, given := members[f.Name]
		if !given {
			continue
		}
		delete(members, f.Name)
		var read oauth.Client
		if err := json.Unmarshal(fmt.Appendf(nil, "{%q: %s}", f.Name, value), &read); err != nil {
			return wrongType(f, err)
		}
		switch {
		case adding && f.Kind == clientfields.Kept: // of another application
		case f.Kind != clientfields.Kept && (adding || !f.Fixed):
			f.Copy(client, &read)
		case (f.Name == "updated_at" || f.Name == "version") && !f.Equal(client, &read):
			return fmt.Errorf("the application was changed after this file was written: its %s is now %s. Read it again with latchkey app show %s --json, and repeat the change", f.Name, strings.Join(f.Get(client), ", "), client.ID)
		case !f.Equal(client, &read):
			return fmt.Errorf("%s cannot be changed: the application has %s", f.Name, strings.Join(f.Get(client), ", "))
		}
	}
	if isShown(members["secrets"]) { // only app rotate-secret changes them
		delete(members, "secrets")
	}
	if len(members) > 0 {
		var known, unknown []string
		for _, f := range clientfields.All() {
			known = append(known, f.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			unknown = append(unknown, name+settings.DidYouMean(name, known))
		}
		return fmt.Errorf("unknown members: %s", strings.Join(unknown, ", "))
	}
	return nil
}

// isShown reports whether a value is the list of secrets that app show prints.
func isShown(secrets json.RawMessage) bool {
	var shown []appSecret
	decoder := json.NewDecoder(bytes.NewReader(secrets))
	decoder.DisallowUnknownFields()
	return decoder.Decode(&shown) == nil && len(shown) > 0 && !slices.ContainsFunc(shown, func(s appSecret) bool { return s.ID == "" })
}

// wrongType returns an error that a person can understand without knowing Go.
func wrongType(f clientfields.Field, err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return fmt.Errorf("%s: the value must not be a JSON %s", f.Name, wrong.Value)
	case f.IsTime(): // the error is that of package time
		return fmt.Errorf("%s: the value must be a time such as \"2027-03-31T12:00:00Z\"", f.Name)
	}
	return fmt.Errorf("%s: %w", f.Name, err)
}
