package declared

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A loginProvider of a file. All settings that it does not name have their defaults.
type loginProvider struct {
	line     int
	settings upstream.Settings
	secret   string
}

// loginProvider reads a login provider.
func (r *reader) loginProvider(n *yaml.Node, all []member) *loginProvider {
	p := &loginProvider{line: n.Line, secret: r.secret(n, all)}
	known := []string{SecretFile, SecretEnv}
	for _, f := range upstream.Fields() {
		known = append(known, f.Name)
	}
	set := make(map[string]json.RawMessage)
	for _, m := range all {
		switch {
		case m.name == SecretFile || m.name == SecretEnv || isNull(m.value):
			continue
		case !slices.Contains(known, m.name):
			r.unknown(m, known)
			continue
		}
		value, err := toJSON(m.value)
		if err != nil {
			r.add(err)
			continue
		}
		one, _ := json.Marshal(map[string]json.RawMessage{m.name: value}) // valid JSON
		if _, err := upstream.ParseSettings(one); err != nil {
			r.fault(m.value, "%v", err)
			continue
		}
		set[m.name] = value
	}
	object, _ := json.Marshal(set) // valid JSON
	p.settings, _ = upstream.ParseSettings(object)
	if p.settings.Name == "" {
		r.fault(n, "name is missing: it identifies the login provider when the file is applied again")
	}
	return p
}

// planProviders compares the login providers of the file, and returns the steps for them and
// those that would delete the others.
func (p *planner) planProviders(ctx context.Context) (steps, others []Step, err error) {
	var planned []upstream.Settings
	for _, declared := range p.file.providers {
		step, err := p.planProvider(ctx, declared, planned)
		if err != nil {
			err = p.fault(declared.line, fmt.Errorf("login provider %s: %w", declared.settings.Name, err))
		}
		if err != nil {
			return nil, nil, err
		}
		if step != nil {
			steps, planned = append(steps, *step), append(planned, declared.settings)
		}
	}
	rows, err := p.Store.LoginProviders(ctx)
	if added := len(steps) - count(steps, Change); err == nil && added > 0 && len(rows)+added > account.MaxStoredProviders {
		return nil, nil, account.ErrTooManyProviders
	}
	for _, row := range rows {
		if !slices.ContainsFunc(p.file.providers, func(declared *loginProvider) bool { return declared.settings.Name == row.Name }) {
			others = append(others, p.deleteProvider(row))
		}
	}
	return steps, others, err
}

// planProvider compares a login provider. The planned ones are those of the steps before it.
func (t *Target) planProvider(ctx context.Context, p *loginProvider, planned []upstream.Settings) (*Step, error) {
	after := p.settings
	e, err := t.Providers.Stored(ctx, after.Name)
	if errors.Is(err, account.ErrNotFound) {
		after.ClientSecret = p.secret
		if err := t.Providers.Check(ctx, after, planned...); err != nil {
			return nil, err
		}
		changes := loginproviders.Changes(nil, &after)
		return &Step{Action: Create, Kind: LoginProviders, Name: after.Name, Changes: changes, run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
			if err := t.Providers.Add(ctx, after); err != nil {
				return "", nil, err
			}
			return after.Name, &oauth.EventDetails{Changes: changes}, nil
		}}, nil
	}
	if err != nil {
		return nil, err
	}
	if errors.Is(e.Fault, loginproviders.ErrUnreadable) {
		return nil, e.Fault
	}
	if p.secret != "" {
		if err := t.mayCompare(LoginProviders, nil); err != nil {
			return nil, err
		}
	}
	after.ClientSecret = p.secret // empty keeps that of the row
	changes := loginproviders.Changes(&e.Settings, &after)
	if p.secret == e.ClientSecret { // it is entered again, because other settings can need it
		changes = slices.DeleteFunc(changes, func(c oauth.Change) bool { return c.Field == upstream.FieldSecret })
	}
	if len(changes) == 0 {
		return nil, nil
	}
	if err := t.Providers.CheckUpdate(ctx, after, e.Row.Version, planned...); err != nil {
		return nil, err
	}
	return &Step{Action: Change, Kind: LoginProviders, Name: after.Name, Changes: changes, run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		if err := t.Providers.Update(ctx, after, e.Row.Version); err != nil {
			return "", nil, err
		}
		return after.Name, &oauth.EventDetails{Changes: changes}, nil
	}}, nil
}

func (t *Target) deleteProvider(row account.StoredProvider) Step {
	return Step{Action: Delete, Kind: LoginProviders, Name: row.Name, run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		e, err := t.Providers.Stored(ctx, row.Name)
		if err != nil {
			return "", nil, err
		}
		if err := t.Providers.Remove(ctx, row.Name, row.Version); err != nil {
			return "", nil, err
		}
		return row.Name, &oauth.EventDetails{Changes: loginproviders.Changes(&e.Settings, nil)}, nil
	}}
}

// exportProvider returns the settings of a login provider in the order of their declaration.
func exportProvider(row account.StoredProvider) (*yaml.Node, error) {
	s, err := upstream.ParseSettings(row.Settings)
	if err != nil {
		return nil, fmt.Errorf("login provider %s: %w: %w", row.Name, loginproviders.ErrUnreadable, err)
	}
	s.Name = row.Name
	object, err := s.JSON()
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range upstream.Fields() {
		if value, set := members[f.Name]; set {
			v, err := fromJSON(value)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, textNode(f.Name), v)
		}
	}
	return n, nil
}
