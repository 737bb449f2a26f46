package web

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A developedFix says how the owner of an application can fix a rejected request. The zero value
// says nothing.
type developedFix struct {
	Text    string    // what to do, in English, or empty
	Caution bool      // anybody could have sent the request
	Links   []ui.Link // the parts of the application's page that decide about the request
	Ask     bool      // only an administrator can change something that decides about it
}

// ownRedirect compares the redirect URI of a rejected request with those of the application. It is nil
// if the request was rejected for another reason.
func (h *Handler) ownRedirect(c *oauth.Client, rejected oauth.Rejection) *ui.RedirectComparison {
	sent, ok := oauth.RejectedRedirectURI(rejected.Detail)
	if !ok {
		return nil
	}
	compared := ui.CompareRedirect(sent, c.RedirectURIs)
	if compared.Added {
		return &compared
	}
	if !developers.Editable(c, "redirect_uris") {
		compared.Refused = ui.Text{"apps.managed"}
		return &compared
	}
	changed := *c
	changed.RedirectURIs = append(slices.Clone(c.RedirectURIs), sent)
	if compared.Refuse(string(rejections.RefusalOf(sent, c))); compared.Refused == nil && len(h.Developers.Validate(&changed)) > 0 {
		compared.Refuse("form")
	}
	return &compared
}

// ownFix returns the fix for a rejected request of an application.
func (h *Handler) ownFix(c *oauth.Client, rejected oauth.Rejection) developedFix {
	fix, _ := rejections.FixOf(rejected)
	f := developedFix{Text: fix.Text}
	shown := developers.FieldsOf(c)
	for _, field := range fix.Fields {
		if slices.Contains(shown, field) && developers.Editable(c, field) {
			f.Links = append(f.Links, ui.Link{Text: developerLabels[field][0], URL: h.developersURL(c.ID) + "#" + field})
		} else {
			f.Ask = true
		}
	}
	switch {
	case fix.Place == rejections.PlaceSecrets && c.NeedsSecret() && !developers.Managed(c):
		f.Links = append(f.Links, ui.Link{Text: ui.Text{"apps.rotate"}, URL: h.developersURL(c.ID) + "#secrets"})
	case fix.Place == rejections.PlaceSecrets && !c.NeedsSecret(), fix.Place == "":
	default:
		f.Ask = true
	}
	f.Caution = (len(f.Links) > 0 || f.Ask) && rejections.NeedsCaution(rejected)
	return f
}
