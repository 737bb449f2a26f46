package main

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"

	"github.com/seed-e6a88a41/latchkey"
)

// setLoginProviders sets the login providers. A misspelt member is an error. The client
// secrets come from the environment, as all secrets do.
func (c *config) setLoginProviders(key string, k *koanf.Koanf, env []string) error {
	members := loginProviderMembers()
	if err := checkMembers(key, k, append(members, "client_secret")...); err != nil {
		return err
	}
	var providers []latchkey.LoginProvider
	if err := k.Unmarshal(key, &providers); err != nil {
		return fmt.Errorf("it must be a list with the members %s", strings.Join(members, ", "))
	}
	list, _ := k.Get(key).([]any)
	for i := range providers {
		variable := secretVariable(providers[i].Name)
		if values, _ := list[i].(map[string]any); values["client_secret"] != nil {
			return fmt.Errorf("the secret of %s cannot be in this file, which is often copied and readable by others. Set %s, or %s_FILE to the path of a file that contains it", providers[i].Name, variable, variable)
		}
		secret, err := secretFromEnv(variable, env)
		if err != nil {
			return err
		}
		providers[i].ClientSecret = secret
	}
	c.LoginProviders = providers
	return nil
}

// loginProviderMembers returns the members of a login provider, as they are declared.
func loginProviderMembers() (members []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[latchkey.LoginProvider]()) {
		if name := field.Tag.Get("koanf"); name != "-" {
			members = append(members, name)
		}
	}
	return members
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
