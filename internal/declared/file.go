// Package declared changes scopes, resources, groups, login providers, applications and the
// roles of people to match a file. It reads the file, compares it with what is stored, and
// makes the changes through packages acts, loginproviders and account, which make all changes
// by administrators. It also writes such a file.
//
// Reading order: yaml.go, file.go, plan.go, planner.go, definition.go, group.go,
// login_provider.go, application.go, person.go, administrators.go, export.go.
package declared

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// Limits of a file.
const (
	MaxBytes   = 4 << 20 // bytes
	MaxObjects = 10_000  // in each list
)

// The kinds of objects, which are the lists of a file.
const (
	Scopes         = "scopes"
	Resources      = "resources"
	Groups         = "groups"
	LoginProviders = "login_providers"
	Applications   = "applications"
	People         = "people"
)

// Kinds returns the kinds in the order in which they are written.
func Kinds() []string {
	return []string{Scopes, Resources, Groups, LoginProviders, Applications, People}
}

// ofServer are lists that only the configuration file of the server has.
var ofServer = []string{"trusted_issuers", "webhooks"}

// File holds the objects that a file declares.
type File struct {
	named        map[string]bool // the kinds that the file has
	definitions  map[string][]*definition
	groups       []*group
	applications []*application
	providers    []*loginProvider
	people       []*person
}

// Names reports whether the file has a list of the kind.
func (f *File) Names(kind string) bool { return f.named[kind] }

// NeedsKeys reports whether the master key is needed to apply the file: for secrets that are
// stored encrypted.
func (f *File) NeedsKeys() bool {
	return f.named[LoginProviders] || slices.ContainsFunc(f.applications, func(a *application) bool { return a.client.NeedsReadableSecret() })
}

// Parse reads a file. Relative paths in it begin at the folder, and lookup returns a variable of
// the environment. The error joins all mistakes, each with its line. It contains no secret.
func Parse(text []byte, folder string, lookup func(string) (string, bool)) (*File, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("the file is larger than %d MiB", MaxBytes>>20)
	}
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	kinds, err := membersOf(root)
	if err != nil {
		return nil, err
	}
	f := &File{named: make(map[string]bool), definitions: make(map[string][]*definition)}
	r := reader{folder: folder, lookup: lookup}
	for _, kind := range kinds {
		if !slices.Contains(Kinds(), kind.name) {
			r.fault(kind.value, "%s", unknownKind(kind.name))
			continue
		}
		if isNull(kind.value) {
			continue
		}
		f.named[kind.name] = true
		f.read(&r, kind)
	}
	return f, errors.Join(r.faults...)
}

// unknownKind explains why a file cannot have a list.
func unknownKind(name string) string {
	if slices.Contains(ofServer, name) {
		return name + " are settings of the server: declare them in its configuration file (--config), and restart it"
	}
	return fmt.Sprintf("unknown member %s%s; the members are %s", name, settings.DidYouMean(name, Kinds()), strings.Join(Kinds(), ", "))
}

// length returns how many objects of a kind the file has.
func (f *File) length(kind string) int {
	switch kind {
	case Groups:
		return len(f.groups)
	case LoginProviders:
		return len(f.providers)
	case Applications:
		return len(f.applications)
	case People:
		return len(f.people)
	}
	return len(f.definitions[kind])
}

// read reads the objects of a kind.
func (f *File) read(r *reader, kind member) {
	if kind.value.Kind != yaml.SequenceNode {
		r.fault(kind.value, "%s: write a list, not %s", kind.name, kindOf(kind.value))
		return
	}
	if len(kind.value.Content) > MaxObjects {
		r.fault(kind.value, "%s: the list has more than %d elements", kind.name, MaxObjects)
		return
	}
	seen := make(map[string]int)
	for _, n := range kind.value.Content {
		all, err := membersOf(n)
		if err != nil {
			r.faults = append(r.faults, err)
			continue
		}
		var name string
		switch kind.name {
		case Scopes, Resources:
			d := r.definition(kind.name, n, all)
			name, f.definitions[kind.name] = d.row.Name, append(f.definitions[kind.name], d)
		case Groups:
			g := r.group(n, all)
			name, f.groups = g.canonical, append(f.groups, g)
		case Applications:
			a := r.application(n, all)
			name, f.applications = a.client.ID, append(f.applications, a)
		case LoginProviders:
			p := r.loginProvider(n, all)
			name, f.providers = p.settings.Name, append(f.providers, p)
		case People:
			p := r.person(n, all)
			name, f.people = p.name(), append(f.people, p)
		}
		if first := seen[name]; first > 0 && name != "" {
			r.fault(n, "%s is already in line %d", name, first)
		}
		seen[name] = n.Line
	}
}

// reader collects the mistakes in a file.
type reader struct {
	folder string
	lookup func(string) (string, bool)
	faults []error
}

func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	r.faults = append(r.faults, faultf(n, format, args...))
}

// The members that refer to a secret.
const (
	secretFile = "secret_file"
	secretEnv  = "secret_env"
)

// maxSecret bounds a secret, in bytes.
const maxSecret = 64 << 10

// secret returns the secret to which the members of an object refer, or "".
func (r *reader) secret(n *yaml.Node, all []member) string {
	var from []member
	for _, m := range all {
		if (m.name == secretFile || m.name == secretEnv) && !isNull(m.value) {
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
	value, err := r.secretOf(from[0].name, from[0].value.Value)
	if err != nil {
		r.fault(from[0].value, "%s: %v", from[0].name, err)
	}
	return value
}

// secretOf reads the secret from a file or from the environment.
func (r *reader) secretOf(member, name string) (string, error) {
	if member == secretEnv {
		value, _ := r.lookup(name)
		if value = withoutLineEnd(value); value == "" {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return value, nil
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(r.folder, name)
	}
	opened, err := os.Open(name) //nolint:gosec // the administrator names the file
	if err != nil {
		return "", err
	}
	defer func() { _ = opened.Close() }()
	content, err := io.ReadAll(io.LimitReader(opened, maxSecret+1)) // the size of a device is not known
	value := withoutLineEnd(string(content))
	switch {
	case err != nil:
		return "", err
	case len(content) > maxSecret:
		return "", fmt.Errorf("%s is larger than %d KiB", name, maxSecret>>10)
	case value == "":
		return "", fmt.Errorf("%s is empty", name)
	}
	return value, nil
}

// withoutLineEnd returns a secret without the line break at the end, which editors and shells add.
func withoutLineEnd(text string) string { return strings.TrimRight(text, "\r\n") }

// unknown reports a member that an object does not have.
func (r *reader) unknown(m member, known []string) {
	if strings.Contains(m.name, "secret") {
		r.fault(m.value, "%s: a secret cannot be in this file, which is often copied and readable by others. Use secret_file or secret_env", m.name)
		return
	}
	r.fault(m.value, "unknown member %s%s", m.name, settings.DidYouMean(m.name, known))
}
