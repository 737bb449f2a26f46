package declared

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// An application of a file. All members that it does not name have their defaults.
type application struct {
	line     int
	client   oauth.Client
	disabled bool // the file says whether the application is disabled
	secret   string
}

// ApplicationFields returns the members of an application in a file.
func ApplicationFields() (all []clientfields.Field) {
	for _, group := range clientfields.Groups() {
		for _, f := range group.Fields {
			if f.Kind != clientfields.Kept && (!group.Status || f.Name == "disabled") {
				all = append(all, f)
			}
		}
	}
	return all
}

// application reads an application.
func (r *reader) application(n *yaml.Node, all []member) *application {
	a := &application{line: n.Line, secret: r.secret(n, all)}
	known := []string{SecretFile, SecretEnv}
	fields := make(map[string]clientfields.Field)
	for _, f := range ApplicationFields() {
		known, fields[f.Name] = append(known, f.Name), f
	}
	for _, m := range all {
		f, found := fields[m.name]
		switch {
		case m.name == SecretFile || m.name == SecretEnv:
		case !found && slices.ContainsFunc(clientfields.All(), func(f clientfields.Field) bool { return f.Name == m.name }):
			r.fault(m.value, "only the server sets %s: remove the line", m.name)
		case !found:
			r.unknown(m, known)
		case !isNull(m.value):
			r.setField(&a.client, f, m)
			a.disabled = a.disabled || m.name == "disabled"
		}
	}
	if a.client.ID == "" {
		r.fault(n, "client_id is missing: it identifies the application when the file is applied again")
	}
	return a
}

// setField sets a field of an application to a value of the file.
func (r *reader) setField(c *oauth.Client, f clientfields.Field, m member) {
	value, err := m.toJSON(f.Kind == clientfields.Lifetime || f.Kind == clientfields.Seconds)
	if err != nil {
		r.add(err)
		return
	}
	var read oauth.Client
	err = json.Unmarshal(fmt.Appendf(nil, "{%q: %s}", f.Name, value), &read)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		r.fault(m.value, "%s: the value must not be %s%s", m.name, withArticle(wrong.Value), hintOf(f))
		return
	}
	if err != nil {
		r.fault(m.value, "%s: %v", m.name, err)
		return
	}
	f.Copy(c, &read)
}

// withArticle returns the name of a kind of JSON value, such as "an array".
func withArticle(kind string) string {
	if strings.HasPrefix(kind, "a") || strings.HasPrefix(kind, "o") {
		return "an " + kind
	}
	return "a " + kind
}

// hintOf returns how to write the value of a field.
func hintOf(f clientfields.Field) string {
	switch f.Kind {
	case clientfields.List, clientfields.Accounts:
		return "; write a list, such as [a, b]"
	case clientfields.Scopes:
		return "; write a text with spaces between the scopes"
	case clientfields.Switch:
		return "; write true or false"
	case clientfields.Lifetime, clientfields.Seconds:
		return "; write a " + LifetimeValue
	}
	return ""
}

// planApplications compares the applications of the file, and returns the steps for them and
// those that would delete the others.
func (p *planner) planApplications(ctx context.Context) (steps, others []Step, err error) {
	restorable, err := p.restorable(ctx)
	if err != nil {
		return nil, nil, err
	}
	inFile := make(map[string]bool)
	for _, a := range p.file.applications {
		inFile[a.client.ID] = true
		stored, err := p.Store.Client(ctx, a.client.ID)
		var step *Step
		switch {
		case errors.Is(err, oauth.ErrNotFound) && restorable[a.client.ID]:
			err = mistakef("%s", acts.ReservedClientID(a.client.ID, acts.RestoreCommand(a.client.ID)))
		case errors.Is(err, oauth.ErrNotFound):
			step, err = p.createApplication(ctx, a)
		case err == nil:
			step, err = p.changeApplication(ctx, a, stored)
		}
		if err := p.fault(a.line, err); err != nil {
			return nil, nil, err
		}
		if step != nil {
			steps = append(steps, *step)
		}
	}
	err = eachAdded(ctx, p.Store, func(c *oauth.Client) {
		if !inFile[c.ID] {
			others = append(others, p.deleteApplication(c))
		}
	})
	return steps, others, err
}

// restorable returns the IDs of the deleted applications that are reserved.
func (t *Target) restorable(ctx context.Context) (map[string]bool, error) {
	deleted, err := t.Store.DeletedClients(ctx, t.Clock())
	ids := make(map[string]bool)
	for _, d := range deleted {
		ids[d.Client.ID] = true
	}
	return ids, err
}

// eachAdded calls do for every application that an administrator has added. Those that
// registered themselves, or have a metadata document, describe themselves.
func eachAdded(ctx context.Context, store Store, do func(*oauth.Client)) error {
	return eachClient(ctx, store, oauth.ClientFilter{AddedBy: oauth.AddedByAdministrator}, do)
}

func (p *planner) createApplication(ctx context.Context, a *application) (*Step, error) {
	shown := a.client
	provider.SetClientDefaults(&shown)
	if shown.NeedsSecret() && a.secret == "" {
		return nil, mistakef("the application %s is new and needs a secret: set secret_file or secret_env. Or add it first with latchkey app add --client-id %s, which generates a secret and prints it once", shown.ID, shown.ID)
	}
	if err := p.checkNew(ctx, a); err != nil {
		return nil, fmt.Errorf("application %s: %w", shown.ID, err)
	}
	changes := audit.ClientChanges(nil, &shown)
	if a.secret != "" {
		changes = append(changes, secretChange)
	}
	return &Step{Action: Create, Kind: Applications, Name: shown.ID, Changes: changes, client: &shown, secret: a.secret != "", run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		c := a.client
		if _, err := p.Acts.CreateApplication(ctx, &c, a.secret); err != nil {
			return "", nil, err
		}
		return c.ID, &oauth.EventDetails{ClientName: c.Name, Changes: audit.ClientChanges(nil, &c)}, nil
	}}, nil
}

// checkNew returns an error if an application cannot be added.
func (p *planner) checkNew(ctx context.Context, a *application) error {
	checked := a.client
	if err := p.checks.CheckNewApplication(ctx, &checked, a.secret); err != nil {
		return err
	}
	if a.secret != "" {
		if err := checkStrength(a.secret); err != nil {
			return err
		}
	}
	_, err := p.Store.User(ctx, a.client.ID)
	switch {
	case errors.Is(err, account.ErrNotFound):
		return nil
	case err == nil:
		err = mistakef("a person has this ID: choose another client ID")
	}
	return err
}

// desired returns an application as the file declares it. The fields that only the server sets keep their values.
func (a *application) desired(stored *oauth.Client) *oauth.Client {
	declared, c := a.client, *stored
	provider.SetClientDefaults(&declared)
	if !a.disabled {
		declared.Disabled = stored.Disabled
	}
	for _, f := range ApplicationFields() {
		f.Copy(&c, &declared)
	}
	return &c
}

// clientChanges returns the members that differ. A member that is missing has the same value
// as one that is empty.
func clientChanges(before, after *oauth.Client) (changes []oauth.Change) {
	was, is := Members(before), Members(after)
	for _, f := range ApplicationFields() {
		if canonical(was[f.Name]) != canonical(is[f.Name]) {
			changes = append(changes, oauth.Change{Field: f.Name, Before: canonical(was[f.Name]), After: canonical(is[f.Name])})
		}
	}
	return changes
}

// Members returns the JSON form of an application.
func Members(c *oauth.Client) (members map[string]json.RawMessage) {
	out, err := json.Marshal(c)
	if err == nil {
		_ = json.Unmarshal(out, &members) // it was just encoded
	}
	return members
}

func (p *planner) changeApplication(ctx context.Context, a *application, stored *oauth.Client) (*Step, error) {
	after := a.desired(stored)
	changes := clientChanges(stored, after)
	secret, err := p.newSecret(a, stored, after)
	if err != nil {
		return nil, fmt.Errorf("application %s: %w", stored.ID, err)
	}
	if secret != "" {
		changes = append(changes, secretChange)
	}
	if len(changes) == 0 {
		return nil, nil
	}
	revision := acts.Revision{Before: stored, After: after, Secret: secret, Overlap: SecretOverlap}
	if err := p.checks.CheckRevision(ctx, revision); err != nil {
		return nil, fmt.Errorf("application %s: %w", stored.ID, err)
	}
	return &Step{Action: Change, Kind: Applications, Name: stored.ID, Changes: changes, before: stored, client: after, secret: secret != "", run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		made, err := p.Acts.ReviseApplication(ctx, revision)
		if err != nil {
			return "", nil, err
		}
		return stored.ID, &oauth.EventDetails{ClientName: after.Name, Changes: made}, nil
	}}, nil
}

// newSecret returns the secret that must be added to an application, or "" if it has the secret
// of the file. One that is stored as a hash only is added again if it must be readable.
func (t *Target) newSecret(a *application, stored, after *oauth.Client) (string, error) {
	if a.secret == "" {
		return "", nil
	}
	if err := t.mayCompare(Applications, stored); err != nil {
		return "", err
	}
	known, err := hasLasting(stored, a.secret, t.Clock())
	if err != nil || known && !(after.NeedsReadableSecret() && stored.Secrets[0].Sealed == "") {
		return "", err
	}
	return a.secret, checkStrength(a.secret)
}

// checkStrength returns an error if a new secret can be guessed.
func checkStrength(secret string) error {
	if len(secret) < oauth.ShortClientSecret {
		return mistakef("the secret has only %d characters and can be guessed: choose a random one with at least %d characters", len(secret), oauth.ShortClientSecret)
	}
	return nil
}

// hasLasting reports whether the text is a secret of the application that has no expiry date. An
// earlier secret, which expires soon, is not the one that the file declares.
func hasLasting(c *oauth.Client, text string, now time.Time) (bool, error) {
	lasting := *c
	lasting.Secrets = slices.DeleteFunc(slices.Clone(c.Secrets), func(s oauth.ClientSecret) bool { return !s.ExpiresAt.IsZero() })
	return lasting.HasSecret(text, now)
}

// SecretOverlap is how long the earlier secrets of an application are accepted after the file
// refers to another one.
const SecretOverlap = 24 * time.Hour

func (t *Target) deleteApplication(c *oauth.Client) Step {
	return Step{Action: Delete, Kind: Applications, Name: c.ID, before: c, run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		if err := t.Store.DiscardClient(ctx, c.ID, c.Version, t.Clock()); err != nil {
			return "", nil, err
		}
		return c.ID, &oauth.EventDetails{ClientName: c.Name, Changes: []oauth.Change{{Field: "deleted", After: "true"}}}, nil
	}}
}

// exportApplication returns the members of an application in the order of the table of fields.
func exportApplication(c *oauth.Client) (*yaml.Node, error) {
	shown := *c
	if shown.GrantTypes == nil {
		shown.GrantTypes = []string{} // a missing list has a default
	}
	members := Members(&shown)
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range ApplicationFields() {
		value, set := members[f.Name]
		if !set || canonical(value) == "" && !strings.HasPrefix(string(value), "[") {
			continue
		}
		v, err := fromJSON(value)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, textNode(f.Name), v)
	}
	return n, nil
}
