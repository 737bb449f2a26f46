package main

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// A settingsError is an error in the settings, whose text says where the person can
// change them.
type settingsError struct{ error }

func (e settingsError) Unwrap() error { return e.error }

// A wrongSetting is a fault of the settings that prevents a server from starting.
type wrongSetting struct {
	field string // the name of the field in Go, or "" if the fault is about no single setting
	text  string // with the name of the setting as the person wrote it
}

// describe returns the errors that err joins. A fault of a setting has the name with which
// the person set it: the flag, the environment variable, or the member of the file.
func (c *config) describe(err error) (all []wrongSetting) {
	if failed, ok := errors.AsType[failure](err); ok {
		err = failed.error
	}
	if wrong, ok := errors.AsType[settingsError](err); ok {
		err = wrong.error
	}
	for _, e := range settings.Split(err) {
		if fault, ok := errors.AsType[*settings.Fault](e); ok {
			all = append(all, wrongSetting{fault.Field, c.nameOf(fault.Field) + fault.Problem})
		} else {
			all = append(all, wrongSetting{"", e.Error()})
		}
	}
	return all
}

// text returns the text of an error for a person, who did not write Go code.
func (c *config) text(err error) string {
	var lines []string
	for _, w := range c.describe(err) {
		lines = append(lines, w.text)
	}
	return strings.Join(lines, "\n")
}

// nameOf returns the name of a setting as the person wrote it.
func (c *config) nameOf(field string) string {
	for _, s := range settings.Of(c) {
		if s.Field != field {
			continue
		}
		if source := c.sources[s.Key]; source != "" {
			return source
		}
		return "the setting " + s.Key
	}
	return field
}

// note records the name with which a setting was set.
func (c *config) note(key, source string) {
	if c.sources == nil {
		c.sources = make(map[string]string)
	}
	c.sources[key] = source
}

// ofOrchestrator matches the variables that Kubernetes and Docker set for a service whose
// name begins with latchkey, such as LATCHKEY_PORT_8000_TCP_ADDR.
var ofOrchestrator = regexp.MustCompile(`_SERVICE_(HOST|PORT)(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$`)

// unknownVariables returns a text for each environment variable that looks like a
// setting, and has no effect. They are not errors, because other programs can define them.
func (c *config) unknownVariables(env []string) (texts []string) {
	known := map[string]bool{
		envPrefix + "CONFIG": true, // and the credentials for --server
		tokenVariable:        true, tokenVariable + "_FILE": true, clientIDVariable: true, clientSecretVariable: true, clientSecretVariable + "_FILE": true,
	}
	for _, s := range settings.Of(c) {
		known[variable(s)] = !s.FileOnly
		known[fileVariable(s)] = true
	}
	for _, p := range c.LoginProviders {
		known[secretVariable(p.Name)], known[secretVariable(p.Name)+"_FILE"] = true, true
	}
	names := slices.Collect(maps.Keys(known))
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, envPrefix) && !known[name] && !ofOrchestrator.MatchString(name) {
			texts = append(texts, "The environment variable "+name+" is not a setting, and has no effect"+settings.DidYouMean(name, names))
		}
	}
	slices.Sort(texts)
	return texts
}
