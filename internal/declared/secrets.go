package declared

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The members that refer to a secret.
const (
	SecretFile = "secret_file"
	SecretEnv  = "secret_env"
)

// MaxSecret bounds a secret, in bytes.
const MaxSecret = 64 << 10

// A SecretReader returns the secret to which a member, SecretFile or SecretEnv, refers with a value.
// The error contains no secret.
type SecretReader func(member, value string) (string, error)

// LocalSecrets reads secrets from files and from the environment. Relative paths are relative to the
// folder, and lookup returns an environment variable.
func LocalSecrets(folder string, lookup func(string) (string, bool)) SecretReader {
	return func(member, name string) (string, error) {
		if member == SecretEnv {
			value, _ := lookup(name)
			if value = withoutLineEnd(value); value == "" {
				return "", fmt.Errorf("the environment variable %s is not set", name)
			}
			return value, nil
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		return readSecret(name)
	}
}

// readSecret reads a file with a secret.
func readSecret(name string) (string, error) {
	opened, err := os.Open(name) //nolint:gosec // the administrator names the file
	if err != nil {
		return "", err
	}
	defer func() { _ = opened.Close() }()
	content, err := io.ReadAll(io.LimitReader(opened, MaxSecret+1)) // the size of a device is not known
	value := withoutLineEnd(string(content))
	switch {
	case err != nil:
		return "", err
	case len(content) > MaxSecret:
		return "", fmt.Errorf("%s is larger than %d KiB", name, MaxSecret>>10)
	case value == "":
		return "", fmt.Errorf("%s is empty", name)
	}
	return value, nil
}

// Secrets are the secrets of a file by the members and the values that refer to them.
type Secrets map[string]map[string]string

// Read returns a secret, for Parse. The files and the environment of this machine are not read.
func (s Secrets) Read(member, name string) (string, error) {
	switch value := withoutLineEnd(s[member][name]); {
	case value == "":
		return "", fmt.Errorf("the request has no secret for %s", name)
	case len(value) > MaxSecret:
		return "", fmt.Errorf("the secret for %s is larger than %d KiB", name, MaxSecret>>10)
	default:
		return value, nil
	}
}

// Collect returns a reader that also adds the secrets to s.
func (s Secrets) Collect(from SecretReader) SecretReader {
	return func(member, name string) (string, error) {
		value, err := from(member, name)
		if err == nil {
			if s[member] == nil {
				s[member] = make(map[string]string)
			}
			s[member][name] = value
		}
		return value, err
	}
}

// withoutLineEnd returns a secret without the line break at the end, which editors and shells add.
func withoutLineEnd(text string) string { return strings.TrimRight(text, "\r\n") }

// secret returns the secret to which the members of an object refer, or "".
func (r *reader) secret(n *yaml.Node, all []member) string {
	var from []member
	for _, m := range all {
		if (m.name == SecretFile || m.name == SecretEnv) && !isNull(m.value) {
			from = append(from, m)
		}
	}
	switch {
	case len(from) == 0:
		return ""
	case len(from) > 1:
		r.fault(n, "secret_file and secret_env are both set: remove one of them")
		return ""
	case from[0].value.Kind != yaml.ScalarNode:
		r.fault(from[0].value, "%s: write a text, not %s", from[0].name, kindOf(from[0].value))
		return ""
	}
	value, err := r.secrets(from[0].name, from[0].value.Value)
	if err != nil {
		r.fault(from[0].value, "%s: %v", from[0].name, err)
	}
	return value
}
