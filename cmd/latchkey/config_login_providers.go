package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// setLoginProviders sets the login providers. The client
// secrets come from the environment, as all secrets do.
func (c *config) setLoginProviders(key string, k *koanf.Koanf, env []string) error {
	list, _ := k.Get(key).([]any)
	for _, item := range list {
		if members, _ := item.(map[string]any); members["client_secret"] != nil {
			name := fmt.Sprint(members["name"])
			return fmt.Errorf("the secret of %s cannot be in this file, which is often copied and readable by others. Set %s, or %s_FILE to the path of a file that contains it", name, secretVariable(name), secretVariable(name))
		}
	}
	var providers []latchkey.LoginProvider
	if err := c.decodeList(k, key, &providers); err != nil {
		return err
	}
	for i := range providers {
		secret, err := secretFromEnv(secretVariable(providers[i].Name), env)
		if err != nil {
			return err
		}
		providers[i].ClientSecret = secret
	}
	c.LoginProviders = providers
	return nil
}

// loginProviderFaults returns what is wrong with the login providers, with the names of the
// configuration file and of the variables that contain the secrets.
func (c *config) loginProviderFaults() error {
	return upstream.Check(c.LoginProviders, func(s upstream.Settings, f upstream.Fault) string {
		if f.Field != upstream.FieldSecret {
			return ""
		}
		return fmt.Sprintf(". Set %s_FILE to the path of a file that contains it", secretVariable(s.Name))
	})
}

// secretVariable returns the environment variable with the client secret of a provider.
func secretVariable(name string) string {
	return envPrefix + "LOGIN_PROVIDER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_SECRET"
}

// secretFromEnv returns a secret in the environment, or in the file that the environment
// names, or "".
func secretFromEnv(variable string, env []string) (secret string, err error) {
	value := func(name string) (string, bool) {
		i := slices.IndexFunc(env, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
		if i < 0 {
			return "", false
		}
		return strings.TrimPrefix(env[i], name+"="), true
	}
	secret, found := value(variable)
	path, inFile := value(variable + "_FILE")
	switch {
	case found && inFile:
		return "", fmt.Errorf("%s and %s_FILE are both set; unset one of them", variable, variable)
	case inFile:
		text, err := os.ReadFile(path) //nolint:gosec // the path is in the environment of this program
		return strings.TrimSpace(string(text)), err
	}
	return secret, nil
}
