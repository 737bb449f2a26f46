package admin

import (
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A survey is what was found in all applications.
type survey struct {
	clients   int  // their number
	all       bool // all were examined
	legacy    []legacyClient
	attention []attention
	// The applications that use a signature algorithm, a scope or a resource.
	algorithms, scopes, resources usages
	// The numbers of applications that can use all scopes, and all resources.
	allScopes, allResources int
	weak                    weakClients
}

// examined returns how many applications were examined, or 0 if these are all.
func (s *survey) examined() int {
	if s.all {
		return 0
	}
	return s.clients
}

// weakClients are the numbers of enabled applications that do not keep a rule.
type weakClients struct {
	pkce         int // codes without PKCE, or with plain PKCE
	secrets      int // no authentication with a private key
	frontChannel int // tokens through the browser
}

func (w *weakClients) add(c *oauth.Client, now time.Time) {
	if c.CodeWithoutPKCE || c.AllowsLegacy(oauth.LegacyPlainPKCE, now) {
		w.pkce++
	}
	if c.AuthMethod != oauth.AuthPrivateKeyJWT && len(c.WorkloadIdentities) == 0 {
		w.secrets++
	}
	if slices.ContainsFunc(c.ResponseTypes, func(t string) bool { return t != oauth.ResponseTypeCode }) {
		w.frontChannel++
	}
}

// A legacyClient is an application with exceptions for legacy features.
type legacyClient struct {
	*oauth.Client
	Exceptions []clientfields.Exception // its legacy features
}

// At most surveyPages pages of surveyPage applications are examined.
const (
	surveyPage  = 200
	surveyPages = 25
)

// A survey of more than one page of applications is kept for keepSurvey.
const keepSurvey = time.Minute

// A surveyor examines the applications. It keeps the last survey if that took more than one
// read, so that a start page that is reloaded does not read thousands of applications.
type surveyor struct {
	mu   sync.Mutex
	last *survey
	at   time.Time
}

// survey examines the applications, up to surveyPages pages of them.
func (b *office) survey(r *request) (*survey, error) {
	b.surveys.mu.Lock()
	defer b.surveys.mu.Unlock()
	if last := b.surveys.last; last != nil && b.Clock().Sub(b.surveys.at) < keepSurvey {
		return last, nil
	}
	found, err := b.examineClients(r)
	b.surveys.last = nil
	if err == nil && found.clients > surveyPage {
		b.surveys.last, b.surveys.at = found, b.Clock()
	}
	return found, err
}

func (b *office) examineClients(r *request) (*survey, error) {
	var secrets, exceptions, insecure []attention
	found := &survey{algorithms: usages{}, scopes: usages{}, resources: usages{}}
	if _, err := b.Resources(r.Context()); err != nil { // SigningAlgorithms needs the current ones
		return found, err
	}
	p := paging.Page{Limit: surveyPage}
	for range surveyPages {
		clients, cursor, err := b.Store.Clients(r.Context(), oauth.ClientFilter{}, p)
		if err != nil {
			return found, err
		}
		for _, c := range clients {
			found.clients++
			if all := clientfields.Exceptions(c, b.Clock()); all != nil {
				found.legacy = append(found.legacy, legacyClient{shownClient(c), all})
			}
			if c.Disabled {
				continue
			}
			b.addUses(found, c)
			found.weak.add(c, b.Clock())
			secrets = b.addTo(secrets, c, b.secretAttention(c))
			exceptions = b.addTo(exceptions, c, b.exceptionAttention(c))
			insecure = b.addTo(insecure, c, b.warningAttention(c))
		}
		if found.all = cursor.Next == ""; found.all {
			break
		}
		p.After = cursor.Next
	}
	found.attention = slices.Concat(secrets, exceptions, insecure)
	return found, nil
}

// usages are the applications that use something, by its name.
type usages map[string]*usage

// A usage is the number of applications, and links to the first of them.
type usage struct {
	n     int
	first []ui.Link
}

const (
	// mostUses is the number of applications that are named.
	mostUses = 50
	// shownUses is the number of applications that are always shown.
	shownUses = 3
)

func (all usages) add(name string, link ui.Link) {
	u := all[name]
	if u == nil {
		u = new(usage)
		all[name] = u
	}
	if u.n++; len(u.first) < mostUses {
		u.first = append(u.first, link)
	}
}

// cell returns the applications that use something.
func (all usages) cell(name string) listCell {
	u := all[name]
	if u == nil {
		return listCell{Text: ui.NoValue}
	}
	cell := listCell{Links: u.first[:min(shownUses, len(u.first))]}
	if more := u.n - len(cell.Links); more > 0 {
		cell.More, cell.Note = u.first[len(cell.Links):], ui.Text{"admin.list.more_applications", "n", more}
	}
	if rest := u.n - len(u.first); rest > 0 {
		cell.Rest = ui.Text{"admin.list.more_applications", "n", rest}
	}
	return cell
}

// addUses adds the algorithms, the scopes and the resources of an application.
func (b *office) addUses(found *survey, c *oauth.Client) {
	link := ui.Link{Text: ui.Plain(c.Name), URL: b.path("applications", c.ID)}
	if c.Name == "" {
		link.Text = ui.Plain(c.ID)
	}
	for _, alg := range b.SigningAlgorithms(c) {
		found.algorithms.add(alg, link)
	}
	if len(c.Scopes) == 0 {
		found.allScopes++
	}
	if len(c.Resources) == 0 {
		found.allResources++
	}
	for _, scope := range c.Scopes {
		found.scopes.add(scope, link)
	}
	for _, resource := range c.Resources {
		found.resources.add(resource, link)
	}
}
