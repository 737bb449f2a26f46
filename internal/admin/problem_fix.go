package admin

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A problemFix says how to fix a rejected request, and links to what decides about it.
type problemFix struct {
	Text ui.Text // what to do
	// Caution is set if anybody could have sent the request.
	Caution bool
	Links   []ui.Link // the fields and the pages
	// Others are fields that the person cannot change, or that a metadata document sets.
	Others []ui.Text
}

// problemFix returns the fix for a rejected request of an application, which is nil if it is
// unknown.
func (b *office) problemFix(r *request, rejected oauth.Rejection, c *oauth.Client) *problemFix {
	fix, ok := rejections.FixOf(rejected)
	if !ok {
		return nil
	}
	f := &problemFix{Text: ui.English(fix.Text), Caution: rejections.NeedsCaution(rejected)}
	if c != nil {
		b.addFieldLinks(r, f, fix.Fields, c)
	}
	if link, ok := b.placeLink(r, fix.Place, c); ok {
		f.Links = append(f.Links, link)
	}
	return f
}

// addFieldLinks adds links to the fields of an application in its form.
func (b *office) addFieldLinks(r *request, f *problemFix, names []string, c *oauth.Client) {
	for _, field := range clientfields.All() {
		if !slices.Contains(names, field.Name) || field.OfAccounts() && !b.OwnLogin || field.Only != "" && field.Only != c.Type {
			continue
		}
		if field.Fixed || c.IsReplacedByDocument(field.Name) || !r.me.Roles.Allow(account.ApplicationsDescribe) || !r.me.Roles.Allow(clientfields.Permission(field.Name)) {
			f.Others = append(f.Others, field.LabelText())
			continue
		}
		f.Links = append(f.Links, ui.Link{Text: ui.Text{"admin.problem_show.change", "field", field.LabelText()}, URL: b.path("applications", c.ID, "edit") + "#" + field.Input()})
	}
}

// placeLink returns the link to a part of the back office. ok is false if it does not exist for
// the application, or the person cannot open it.
func (b *office) placeLink(r *request, place rejections.Place, c *oauth.Client) (link ui.Link, ok bool) {
	switch place {
	case "":
	case rejections.PlaceSecrets, rejections.PlaceSwitch:
		if c == nil || place == rejections.PlaceSecrets && c.Type != oauth.Confidential || place == rejections.PlaceSwitch && !c.Disabled {
			return link, false
		}
		return ui.Link{Text: problemPlaces[place].text, URL: b.path("applications", c.ID) + "#" + string(place)}, r.me.Roles.Allow(problemPlaces[place].permission)
	default:
		ok = r.me.Roles.Allow(problemPlaces[place].permission) && (b.OwnLogin || !hostsOwn(string(place)))
		return ui.Link{Text: problemPlaces[place].text, URL: b.path(string(place))}, ok
	}
	return link, false
}

// problemPlaces are the places of fixes. A test fails if one is missing.
var problemPlaces = map[rejections.Place]struct {
	text       ui.Text
	permission account.Permission
}{
	rejections.PlaceSecrets:      {ui.Text{"admin.problem_show.secrets"}, account.ApplicationsRead},
	rejections.PlaceSwitch:       {ui.Text{"admin.problem_show.switch"}, account.ApplicationsRead},
	rejections.PlaceUsers:        {ui.Text{"admin.section.users"}, account.PeopleRead},
	rejections.PlaceScopes:       {ui.Text{"admin.title.scopes"}, account.SettingsRead},
	rejections.PlaceResources:    {ui.Text{"admin.title.resources"}, account.SettingsRead},
	rejections.PlaceIssuers:      {ui.Text{"admin.title.issuers"}, account.SettingsRead},
	rejections.PlaceRegistration: {ui.Text{"admin.section.registration"}, account.RegistrationRead},
	rejections.PlaceProviders:    {ui.Text{"admin.section.providers"}, account.ProvidersRead},
	rejections.PlaceSettings:     {ui.Text{"admin.section.settings"}, account.SettingsRead},
}
