// Package declared changes scopes, resources, groups, login providers, applications and the
// roles of people to match a file. It reads the file, compares it with what is stored, and
// makes the changes through packages acts, loginproviders and account, which make all changes
// by administrators. It also writes such a file.
//
// Reading order: yaml.go, file.go, secrets.go, mistake.go, plan.go, confirm.go, permissions.go, planner.go, definition.go, group.go,
// login_provider.go, application.go, person.go, administrators.go, export.go.
package declared

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// Limits of a file.
const (
	MaxBytes   = 4 << 20 // bytes
	MaxObjects = 10_000  // in each list
	maxNodes   = 500_000 // names and values
	maxFaults  = 100     // that are reported
	maxText    = 1000    // bytes of the description of a fault
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

// OfOwnPeople returns the kinds that do not exist if the people are those of a host program.
func OfOwnPeople() []string { return []string{Groups, LoginProviders, People} }

// ofServer are lists that only the configuration file of the server has. The policies there are single
// settings, which are in settingsOfServer.
var ofServer = []string{"policies", "trusted_issuers", "webhooks"}

// settingsOfServer are the policies in the configuration file that people look for in this file, too.
var settingsOfServer = []string{
	"breach_list", "client_documents", "developers", "developer_approval", "developer_kinds", "developer_limit", "developer_scopes",
	"login_providers_only", "registration", "registration_limit", "require_second_factor", "session_ttl", "sign_up",
}

// SettingsOfServer returns names for which Parse reports that they are settings of the server.
func SettingsOfServer() []string { return slices.Clone(settingsOfServer) }

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

// Parse reads a file. secrets returns the secrets to which it refers. The error joins the first
// mistakes, each with its line. It contains no secret.
func Parse(text []byte, secrets SecretReader) (*File, error) {
	return ParseAdmitted(text, secrets, func(string) error { return nil })
}

// ParseAdmitted reads a file as Parse does. It calls admit with each kind of the file before it reads any
// object, and returns the error of admit.
func ParseAdmitted(text []byte, secrets SecretReader, admit func(kind string) error) (*File, error) {
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
	if err := admitAll(kinds, admit); err != nil {
		return nil, err
	}
	f := &File{named: make(map[string]bool), definitions: make(map[string][]*definition)}
	r := reader{secrets: secrets}
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

// admitAll calls admit with each kind that the file has.
func admitAll(kinds []member, admit func(kind string) error) error {
	for _, kind := range kinds {
		if !slices.Contains(Kinds(), kind.name) || isNull(kind.value) {
			continue
		}
		if err := admit(kind.name); err != nil {
			return err
		}
	}
	return nil
}

// unknownKind explains why a file cannot have a list.
func unknownKind(name string) string {
	if slices.Contains(ofServer, name) {
		return name + " are settings of the server: declare them in its configuration file (--config), and restart it"
	}
	if slices.Contains(settingsOfServer, name) {
		return name + " is a setting of the server: declare it in its configuration file (--config), and restart it"
	}
	return fmt.Sprintf("unknown member %s%s; the members are %s. Settings of the server are in its configuration file (--config)", name, settings.DidYouMean(name, Kinds()), strings.Join(Kinds(), ", "))
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
		if r.full() {
			return
		}
		all, err := membersOf(n)
		if err != nil {
			r.add(err)
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
	secrets SecretReader
	faults  []error
}

func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	if !r.full() {
		r.add(faultf(n, format, args...))
	}
}

// errMore ends the faults if there can be more of them.
var errMore = errors.New("there can be more mistakes: correct these first")

// add adds a fault, unless there are many of them.
func (r *reader) add(err error) {
	if r.full() {
		return
	}
	if r.faults = append(r.faults, err); len(r.faults) == maxFaults {
		r.faults = append(r.faults, errMore)
	}
}

// full reports whether further faults are not reported.
func (r *reader) full() bool { return len(r.faults) >= maxFaults }

// unknown reports a member that an object does not have.
func (r *reader) unknown(m member, known []string) {
	if r.full() {
		return // so that the names are not compared
	}
	if strings.Contains(m.name, "secret") {
		r.fault(m.value, "%s: a secret cannot be in this file, which is often copied and readable by others. Use secret_file or secret_env", m.name)
		return
	}
	r.fault(m.value, "unknown member %s%s", m.name, settings.DidYouMean(m.name, known))
}
