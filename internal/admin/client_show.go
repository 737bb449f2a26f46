package admin

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientShow shows an application. Its secrets are stored as hashes, so only
// their dates are shown.
func (b *office) clientShow(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	fields, err := b.shownFields(r, c)
	if err != nil {
		return err
	}
	usage, err := b.Store.Usage(r.Context(), oauth.FamilyFilter{ClientID: c.ID, InSession: b.OwnLogin})
	if err != nil {
		return err
	}
	rejected, err := b.Rejections.Recent(r.Context(), oauth.RejectionFilter{ClientID: c.ID}, 5)
	if err != nil {
		return err
	}
	attempts, err := b.attempts(r, c.ID)
	if err != nil {
		return err
	}
	uses, err := b.Store.SecretUses(r.Context(), c.ID)
	if err != nil {
		return err
	}
	stats, err := b.clientStats(r, c, attempts, usage, uses)
	if err != nil {
		return err
	}
	history, err := b.historyOf(r, audit.Filter{ClientID: c.ID}, "application", c.ID)
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "client_show", ui.Plain(ui.Isolate(c.Name)), "applications", clientPage{
		Client: shownClient(c), Fields: fields, Usage: usage, Uses: uses, Now: b.Clock(),
		Consumer: b.consumerLink(c), Connection: b.connection(c, ""), States: clientStates(c), Stats: stats, Attempts: b.attemptLinks(attempts, 5), Rejections: rejected,
		Switch:            switchForm{URL: b.path("applications", c.ID, "switch"), Disabled: c.Disabled, Version: c.Version},
		DocumentFetchedAt: b.DocumentFetchedAt(c), History: history,
	})
	return nil
}

// A shownField is a field of an application on its page.
type shownField struct {
	clientfields.Field
	Values   []shownValue // the value in words
	Warnings []ui.Text    // why the value makes the application less secure
}

// A shownValue is a value in words.
type shownValue struct {
	Text     ui.Text // the value in words
	Readable string  // an internationalized URI as people write it, or empty
	URL      string  // the page of the person, or empty
}

// Label returns the label of the field.
func (s shownField) Label() ui.Text { return s.LabelText() }

// Default returns what an empty field means.
func (s shownField) Default() ui.Text { return s.DefaultText() }

// Code reports whether the value is a code or an address.
func (s shownField) Code() bool {
	return s.Name == "client_id" || s.Kind == clientfields.URL || s.Kind == clientfields.JSON || (s.Kind == clientfields.List && s.Choices == nil)
}

// shownFields returns the basic fields, and all others that have a value.
func (b *office) shownFields(r *request, c *oauth.Client) (shown []shownField, err error) {
	warnings := make(map[string][]ui.Text)
	for _, w := range clientfields.Warnings(c, b.Clock()) {
		warnings[w.Field] = append(warnings[w.Field], w.Short)
	}
	for _, group := range clientfields.Groups() {
		if group.Status {
			continue
		}
		for _, field := range group.Fields {
			if field.OfAccounts() && !b.OwnLogin {
				continue
			}
			s := shownField{field, nil, warnings[field.Name]}
			for _, value := range field.Shown(c) {
				if field.Kind == clientfields.Account || field.Kind == clientfields.Accounts {
					name, err := b.username(r, value)
					if err != nil {
						return nil, err
					}
					person := shownValue{Text: ui.Plain(cmp.Or(name, value))}
					if name != "" && r.me.Roles.Allow(account.PeopleRead) {
						person.URL = b.personURL(value)
					}
					s.Values = append(s.Values, person)
					continue
				}
				s.Values = append(s.Values, shownValue{field.ShownText(c, value), clientfields.Readable(value), ""})
			}
			if group.Basic || len(s.Values) > 0 {
				shown = append(shown, s)
			}
		}
	}
	return shown, nil
}

// shownClient returns an application without the hashes of its secrets. Pages show the
// other fields of the secrets.
func shownClient(c *oauth.Client) *oauth.Client {
	shown := *c
	shown.Secrets = slices.Clone(c.Secrets)
	for i := range shown.Secrets {
		shown.Secrets[i].Hash, shown.Secrets[i].Slow = nil, ""
	}
	return &shown
}

type clientPage struct {
	History    auditHistory            // the newest records about the application
	Client     *oauth.Client           // the application
	States     []listBadge             // its state
	Stats      []objectStat            // how much it is used
	Fields     []shownField            // the basic fields, and all others that have a value
	Connection clientfields.Connection // what the developers of the application need
	Usage      oauth.Usage             // how many permissions and consents it has
	JWTs       ui.Text                 // for how long APIs can accept its tokens after a revocation, or empty
	Uses       map[string]time.Time    // the last use of each secret, by its id
	Now        time.Time               // the time of the request
	Consumer   string                  // the URL for trying out the application in the consumer, or empty
	Attempts   []attemptLink           // the last attempts to log in to the application
	Rejections []oauth.Rejection       // recent errors of the application
	Switch     switchForm              // the form that disables or enables it
	// DocumentFetchedAt is when this process fetched the metadata document, or zero.
	DocumentFetchedAt time.Time
}

// NoneLasts reports whether an application that needs a secret has none that
// remains valid.
func (p clientPage) NoneLasts() bool {
	return p.Client.NeedsSecret() && len(p.Client.Secrets) > 0 && !p.Client.HasLastingSecret()
}

// CanDecide reports whether an operator can approve or reject the application.
func (p clientPage) CanDecide() bool { return developers.CanDecide(p.Client) }

// Expired reports whether a secret has expired.
func (p clientPage) Expired(s oauth.ClientSecret) bool {
	return s.Expired(p.Now)
}
